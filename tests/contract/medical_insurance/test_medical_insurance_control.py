"""The control surface that every mock has: scripts, log, reset, page; tried on the medical insurance core."""

import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from mocks.config import MockConfig
from mocks.control import Control, Kind
from mocks.medical_insurance.app import create_app
from services.kernel.clock import FixedClock
from tests.city import serving


@pytest.fixture
async def http(clock: FixedClock) -> AsyncIterator[aiohttp.ClientSession]:
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app = create_app(MockConfig("http://127.0.0.1:9", url, "s", clock.now))
    async with serving(app, listening), aiohttp.ClientSession(url) as session:
        yield session


async def behaviours(http: aiohttp.ClientSession) -> list[dict[str, object]]:
    async with http.get("/__mock__/behaviour") as answer:
        found: list[dict[str, object]] = await answer.json()
        return found


async def test_a_script_is_set_shown_and_dropped(http: aiohttp.ClientSession) -> None:
    async with http.post("/__mock__/behaviour", json={"kind": "refuse", "person": "p", "times": "2"}) as answer:
        assert answer.status == 201
        first = await answer.json()
    async with http.post("/__mock__/behaviour", json={"kind": "outage", "times": ""}) as answer:
        assert answer.status == 201
    assert [(b["kind"], b["person"], b["times"]) for b in await behaviours(http)] == [
        ("outage", None, None),
        ("refuse", "p", 2),
    ]
    async with http.delete("/__mock__/behaviour", params={"id": str(first["id"])}) as answer:
        assert answer.ok
    assert [b["kind"] for b in await behaviours(http)] == ["outage"]
    async with http.delete("/__mock__/behaviour") as answer:
        assert answer.ok
    assert await behaviours(http) == []


@pytest.mark.parametrize(
    "body",
    ["{}", "[]", "nonsense", '{"kind": "dance"}', '{"kind": "delay", "seconds": -1}', '{"kind": "delay", "times": 0}'],
)
async def test_a_script_that_makes_no_sense_is_refused(http: aiohttp.ClientSession, body: str) -> None:
    async with http.post("/__mock__/behaviour", data=body) as answer:
        assert answer.status == 400
    assert await behaviours(http) == []


async def test_the_page_names_the_system_every_script_and_the_demo_people(http: aiohttp.ClientSession) -> None:
    async with http.get("/__mock__") as answer:
        page = await answer.text()
    assert "医疗保险核心业务系统" in page
    assert all(f'value="{kind.value}"' in page for kind in Kind)
    assert "张小一" in page
    assert "http://" not in page
    assert "https://" not in page


async def test_calls_are_logged_and_a_reset_forgets_all(http: aiohttp.ClientSession) -> None:
    async with http.post("/__mock__/behaviour", json={"kind": "outage"}) as answer:
        assert answer.ok
    async with http.post("/yb/1101", json={}) as answer:
        assert answer.status == 401
    async with http.post("/__mock__/reset") as answer:
        assert answer.status == 204
    async with http.get("/__mock__/log") as answer:
        assert await answer.json() == []
    assert await behaviours(http) == []


def test_a_script_for_the_person_goes_before_one_for_all_and_counts_down() -> None:
    control = Control("x", "x")
    control.script("delay", seconds=1)
    control.script("outage", "p", times=1)
    control.script("outage", times=1)
    first = control.take("p", Kind.OUTAGE)
    assert first is not None
    assert first.person == "p"
    assert control.take("p", Kind.OUTAGE) is not None
    assert control.take("p", Kind.OUTAGE) is None
    assert [b.kind for b in control.behaviours] == [Kind.DELAY]

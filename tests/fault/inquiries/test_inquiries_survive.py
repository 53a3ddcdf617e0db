"""A department dies, crawls, babbles or refuses: the citizen gets the last known data, and is told so."""

import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from services.kernel.clock import FixedClock
from tests.city import City, running_city
from tests.e2e.inquiries.operations import ask, asked, shown
from tests.sign_in import sign_in


@pytest.fixture
async def old_city(sqlite_url: str, clock: FixedClock) -> AsyncIterator[City]:
    """A city whose clock a test moves."""
    async with running_city(sqlite_url, None, clock) as opened:
        yield opened


@pytest.mark.parametrize("kind", ["outage", "garbage", "slow_drip", "delay"])
async def test_a_silent_department_is_answered_from_what_it_last_said(
    old_city: City, clock: FixedClock, kind: str
) -> None:
    city = old_city
    token = (await sign_in(city, "zhangsan")).access
    before = await asked(city, "YB-032", token)
    clock.advance(timedelta(minutes=5))
    await city.script("records", kind, seconds=30)
    began = time.monotonic()
    after = await asked(city, "YB-032", token)
    assert time.monotonic() - began < 5
    assert after["rows"] == before["rows"]
    assert (after["stale"], after["asOf"]) == (True, before["asOf"])
    assert datetime.fromisoformat(after["asOf"]) == clock.now() - timedelta(minutes=5)
    assert after["staleMessage"] == "部门系统暂时不可用，以下是截至2026年11月23日10:00的数据。"
    assert after["source"] == "聊城市医疗保障局"


async def test_what_was_never_asked_for_is_honestly_down(embedded_city: City) -> None:
    city = embedded_city
    token = (await sign_in(city, "zhangsan")).access
    await asked(city, "YB-032", token)
    await city.script("records", "outage")
    reply = await ask(city, "YB-032", token, parameters={"year": 2025})
    assert reply.codes == ["DEPARTMENT_DOWN"]
    assert reply.errors[0]["extensions"]["department"] == "YBJ"
    assert reply.errors[0]["extensions"]["retryable"] is True
    assert reply.errors[0]["message"] == "聊城市医疗保障局的系统暂时没有响应，请稍后再查。"


async def test_nobody_is_answered_with_what_another_was_told(embedded_city: City) -> None:
    city = embedded_city
    await asked(city, "YB-032", (await sign_in(city, "zhangsan")).access)
    await city.script("records", "outage")
    assert (await ask(city, "YB-032", (await sign_in(city, "lisi")).access)).codes == ["DEPARTMENT_DOWN"]


async def test_that_there_was_no_record_is_remembered_as_well(embedded_city: City) -> None:
    city = embedded_city
    token = (await sign_in(city, "zhaoliu")).access
    await asked(city, "YB-032", token)
    await city.script("records", "outage")
    result = await asked(city, "YB-032", token)
    assert (result["stale"], result["totalCount"]) == (True, 0)
    assert result["emptyMessage"]


async def test_public_lists_survive_too_but_answers_to_free_words_are_not_kept(embedded_city: City) -> None:
    city = embedded_city
    await asked(city, "YB-035", parameters={"region": "371502"})
    await asked(city, "YB-036", parameters={"keyword": "阿莫西林"})
    await city.script("records", "outage")
    result = await asked(city, "YB-035", parameters={"region": "371502"})
    assert (result["stale"], len(shown(result, "pharmacyName"))) == (True, 2)
    assert (await ask(city, "YB-036", parameters={"keyword": "阿莫西林"})).codes == ["DEPARTMENT_DOWN"]


async def test_one_dead_system_leaves_the_others_alone(embedded_city: City) -> None:
    city = embedded_city
    token = (await sign_in(city, "zhangsan")).access
    await city.script("records", "outage", scope="YB-CORE")
    for _ in range(6):
        assert (await ask(city, "YB-032", token)).codes == ["DEPARTMENT_DOWN"]
    began = time.monotonic()
    assert (await ask(city, "YB-032", token)).codes == ["DEPARTMENT_DOWN"]
    assert time.monotonic() - began < 1, "the circuit is open: nobody waits"
    result = await asked(city, "GJ-003", token)
    assert (result["stale"], shown(result, "fundBalanceFen")) == (False, ["85,236.40元"])


async def test_a_refusal_is_passed_on_and_never_answered_from_what_was_kept(embedded_city: City) -> None:
    city = embedded_city
    token = (await sign_in(city, "zhangsan")).access
    await asked(city, "YB-032", token)
    await city.script("records", "refuse", message="账户信息核对中，请三天后再查。")
    reply = await ask(city, "YB-032", token)
    assert reply.codes == ["INQUIRY_REFUSED"]
    assert reply.errors[0]["message"] == "账户信息核对中，请三天后再查。"

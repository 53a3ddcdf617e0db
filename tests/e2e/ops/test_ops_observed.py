"""What operators see of a running city: health, metrics, traces, and logs without personal data."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import orjson
import pytest
import structlog

from gateway.draining import draining
from gateway.observability import logs
from mocks.people import PEOPLE
from tests.city import City

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def captured(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    monkeypatch.setattr(logs.lines, "_stream", stream)
    logs.configure_logs("json")
    yield stream
    structlog.reset_defaults()


async def get(city: City, path: str, **headers: str) -> tuple[int, aiohttp.typedefs.LooseHeaders, bytes]:
    async with aiohttp.ClientSession() as session, session.get(city.url + path, headers=headers) as answer:
        return answer.status, answer.headers, await answer.read()


async def test_a_healthy_city_is_ready_and_says_how_each_part_is(embedded_city: City) -> None:
    status, _, body = await get(embedded_city, "/readyz")
    said = orjson.loads(body)
    assert status == 200
    assert said["status"] == "ready"
    assert said["stores"] == {"fast_state": "ok", "store": "ok"}
    assert said["departments"]["identity"] == "CLOSED"
    assert (await get(embedded_city, "/healthz"))[0] == 200


async def test_readiness_turns_red_while_draining_and_health_stays_green(
    embedded_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "begun", True)
    status, _, body = await get(embedded_city, "/readyz")
    assert (status, orjson.loads(body)["status"]) == (503, "draining")
    assert (await get(embedded_city, "/healthz"))[0] == 200


async def test_the_callers_trace_is_kept_and_a_broken_one_is_replaced(embedded_city: City) -> None:
    _, headers, _ = await get(embedded_city, "/healthz", traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
    assert headers["x-trace-id"] == TRACE
    _, headers, _ = await get(embedded_city, "/healthz", traceparent="nonsense")
    assert len(headers["x-trace-id"]) == 32
    assert headers["x-trace-id"] != TRACE


async def test_metrics_count_requests_by_template_only(embedded_city: City) -> None:
    await get(embedded_city, "/healthz")
    await get(embedded_city, "/no/such/page-371599199001010011")
    status, headers, body = await get(embedded_city, "/metrics")
    text = body.decode()
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'city_request_seconds_count{method="GET",operation="",route="/healthz",status="200"}' in text
    assert 'route="unmatched",status="404"' in text
    assert "page-371599" not in text
    assert 'city_department_circuit{system="identity"} 0.0' in text
    assert 'city_flows{state="STUCK"} 0.0' in text


async def test_metrics_count_department_calls_and_cache_hits(embedded_city: City) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(3):
            async with session.post(f"{embedded_city.url}/graphql", json={"query": "{ catalogVersion }"}) as answer:
                assert answer.status == 200
        start = "mutation($i: StartSignInInput!) { startSignIn(input: $i) { state } }"
        redirect = f"{embedded_city.settings.public_url}/auth/callback"
        variables = {"i": {"idempotencyKey": "metrics-1", "device": "d", "redirectUri": redirect}}
        body = {"query": start, "variables": variables}
        async with session.post(f"{embedded_city.url}/graphql", json=body) as answer:
            assert "errors" not in await answer.json()
    text = (await get(embedded_city, "/metrics"))[2].decode()
    assert re.search(r'city_cache_total\{cache="public_answers",outcome="hit"\} [1-9]', text)
    assert re.search(r'city_department_call_seconds_count\{outcome="OK",system="identity"\} [1-9]', text)


async def test_a_method_that_nobody_knows_adds_no_label(embedded_city: City) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.request("PROPFIND", f"{embedded_city.url}/healthz") as answer,
    ):
        assert answer.status == 405
    text = (await get(embedded_city, "/metrics"))[2].decode()
    assert "PROPFIND" not in text
    assert 'method="OTHER"' in text


async def test_requests_full_of_personal_data_leave_none_in_the_logs(
    embedded_city: City, captured: io.StringIO
) -> None:
    person = PEOPLE["zhangsan"]
    search = "query($t: String!) { searchServiceItems(text: $t) { totalCount } }"
    async with aiohttp.ClientSession() as session:
        for text in (person.id_number, person.phone, person.name):
            body = {"query": search, "variables": {"t": text}}
            async with session.post(f"{embedded_city.url}/graphql", json=body) as answer:
                await answer.read()
            async with session.get(f"{embedded_city.url}/graphql", params={"query": f'{{ x(a: "{text}") }}'}) as answer:
                await answer.read()
            async with session.get(f"{embedded_city.url}/nothing/{text}") as answer:
                assert answer.status == 404
        headers = {"authorization": f"Bearer eyJhbGciOiJFUzI1NiJ9.{person.id_number}.c2ln", "cookie": person.phone}
        async with session.post(f"{embedded_city.url}/graphql", json={"query": "{ viewer { person { name } } }"},
                                headers=headers) as answer:  # fmt: skip
            await answer.read()
    logs.lines.flush()
    written = captured.getvalue()
    events = [orjson.loads(line) for line in written.splitlines()]
    requests = [event for event in events if event["event"] == "request"]
    assert len(requests) == 10
    assert {"route", "status", "ms", "trace_id", "method"} <= requests[0].keys()
    for secret in (person.id_number, person.phone, person.name, "eyJhbGci", "127.0.0.1"):
        assert secret not in written


def test_no_log_call_of_the_product_passes_a_persons_own_field() -> None:
    root = Path(__file__).resolve().parents[3]
    for path in [*(root / "services").rglob("*.py"), *(root / "gateway").rglob("*.py")]:
        for line in path.read_text("utf-8").splitlines():
            if line.lstrip().startswith("log."):
                assert not any(word in line for word in ("id_number=", "phone=", "token=", "claims=")), (path, line)

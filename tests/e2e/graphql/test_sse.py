"""Operations over Server-Sent Events, one connection each."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from gateway.graphql.limits import StreamLimits
from tests.e2e.graphql.test_websocket import until
from tests.lab import Lab, running_lab

SSE = {"accept": "text/event-stream"}


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with running_lab() as opened:
        yield opened


async def _events(answer: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in answer.content:
        text = line.decode().rstrip("\n")
        if text.startswith("event: "):
            name = text.removeprefix("event: ")
        elif text.startswith("data: "):
            data = text.removeprefix("data: ")
            yield name, json.loads(data) if data else None


async def _all(lab: Lab, query: str, **headers: str) -> list[tuple[str, Any]]:
    async with lab.http.post("/graphql", json={"query": query}, headers={**SSE, **headers}) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        return [event async for event in _events(answer)]


async def test_a_subscription_gives_each_event_and_completes(lab: Lab) -> None:
    assert await _all(lab, "subscription { count(to: 2) }") == [
        ("next", {"data": {"count": 1}}),
        ("next", {"data": {"count": 2}}),
        ("complete", None),
    ]


async def test_a_query_and_a_mutation_give_their_one_answer(lab: Lab) -> None:
    assert await _all(lab, "{ who }", authorization="Bearer good") == [
        ("next", {"data": {"who": "person-1"}}),
        ("complete", None),
    ]
    assert (await _all(lab, 'mutation { write(text: "a") { text } }'))[0] == (
        "next",
        {"data": {"write": {"text": "a"}}},
    )


async def test_get_works_for_an_event_source_in_a_browser_but_never_for_a_mutation(lab: Lab) -> None:
    async with lab.http.get("/graphql", params={"query": "subscription { count(to: 1) }"}, headers=SSE) as answer:
        assert await anext(_events(answer)) == ("next", {"data": {"count": 1}})
    parameters = {"query": 'mutation { write(text: "a") { text } }'}
    async with lab.http.get("/graphql", params=parameters, headers=SSE) as answer:
        assert answer.status == 405
    assert lab.watch.writes == []


async def test_what_is_wrong_comes_as_an_event_that_a_browser_can_read(lab: Lab) -> None:
    for query, code in (
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { refused }", "UNAUTHENTICATED"),
        ("subscription { breaks }", "INTERNAL"),
    ):
        events = await _all(lab, query)
        assert events[-1] == ("complete", None)
        assert events[-2][1]["errors"][0]["extensions"]["code"] == code


async def test_a_bad_token_is_401_and_a_batch_is_400(lab: Lab) -> None:
    async with lab.http.post("/graphql", json={"query": "{ who }"}, headers={**SSE, "authorization": "x"}) as answer:
        assert answer.status == 401
    async with lab.http.post("/graphql", json=[{"query": "{ who }"}], headers=SSE) as answer:
        assert answer.status == 400


async def test_a_client_that_leaves_closes_the_source(lab: Lab) -> None:
    answer = await lab.http.post("/graphql", json={"query": "subscription { quiet }"}, headers=SSE)
    assert await anext(_events(answer)) == ("next", {"data": {"quiet": 1}})
    assert lab.watch.open_sources == 1
    answer.close()

    await until(lambda: lab.watch.open_sources == 0)


async def test_a_slow_reader_holds_back_its_own_source_and_is_given_up() -> None:
    async with running_lab(stream=StreamLimits(send_seconds=0.3)) as lab:
        body = {"query": "subscription { forever(size: 100000) }"}
        answer = await lab.http.post("/graphql", json=body, headers=SSE)
        await until(lambda: lab.watch.sent > 0)  # aiohttp stops reading by itself: nobody takes the events
        await until(lambda: lab.watch.open_sources == 0)

        assert lab.watch.sent < 500
        answer.close()


async def test_a_session_that_ends_closes_the_stream_with_its_reason() -> None:
    async with running_lab(stream=StreamLimits(recheck_seconds=0.05)) as lab:
        body = {"query": "subscription { quiet }"}
        async with lab.http.post("/graphql", json=body, headers={**SSE, "authorization": "Bearer good"}) as answer:
            events = _events(answer)
            assert await anext(events) == ("next", {"data": {"quiet": 1}})
            lab.watch.tokens.clear()
            last = [event async for event in events]

        assert last[0][1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert last[1] == ("complete", None)
        await until(lambda: lab.watch.open_sources == 0)


async def test_silence_is_broken_by_comments_for_the_proxies_in_between() -> None:
    body = {"query": "subscription { quiet }"}
    async with (
        running_lab(stream=StreamLimits(keep_alive_seconds=0.05)) as lab,
        lab.http.post("/graphql", json=body, headers=SSE) as answer,
    ):
        seen = b""
        while seen.count(b":\n\n") < 4:
            seen += await answer.content.readany()

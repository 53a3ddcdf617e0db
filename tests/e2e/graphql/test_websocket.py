"""The subprotocol graphql-transport-ws, message by message, and what bounds a connection."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from gateway.graphql.limits import StreamLimits
from tests.lab import Lab, running_lab

PROTOCOL = "graphql-transport-ws"
QUICK = StreamLimits(init_seconds=0.1, operations=2, send_seconds=0.2, recheck_seconds=0.05)


class Socket:
    """A client that speaks in messages."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def send(self, type_: str, **members: Any) -> None:
        await self.ws.send_json({"type": type_, **members})

    async def subscribe(self, id_: str, query: str, **variables: Any) -> None:
        await self.send("subscribe", id=id_, payload={"query": query, "variables": variables})

    async def next(self) -> Any:
        return await self.ws.receive_json(timeout=5)

    async def closed_with(self) -> int | None:
        """The close code, after whatever is still under way."""
        async with asyncio.timeout(5):
            async for _ in self.ws:
                pass
        return self.ws.close_code


@asynccontextmanager
async def connect(lab: Lab, *, init: dict[str, Any] | None = None, greet: bool = True) -> AsyncIterator[Socket]:
    async with lab.http.ws_connect("/graphql", protocols=[PROTOCOL]) as ws:
        socket = Socket(ws)
        if greet:
            await socket.send("connection_init", **({"payload": init} if init else {}))
            assert await socket.next() == {"type": "connection_ack"}
        yield socket


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - watches plain counters of the lab
            await asyncio.sleep(0.01)


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with running_lab() as opened:
        yield opened


async def test_a_subscription_gives_each_event_and_completes(lab: Lab) -> None:
    async with connect(lab) as socket:
        await socket.subscribe("1", "subscription ($to: Int!) { count(to: $to) }", to=2)

        assert [await socket.next() for _ in range(3)] == [
            {"type": "next", "id": "1", "payload": {"data": {"count": 1}}},
            {"type": "next", "id": "1", "payload": {"data": {"count": 2}}},
            {"type": "complete", "id": "1"},
        ]


async def test_an_id_may_be_used_again_once_its_operation_has_ended(lab: Lab) -> None:
    async with connect(lab) as socket:
        for _ in range(3):
            await socket.subscribe("1", "{ hello }")
            assert (await socket.next())["payload"] == {"data": {"hello": "hello world"}}
            assert await socket.next() == {"type": "complete", "id": "1"}


async def test_complete_closes_the_source_and_nothing_more_comes(lab: Lab) -> None:
    async with connect(lab) as socket:
        await socket.subscribe("1", "subscription { quiet }")
        assert (await socket.next())["payload"] == {"data": {"quiet": 1}}
        assert lab.watch.open_sources == 1
        await socket.send("complete", id="1")
        await until(lambda: lab.watch.open_sources == 0)
        await socket.send("ping", payload={"n": 1})

        assert await socket.next() == {"type": "pong", "payload": {"n": 1}}


async def test_a_client_that_leaves_closes_all_its_sources(lab: Lab) -> None:
    async with connect(lab) as socket:
        for id_ in "abc":
            await socket.subscribe(id_, "subscription { quiet }")
            await socket.next()
        assert lab.watch.open_sources == 3

    await until(lambda: lab.watch.open_sources == 0)


async def test_a_client_that_vanishes_without_a_goodbye_closes_all_its_sources(lab: Lab) -> None:
    async with connect(lab) as socket:
        await socket.subscribe("1", "subscription { forever(size: 1000) }")
        await socket.next()
        transport = socket.ws._writer.transport
        assert transport is not None
        transport.abort()  # type: ignore[attr-defined]  # asyncio.Transport
        await until(lambda: lab.watch.open_sources == 0)


async def test_a_slow_reader_holds_back_its_own_source_and_is_given_up() -> None:
    async with running_lab(stream=StreamLimits(send_seconds=0.3)) as lab, connect(lab) as socket:
        assert socket.ws._reader is not None
        await socket.subscribe("1", "subscription { forever(size: 100000) }")
        await socket.next()
        socket.ws._conn.protocol.pause_reading()  # type: ignore[union-attr]  # the way to stop reading in aiohttp
        await until(lambda: lab.watch.open_sources == 0)

        assert lab.watch.sent < 500  # 50 MB: what the two kernels and processes buffer, not what could be made


@pytest.mark.parametrize(
    "message", ["not json", '"text"', "[]", "{}", '{"type": "x"}', '{"type": "subscribe"}', '{"type": "complete"}',
                '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
                '{"type": "subscribe", "id": "1", "payload": []}', '{"type": "ping", "payload": "\\u0000"}']
)  # fmt: skip
async def test_a_message_that_is_none_closes_with_4400(lab: Lab, message: str) -> None:
    async with connect(lab) as socket:
        await socket.ws.send_str(message)

        assert await socket.closed_with() == 4400


async def test_bytes_close_with_4400(lab: Lab) -> None:
    async with connect(lab) as socket:
        await socket.ws.send_bytes(b"{}")

        assert await socket.closed_with() == 4400


async def test_an_operation_before_the_acknowledgement_closes_with_4401(lab: Lab) -> None:
    async with connect(lab, greet=False) as socket:
        await socket.subscribe("1", "{ hello }")

        assert await socket.closed_with() == 4401


async def test_a_bad_token_closes_with_4403(lab: Lab) -> None:
    async with connect(lab, greet=False) as socket:
        await socket.send("connection_init", payload={"authorization": "Bearer bad"})

        assert await socket.closed_with() == 4403


async def test_another_subprotocol_closes_with_4406(lab: Lab) -> None:
    async with lab.http.ws_connect("/graphql", protocols=["graphql-ws"]) as ws:
        assert await Socket(ws).closed_with() == 4406


async def test_silence_instead_of_an_introduction_closes_with_4408() -> None:
    async with running_lab(stream=QUICK) as lab, connect(lab, greet=False) as socket:
        assert await socket.closed_with() == 4408


async def test_an_id_in_use_closes_with_4409(lab: Lab) -> None:
    async with connect(lab) as socket:
        await socket.subscribe("1", "subscription { quiet }")
        await socket.subscribe("1", "{ hello }")

        assert await socket.closed_with() == 4409
    await until(lambda: lab.watch.open_sources == 0)


async def test_a_second_introduction_closes_with_4429(lab: Lab) -> None:
    async with connect(lab) as socket:
        await socket.send("connection_init")

        assert await socket.closed_with() == 4429


async def test_operations_beyond_the_limit_are_refused_one_by_one() -> None:
    async with running_lab(stream=QUICK) as lab, connect(lab) as socket:
        for id_ in "ab":
            await socket.subscribe(id_, "subscription { quiet }")
            await socket.next()
        await socket.subscribe("c", "{ hello }")
        refused = await socket.next()

        assert (refused["type"], refused["id"]) == ("error", "c")
        assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"


async def test_a_token_that_ends_closes_the_connection_and_its_sources() -> None:
    async with running_lab(stream=QUICK) as lab, connect(lab, init={"authorization": "Bearer good"}) as socket:
        await socket.subscribe("1", "{ who }")
        assert (await socket.next())["payload"] == {"data": {"who": "person-1"}}
        await socket.subscribe("2", "subscription { quiet }")
        lab.watch.tokens.clear()

        assert await socket.closed_with() == 4403
        await until(lambda: lab.watch.open_sources == 0)


async def test_what_is_wrong_with_an_operation_ends_that_operation_only(lab: Lab) -> None:
    async with connect(lab) as socket:
        for query, code in (
            ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("subscription { refused }", "UNAUTHENTICATED"),
            ("subscription { a: count(to: 1) b: count(to: 1) }", "GRAPHQL_VALIDATION_FAILED"),
        ):
            await socket.subscribe("1", query)
            error = await socket.next()
            assert (error["type"], error["payload"][0]["extensions"]["code"]) == ("error", code)
        await socket.subscribe("1", "subscription { breaks }")
        assert (await socket.next())["payload"] == {"data": {"breaks": 1}}
        broken = await socket.next()

        assert broken["payload"][0]["extensions"]["code"] == "INTERNAL"
        assert "secret" not in str(broken)


async def test_each_operation_has_a_trace_id_of_its_own(lab: Lab) -> None:
    async with connect(lab) as socket:
        seen = set()
        for id_ in "ab":
            await socket.subscribe(id_, "{ nope }")
            seen.add((await socket.next())["payload"][0]["extensions"]["traceId"])

        assert len(seen) == 2

"""Signals reach every listener in every process, over one connection a process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from services.adapters.fast_state import connect, open_fast_state
from services.adapters.fast_state.bus import MOST_UNREAD, LocalBus, RedisBus
from services.kernel.ids import new_id


@pytest.fixture
async def buses(url: str | None) -> AsyncIterator[tuple[LocalBus, LocalBus]]:
    """Those of two processes; embedded there is one process only."""
    prefix = f"{new_id()}:"
    one = await open_fast_state(url, prefix=prefix)
    other = await open_fast_state(url, prefix=prefix) if url else one
    yield one.bus, other.bus
    await one.close()
    if url:
        await other.close()


async def test_a_listener_hears_its_topic_from_another_process(buses: tuple[LocalBus, LocalBus]) -> None:
    here, there = buses
    async with contextlib.aclosing(here.listen("application:1")) as signals:
        assert await anext(signals) == ""
        await there.publish("application:2", "not mine")
        await there.publish("application:1", "moved")
        heard = await anext(signals)
        assert (heard or await anext(signals)) == "moved"
    assert here.topics == 0


async def test_a_hundred_listeners_share_one_connection(valkey_url: str) -> None:
    prefix = f"{new_id()}:"
    admin = connect(valkey_url)
    opened = await open_fast_state(valkey_url, prefix=prefix)
    try:
        listeners = [opened.bus.listen(f"application:{number % 10}") for number in range(100)]
        assert [await anext(one) for one in listeners] == [""] * 100
        assert await admin.pubsub_numsub(f"{prefix}events") == [(f"{prefix}events".encode(), 1)]
        for number in range(10):
            await opened.bus.publish(f"application:{number}", str(number))
        for number, one in enumerate(listeners):
            heard = await anext(one)
            assert (heard or await anext(one)) == str(number % 10)
            await one.aclose()
        assert opened.bus.topics == 0
    finally:
        await opened.close()
        await admin.aclose()


async def test_a_listener_hears_a_heartbeat_when_nothing_happens() -> None:
    bus = LocalBus(heartbeat_seconds=0.01)
    async with contextlib.aclosing(bus.listen("application:1")) as signals:
        assert [await anext(signals) for _ in range(3)] == ["", "", ""]


async def test_a_listener_gets_its_first_item_and_heartbeats_without_a_server() -> None:
    client = connect("unix:///nonexistent/valkey.sock")
    bus = RedisBus(client, heartbeat_seconds=0.01)
    bus.start()
    async with contextlib.aclosing(bus.listen("application:1")) as signals:
        assert [await anext(signals) for _ in range(3)] == ["", "", ""]
    await bus.close()
    await client.aclose()


async def test_a_slow_listener_loses_the_oldest_signals_only() -> None:
    bus = LocalBus()
    async with contextlib.aclosing(bus.listen("application:1")) as signals:
        await anext(signals)
        for number in range(MOST_UNREAD + 5):
            await bus.publish("application:1", str(number))
        assert await anext(signals) == "5"


async def test_a_cancelled_listener_is_forgotten(buses: tuple[LocalBus, LocalBus]) -> None:
    here, _ = buses

    async def watch() -> None:
        async with contextlib.aclosing(here.listen("application:1")) as signals:
            async for _ in signals:
                started.set()

    started = asyncio.Event()
    watcher = asyncio.create_task(watch())
    await started.wait()
    watcher.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watcher
    assert here.topics == 0

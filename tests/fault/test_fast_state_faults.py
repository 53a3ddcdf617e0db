"""A fast state that dies, hangs or comes back: calls fail within two seconds, signals go on by themselves."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from services.adapters.fast_state import OpenFastState, open_fast_state
from services.kernel.errors import StoreDown
from tests.servers import Valkey

HOUR = timedelta(hours=1)
MOST_SECONDS = 2.5


@pytest.fixture(params=["one server", "cluster"])
def valkey(request: pytest.FixtureRequest) -> Iterator[Valkey]:
    """A server of this test alone, to be killed."""
    server = Valkey(cluster=request.param == "cluster")
    yield server
    server.close()


@pytest.fixture
async def opened(valkey: Valkey) -> AsyncIterator[OpenFastState]:
    state = await open_fast_state(valkey.url)
    yield state
    await state.close()


async def all_calls_are_store_down(opened: OpenFastState) -> None:
    calls = (
        opened.state.get("k"), opened.state.set("k", "v", HOUR), opened.state.delete("k"), opened.state.take("k"),
        opened.state.consume_once("k", HOUR), opened.state.hit("k", 1, HOUR), opened.state.bump("b", "m", HOUR),
        opened.state.top("b", 1), opened.state.check(),
    )  # fmt: skip
    begun = time.monotonic()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [StoreDown] * len(calls)
    assert time.monotonic() - begun < MOST_SECONDS


async def test_a_killed_server_is_store_down_until_it_is_back(valkey: Valkey, opened: OpenFastState) -> None:
    await opened.state.set("k", "v", HOUR)
    valkey.kill()
    await all_calls_are_store_down(opened)
    valkey.start()
    assert await opened.state.consume_once("jti", HOUR) is True
    await opened.state.check()


async def test_a_server_that_hangs_is_store_down_in_time(valkey: Valkey, opened: OpenFastState) -> None:
    await opened.state.set("k", "v", HOUR)
    assert valkey.process is not None
    valkey.process.send_signal(signal.SIGSTOP)
    try:
        await all_calls_are_store_down(opened)
    finally:
        valkey.process.send_signal(signal.SIGCONT)
    assert await opened.state.get("k") in ("v", None)  # a delete that waited in the queue may still arrive
    await opened.state.check()


async def test_listeners_hear_again_after_the_server_came_back(valkey: Valkey, opened: OpenFastState) -> None:
    listening, heard = asyncio.Event(), asyncio.Event()

    async def watch() -> None:
        async with contextlib.aclosing(opened.bus.listen("application:1")) as signals:
            async for payload in signals:
                (heard if payload else listening).set()

    watcher = asyncio.create_task(watch())
    await listening.wait()
    valkey.kill()
    valkey.start()
    async with asyncio.timeout(30):
        while not heard.is_set():
            await opened.bus.publish("application:1", "moved")
            await asyncio.sleep(0.05)
    watcher.cancel()
    await asyncio.wait([watcher])


async def test_a_signal_that_cannot_be_sent_fails_nobody_and_reaches_this_worker(
    valkey: Valkey, opened: OpenFastState
) -> None:
    async with contextlib.aclosing(opened.bus.listen("application:1")) as signals:
        assert await anext(signals) == ""
        valkey.kill()
        async with asyncio.timeout(MOST_SECONDS):
            await opened.bus.publish("application:1", "moved")
        async with asyncio.timeout(MOST_SECONDS):
            while await anext(signals) != "moved":
                pass


async def test_a_worker_may_start_before_its_server(valkey: Valkey) -> None:
    valkey.kill()
    opened = await open_fast_state(valkey.url)
    with pytest.raises(StoreDown):
        await opened.state.check()
    valkey.start()
    await opened.state.check()
    await opened.close()

"""Codes, limits and counters: the same in process, on a real Valkey, and on a real cluster."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.adapters.fast_state import open_fast_state
from services.adapters.fast_state.redis_state import RedisFastState
from services.kernel.clock import FixedClock
from services.kernel.ids import new_id

HOUR = timedelta(hours=1)


@pytest.fixture
async def state(url: str | None, clock: FixedClock) -> AsyncIterator[RedisFastState]:
    opened = await open_fast_state(url, clock, f"{new_id()}:")
    yield opened.state
    await opened.close()


async def test_a_value_is_kept_until_it_is_deleted(state: RedisFastState) -> None:
    await state.set("sign_in:1", "谁", HOUR)
    assert await state.get("sign_in:1") == "谁"
    assert await state.delete("sign_in:1") is True
    assert await state.delete("sign_in:1") is False
    assert await state.get("sign_in:1") is None


async def test_a_value_ends_with_its_time(state: RedisFastState) -> None:
    await state.set("sign_in:1", "x", timedelta(milliseconds=20))
    await asyncio.sleep(0.05)
    assert await state.get("sign_in:1") is None


async def test_of_twenty_who_take_a_value_one_gets_it(state: RedisFastState) -> None:
    await state.set("code:1", "secret", HOUR)
    taken = await asyncio.gather(*(state.take("code:1") for _ in range(20)))
    assert sorted(taken, key=str) == [None] * 19 + ["secret"]


async def test_of_twenty_who_consume_a_token_one_is_first(state: RedisFastState) -> None:
    firsts = await asyncio.gather(*(state.consume_once("jti:1", HOUR) for _ in range(20)))
    assert sorted(firsts) == [False] * 19 + [True]
    assert await state.consume_once("jti:2", HOUR) is True


async def test_a_consumed_token_may_come_again_after_its_time(state: RedisFastState) -> None:
    assert await state.consume_once("jti:1", timedelta(milliseconds=20)) is True
    await asyncio.sleep(0.05)
    assert await state.consume_once("jti:1", HOUR) is True


async def test_a_limit_lets_its_number_through_and_tells_the_rest_when(
    state: RedisFastState, clock: FixedClock
) -> None:
    minute = timedelta(minutes=1)
    assert [await state.hit("sms:1", 3, minute) for _ in range(4)] == [None, None, None, 20.0]
    clock.advance(timedelta(seconds=19))
    assert await state.hit("sms:1", 3, minute) == 1.0
    clock.advance(timedelta(seconds=1))
    assert await state.hit("sms:1", 3, minute) is None
    assert await state.hit("sms:1", 3, minute) == 20.0
    assert await state.hit("sms:2", 3, minute) is None


async def test_a_limit_counts_racing_calls_exactly(state: RedisFastState) -> None:
    answers = await asyncio.gather(*(state.hit("sms:1", 7, HOUR) for _ in range(30)))
    assert answers.count(None) == 7


async def test_a_limit_is_full_again_after_its_window(state: RedisFastState, clock: FixedClock) -> None:
    for _ in range(5):
        await state.hit("sms:1", 5, HOUR)
    clock.advance(HOUR)
    assert [await state.hit("sms:1", 5, HOUR) for _ in range(5)] == [None] * 5


async def test_a_board_ranks_by_count(state: RedisFastState) -> None:
    for member in ("a", "b", "b", "c", "c", "c"):
        await state.bump("items", member, HOUR)
    assert await state.top("items", 2) == [("c", 3), ("b", 2)]
    assert await state.top("items", 0) == []
    assert await state.top("nothing", 5) == []


async def test_a_board_is_forgotten_after_its_time(state: RedisFastState) -> None:
    await state.bump("items", "a", timedelta(milliseconds=20))
    await asyncio.sleep(0.05)
    assert await state.top("items", 5) == []


async def test_check_is_silent_when_the_server_answers(state: RedisFastState) -> None:
    await state.check()

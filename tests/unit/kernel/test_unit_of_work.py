"""The same key gives the first answer, on both databases, also when calls race."""

import asyncio
from datetime import UTC, datetime

import pytest

from services.adapters.store.database import Database
from services.adapters.store.idempotency import SqlIdempotencyStore
from services.adapters.store.sealing import Sealer
from services.kernel.clock import FixedClock
from services.kernel.errors import IdempotencyKeyReused, InvalidInput
from services.kernel.unit_of_work import Idempotency


@pytest.fixture
def idempotency(database: Database) -> Idempotency:
    clock = FixedClock(datetime(2026, 11, 23, tzinfo=UTC))
    return Idempotency(database.unit_of_work, SqlIdempotencyStore(database, Sealer(b"k" * 32), clock))


class Counter:
    def __init__(self) -> None:
        self.runs = 0

    async def __call__(self) -> int:
        self.runs += 1
        await asyncio.sleep(0)
        return self.runs


async def test_a_repeat_returns_the_first_answer_and_runs_nothing(idempotency: Idempotency) -> None:
    run = Counter()
    assert await idempotency.once("apply:p1", "key", {"item": "YB-010"}, run) == 1
    assert await idempotency.once("apply:p1", "key", {"item": "YB-010"}, run) == 1
    assert run.runs == 1


async def test_ten_racing_repeats_run_once(idempotency: Idempotency) -> None:
    run = Counter()
    answers = await asyncio.gather(*(idempotency.once("apply:p1", "key", {"item": "YB-010"}, run) for _ in range(10)))
    assert answers == [1] * 10
    assert run.runs == 1


async def test_another_person_may_use_the_same_key(idempotency: Idempotency) -> None:
    run = Counter()
    assert await idempotency.once("apply:p1", "key", {}, run) == 1
    assert await idempotency.once("apply:p2", "key", {}, run) == 2


async def test_the_same_key_with_other_input_is_refused(idempotency: Idempotency) -> None:
    run = Counter()
    await idempotency.once("apply:p1", "key", {"item": "YB-010"}, run)
    with pytest.raises(IdempotencyKeyReused):
        await idempotency.once("apply:p1", "key", {"item": "YB-011"}, run)
    assert run.runs == 1


async def test_a_failed_run_leaves_the_key_free(idempotency: Idempotency) -> None:
    async def fail() -> int:
        raise InvalidInput(field="form.name")

    with pytest.raises(InvalidInput):
        await idempotency.once("apply:p1", "key", {}, fail)
    assert await idempotency.once("apply:p1", "key", {}, Counter()) == 1


@pytest.mark.parametrize("key", ["", "x" * 129])
async def test_an_empty_or_overlong_key_is_refused(idempotency: Idempotency, key: str) -> None:
    run = Counter()
    with pytest.raises(InvalidInput) as refused:
        await idempotency.once("apply:p1", key, {}, run)
    assert refused.value.extensions == {"field": "input.idempotencyKey"}
    assert run.runs == 0

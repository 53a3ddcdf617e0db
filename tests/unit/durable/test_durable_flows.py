"""A flow goes step by step, waits, wakes, is tried again and parked, and is never run twice at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from services.adapters.store.database import Database
from services.adapters.store.durable import SqlFlowStore
from services.adapters.store.tables.durable import flow, flow_step
from services.durable.engine import LEASE, LONGEST_PAUSE, MOST_LOST, Engine, pause_before
from services.durable.port import Advance, Attempt, Finish, Outcome, Wait
from services.durable.store import LeaseLost
from services.kernel.clock import FixedClock
from services.kernel.errors import Conflict, DepartmentDown, NotFound

KIND = "applications.deliver"
DAY = timedelta(days=1)


class Script:
    """A handler that answers each step from a table, and remembers what it was asked."""

    def __init__(self, **steps: Outcome | Exception | Callable[[Attempt], Awaitable[Outcome]]) -> None:
        self.steps = steps
        self.attempts: list[Attempt] = []

    async def __call__(self, attempt: Attempt) -> Outcome:
        self.attempts.append(attempt)
        answer = self.steps[attempt.step]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Advance | Wait | Finish):
            return answer
        return await answer(attempt)


async def begin(engine: Engine, database: Database, script: Script, **state: str) -> str:
    engine.handle(KIND, script)
    async with database.unit_of_work():
        return await engine.start(KIND, "a1", "send", state)


async def test_a_flow_runs_its_steps_in_order_and_keeps_its_history(
    engine: Engine, database: Database, clock: FixedClock
) -> None:
    script = Script(send=Advance("ask", state={"number": "R1"}), ask=Finish())
    flow_id = await begin(engine, database, script, who="张三")
    assert await engine.run_due() == 1
    clock.advance(timedelta(seconds=1))
    assert await engine.run_due() == 1
    assert await engine.run_due() == 0
    assert [(a.step, a.sequence, a.tries, a.state, a.idempotency_key) for a in script.attempts] == [
        ("send", 0, 1, {"who": "张三"}, f"{flow_id}:0"),
        ("ask", 1, 1, {"number": "R1"}, f"{flow_id}:1"),
    ]
    view = await engine.view(KIND, "a1")
    assert view is not None
    assert (view.flow_id, view.status) == (flow_id, "FINISHED")
    assert view.history == (
        ("send", datetime(2026, 11, 23, 2, 0, 0, tzinfo=UTC)),
        ("ask", datetime(2026, 11, 23, 2, 0, 1, tzinfo=UTC)),
    )


async def test_a_second_flow_on_a_subject_is_refused_until_the_first_ends(engine: Engine, database: Database) -> None:
    await begin(engine, database, Script(send=Finish()))
    async with database.unit_of_work():
        with pytest.raises(Conflict):
            await engine.start(KIND, "a1", "send")
        await engine.start(KIND, "a2", "send")  # the refusal left the transaction usable
    assert await engine.run_due() == 2
    async with database.unit_of_work():
        await engine.start(KIND, "a1", "send")


async def test_a_flow_of_a_rolled_back_transaction_never_was(engine: Engine, database: Database) -> None:
    engine.handle(KIND, Script())

    class Broken(Exception):
        pass

    async def start_and_fail() -> None:
        async with database.unit_of_work():
            await engine.start(KIND, "a1", "send")
            raise Broken

    with pytest.raises(Broken):
        await start_and_fail()
    assert await engine.view(KIND, "a1") is None
    assert await engine.run_due() == 0


async def test_a_flow_starts_at_its_due_date(engine: Engine, database: Database, clock: FixedClock) -> None:
    engine.handle(KIND, Script(send=Finish()))
    async with database.unit_of_work():
        await engine.start(KIND, "a1", "send", due_at=clock.now() + DAY)
    clock.advance(DAY - timedelta(microseconds=1))
    assert await engine.run_due() == 0
    clock.advance(timedelta(microseconds=1))
    assert await engine.run_due() == 1


async def test_a_waiting_flow_runs_its_step_at_the_date(engine: Engine, database: Database, clock: FixedClock) -> None:
    await begin(engine, database, Script(send=Wait("late", clock.now() + DAY, "MEDICAL_INSURANCE"), late=Finish()))
    await engine.run_due()
    view = await engine.view(KIND, "a1")
    assert view is not None
    assert (view.status, view.owner, view.due_at) == ("WAITING", "MEDICAL_INSURANCE", clock.now() + DAY)
    assert await engine.run_due() == 0
    clock.advance(DAY)
    assert await engine.run_due() == 1


async def test_a_wake_brings_its_state_and_runs_the_step_now(
    engine: Engine, database: Database, clock: FixedClock
) -> None:
    script = Script(send=Wait("answer", clock.now() + DAY, "CITIZEN"), answer=Finish())
    await begin(engine, database, script, kept="1")
    await engine.run_due()
    async with database.unit_of_work():
        assert await engine.wake(KIND, "a1", {"result": "ok"}) is True
        assert await engine.wake(KIND, "a2") is False
    assert await engine.run_due() == 1
    assert script.attempts[-1].state == {"kept": "1", "result": "ok"}


async def test_a_wake_that_comes_before_the_wait_is_not_lost(
    engine: Engine, database: Database, clock: FixedClock
) -> None:
    async def called_back_at_once(attempt: Attempt) -> Outcome:
        async with database.unit_of_work():
            assert await engine.wake(KIND, "a1", {"result": "ok"}) is True
        return Wait("answer", clock.now() + DAY, "MEDICAL_INSURANCE", state={"number": "R1"})

    script = Script(send=called_back_at_once, answer=Finish())
    await begin(engine, database, script)
    assert [await engine.run_due(), await engine.run_due()] == [1, 1]
    assert script.attempts[-1].state == {"number": "R1", "result": "ok"}


async def test_a_wake_finds_no_finished_flow(engine: Engine, database: Database) -> None:
    await begin(engine, database, Script(send=Finish()))
    await engine.run_due()
    async with database.unit_of_work():
        assert await engine.wake(KIND, "a1") is False


async def test_a_department_that_is_down_is_asked_again_with_growing_pauses(
    engine: Engine, database: Database, clock: FixedClock
) -> None:
    script = Script(send=DepartmentDown("YBJ"))
    await begin(engine, database, script)
    for tries, longest in ((1, 1), (2, 2), (3, 4), (4, 8)):
        assert await engine.run_due() == 1
        view = await engine.view(KIND, "a1")
        assert view is not None
        assert (view.status, view.tries, view.last_error) == ("READY", tries, "DEPARTMENT_DOWN")
        clock.advance(timedelta(seconds=longest / 2 - 0.01))
        assert await engine.run_due() == 0
        clock.advance(timedelta(seconds=longest / 2 + 0.01))
    script.steps["send"] = Finish()
    assert await engine.run_due() == 1
    assert len({attempt.idempotency_key for attempt in script.attempts}) == 1
    assert [attempt.tries for attempt in script.attempts] == [1, 2, 3, 4, 5]


@given(next_try=st.integers(2, 10_000), spread=st.floats(0, 1))
def test_a_pause_is_never_longer_than_the_longest_nor_shorter_than_half_a_second(next_try: int, spread: float) -> None:
    assert timedelta(seconds=0.5) <= pause_before(next_try, spread) <= LONGEST_PAUSE


async def test_any_other_failure_parks_the_flow_until_an_operator_releases_it(
    engine: Engine, database: Database, clock: FixedClock
) -> None:
    script = Script(send=KeyError("张三 371599199001010011"))
    flow_id = await begin(engine, database, script)
    await engine.run_due()
    clock.advance(DAY)
    assert await engine.run_due() == 0
    (stuck,) = await engine.stuck()
    assert (stuck.flow_id, stuck.status, stuck.last_error) == (flow_id, "STUCK", "KeyError")
    script.steps["send"] = Finish()
    await engine.release(flow_id)
    assert await engine.run_due() == 1
    assert await engine.stuck() == []
    with pytest.raises(Conflict):
        await engine.release(flow_id)
    with pytest.raises(NotFound):
        await engine.release("nobody")


@pytest.mark.parametrize("fails", [False, True])
async def test_a_handler_that_wants_to_know_is_told_of_its_parked_flow(
    engine: Engine, database: Database, fails: bool
) -> None:
    class Telling(Script):
        told: tuple[str, str] = ("", "")

        async def parked(self, attempt: Attempt, code: str) -> None:
            self.told = (attempt.subject_id, code)
            if fails:
                raise ValueError

    script = Telling(send=KeyError())
    await begin(engine, database, script)
    await engine.run_due()
    assert script.told == ("a1", "KeyError")
    assert [one.last_error for one in await engine.stuck()] == ["KeyError"]


async def test_what_a_step_applies_is_saved_with_its_outcome_or_not_at_all(engine: Engine, database: Database) -> None:
    async def apply_and_fail() -> None:
        async with database.unit_of_work():
            await engine.start(KIND, "a2", "send")
        raise ValueError

    await begin(engine, database, Script(send=Finish(apply_and_fail)))
    await engine.run_due()
    assert await engine.view(KIND, "a2") is None
    view = await engine.view(KIND, "a1")
    assert view is not None
    assert (view.status, view.last_error, view.history) == ("STUCK", "ValueError", ())


async def test_a_finishing_step_may_start_the_next_flow_on_its_subject(engine: Engine, database: Database) -> None:
    async def again() -> None:
        await engine.start(KIND, "a1", "second")

    await begin(engine, database, Script(send=Finish(again), second=Finish()))
    assert [await engine.run_due(), await engine.run_due(), await engine.run_due()] == [1, 1, 0]


async def test_ten_engines_run_each_of_fifty_flows_once(
    flows: SqlFlowStore, database: Database, clock: FixedClock
) -> None:
    ran: list[str] = []

    async def once(attempt: Attempt) -> Outcome:
        ran.append(attempt.subject_id)
        await asyncio.sleep(0)
        return Finish()

    engines = [Engine(flows, database.unit_of_work, clock) for _ in range(10)]
    for one in engines:
        one.handle(KIND, once)
    async with database.unit_of_work():
        for number in range(50):
            await engines[0].start(KIND, f"a{number:02}", "send")
    assert sum(await asyncio.gather(*(one.run_due(7) for one in engines))) == 50
    assert sorted(ran) == [f"a{number:02}" for number in range(50)]


async def test_a_worker_that_lost_its_lease_saves_nothing(
    flows: SqlFlowStore, database: Database, clock: FixedClock
) -> None:
    slow, quick = (Engine(flows, database.unit_of_work, clock) for _ in range(2))
    quick.handle(KIND, Script(send=Finish()))
    applied: list[str] = []

    async def overtaken(attempt: Attempt) -> Outcome:
        clock.advance(timedelta(seconds=60))
        assert await quick.run_due() == 1

        async def apply() -> None:
            applied.append("slow")

        return Advance("ask", apply)

    slow.handle(KIND, overtaken)
    async with database.unit_of_work():
        await slow.start(KIND, "a1", "send")
    await slow.run_due()
    assert applied == []
    view = await slow.view(KIND, "a1")
    assert view is not None
    assert (view.status, [step for step, _ in view.history]) == ("FINISHED", ["send"])


@pytest.mark.parametrize("how", ["save", "retry", "park"])
async def test_every_way_to_save_needs_the_lease(
    flows: SqlFlowStore, engine: Engine, database: Database, clock: FixedClock, how: str
) -> None:
    await begin(engine, database, Script())
    now = clock.now()
    (lost,) = await flows.claim([KIND], now, now, 1)
    (held,) = await flows.claim([KIND], now, now + DAY, 1)
    assert held.attempt.tries == 2
    calls: dict[str, Callable[[], Awaitable[None]]] = {
        "save": lambda: flows.save(lost, Finish(), now),
        "retry": lambda: flows.retry(lost, now, "X"),
        "park": lambda: flows.park(lost, "X"),
    }
    with pytest.raises(LeaseLost):
        await calls[how]()


@pytest.mark.parametrize("how", ["save", "retry", "park"])
async def test_a_step_whose_commit_only_looked_failed_is_not_saved_again_over_the_next(
    flows: SqlFlowStore, engine: Engine, database: Database, clock: FixedClock, how: str
) -> None:
    await begin(engine, database, Script())
    now = clock.now()
    (claim,) = await flows.claim([KIND], now, now + DAY, 1)
    await flows.save(claim, Wait("ask", now + DAY, "CITIZEN"), now)
    calls: dict[str, Callable[[], Awaitable[None]]] = {
        "save": lambda: flows.save(claim, Finish(), now),
        "retry": lambda: flows.retry(claim, now, "STORE_DOWN"),
        "park": lambda: flows.park(claim, "X"),
    }
    with pytest.raises(LeaseLost):
        await calls[how]()
    view = await engine.view(KIND, "a1")
    assert view is not None
    assert (view.step, view.status, view.due_at) == ("ask", "WAITING", now + DAY)
    assert await engine.run_due() == 0


async def test_a_step_that_kills_its_worker_is_parked_after_five_workers(
    flows: SqlFlowStore, engine: Engine, database: Database, clock: FixedClock
) -> None:
    script = Script(send=Finish())
    flow_id = await begin(engine, database, script)
    for _ in range(MOST_LOST):
        assert len(await flows.claim([KIND], clock.now(), clock.now() + LEASE, 1)) == 1  # and is never heard of again
        clock.advance(LEASE)
    assert await engine.run_due() == 1
    (stuck,) = await engine.stuck()
    assert (stuck.last_error, script.attempts) == ("WORKER_LOST", [])
    await engine.release(flow_id)
    assert await engine.run_due() == 1
    assert len(script.attempts) == 1


async def test_only_tries_that_ended_without_a_word_count_as_lost_workers(
    flows: SqlFlowStore, engine: Engine, database: Database, clock: FixedClock
) -> None:
    await begin(engine, database, Script(send=DepartmentDown("YBJ")))
    for lost in range(MOST_LOST):
        await flows.claim([KIND], clock.now(), clock.now() + LEASE, 1)
        clock.advance(LEASE)
        if lost == MOST_LOST - 2:
            await engine.run_due()
            clock.advance(DAY)
    assert await engine.run_due() == 1
    assert await engine.stuck() == []


async def test_the_leases_of_a_process_that_died_end_when_the_next_one_starts_on_an_embedded_store(
    flows: SqlFlowStore, engine: Engine, database: Database, clock: FixedClock
) -> None:
    await begin(engine, database, Script(send=Finish()))
    async with database.unit_of_work():
        await engine.start(KIND, "later", "send", due_at=clock.now() + DAY)
    await flows.claim([KIND], clock.now(), clock.now() + LEASE, 1)
    freed = await flows.free(clock.now())
    assert freed == (1 if database.is_sqlite else 0)
    assert await engine.run_due() == freed


async def test_a_worker_leaves_kinds_it_does_not_know(
    flows: SqlFlowStore, database: Database, clock: FixedClock
) -> None:
    newer, older = (Engine(flows, database.unit_of_work, clock) for _ in range(2))
    older.handle("other.kind", Script())
    await begin(newer, database, Script(send=Finish()))
    assert await older.run_due() == 0
    assert await newer.run_due() == 1


async def test_what_a_flow_keeps_is_sealed_at_rest(engine: Engine, database: Database, clock: FixedClock) -> None:
    await begin(engine, database, Script(send=Wait("x", clock.now() + DAY, "CITY")), name="Zhang San")
    await engine.run_due()
    async with database.unit_of_work():
        await engine.wake(KIND, "a1", {"name": "Zhang San"})
    async with database.reading() as connection:
        row = (await connection.execute(select(flow))).one()
        steps = (await connection.execute(select(flow_step))).all()
    assert b"Zhang San" not in row.sealed_state
    assert len(steps) == 1

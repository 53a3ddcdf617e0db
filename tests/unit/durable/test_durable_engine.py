"""The engine's loop: it works in the background, hears of work at once, costs little idle, and stops cleanly."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, insert, select, text

from services.adapters.store.database import Database
from services.adapters.store.durable import SqlFlowStore, claim_query, due_query
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.durable import flow, parked
from services.durable import engine as engine_module
from services.durable.engine import Engine
from services.durable.port import Advance, Attempt, Finish, Outcome
from services.kernel import tracing
from services.kernel.clock import FixedClock, SystemClock
from services.kernel.errors import DepartmentDown, StoreDown
from services.kernel.ids import new_id

KIND = "applications.deliver"


async def start(engine: Engine, database: Database, subject: str = "a1") -> None:
    async with database.unit_of_work():
        await engine.start(KIND, subject, "send")


@pytest.fixture
def long_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that only a wake-up can explain that work was done."""
    monkeypatch.setattr(engine_module, "POLL_SECONDS", 3600.0)


@pytest.mark.usefixtures("long_poll")
async def test_the_loop_hears_of_work_at_once_and_runs_it_to_its_end(flows: SqlFlowStore, database: Database) -> None:
    engine, done = Engine(flows, database.unit_of_work, SystemClock()), asyncio.Event()

    async def handler(attempt: Attempt) -> Outcome:
        if attempt.step == "send":
            return Advance("ask")
        done.set()
        return Finish()

    engine.handle(KIND, handler)
    async with engine.running():
        await asyncio.sleep(0.05)  # let it fall asleep
        await start(engine, database)
        async with asyncio.timeout(5):
            await done.wait()
    view = await engine.view(KIND, "a1")
    assert view is not None
    assert (view.status, [step for step, _ in view.history]) == ("FINISHED", ["send", "ask"])


@pytest.mark.usefixtures("long_poll")
async def test_an_embedded_process_goes_on_at_once_with_what_the_one_before_it_held(sqlite_url: str) -> None:
    database, done = Database(sqlite_url), asyncio.Event()
    flows = SqlFlowStore(database, Sealer(b"k" * 32))

    async def handler(attempt: Attempt) -> Outcome:
        done.set()
        return Finish()

    engine = Engine(flows, database.unit_of_work, SystemClock())
    engine.handle(KIND, handler)
    await start(engine, database)
    now = SystemClock().now()
    await flows.claim([KIND], now, now + timedelta(hours=1), 1)
    async with engine.running():
        async with asyncio.timeout(5):
            await done.wait()
    await database.close()


@pytest.mark.usefixtures("long_poll")
async def test_a_worker_hears_of_work_that_another_process_started(postgres_url: str) -> None:
    here, there = Database(postgres_url), Database(postgres_url)
    sealer, done = Sealer(b"k" * 32), asyncio.Event()

    async def handler(attempt: Attempt) -> Outcome:
        done.set()
        return Finish()

    worker = Engine(SqlFlowStore(here, sealer), here.unit_of_work, SystemClock())
    starter = Engine(SqlFlowStore(there, sealer), there.unit_of_work, SystemClock())
    worker.handle(KIND, handler)
    starter.handle(KIND, handler)
    async with worker.running():
        await asyncio.sleep(0.2)
        await start(starter, there)
        async with asyncio.timeout(5):
            await done.wait()
    await here.close()
    await there.close()


async def test_a_stop_lets_the_step_under_way_finish_and_begins_no_other(
    flows: SqlFlowStore, database: Database
) -> None:
    engine, begun, go_on = (
        Engine(flows, database.unit_of_work, SystemClock(), at_once=1),
        asyncio.Event(),
        asyncio.Event(),
    )

    async def handler(attempt: Attempt) -> Outcome:
        begun.set()
        await go_on.wait()
        return Finish()

    engine.handle(KIND, handler)
    await start(engine, database, "a1")
    await start(engine, database, "a2")
    async with engine.running():
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, go_on.set)
    first, second = await engine.view(KIND, "a1"), await engine.view(KIND, "a2")
    assert first is not None
    assert second is not None
    assert (first.status, second.status, second.tries) == ("FINISHED", "READY", 0)


async def test_a_step_that_outlasts_the_drain_is_broken_off_and_taken_over_after_its_lease(
    flows: SqlFlowStore, database: Database, clock: FixedClock
) -> None:
    stopped, begun = Engine(flows, database.unit_of_work, clock), asyncio.Event()

    async def hangs(attempt: Attempt) -> Outcome:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    stopped.handle(KIND, hangs)
    await start(stopped, database)
    async with stopped.running(drain_seconds=0.01):
        await begun.wait()
    other = Engine(flows, database.unit_of_work, clock)

    async def finish(attempt: Attempt) -> Outcome:
        assert attempt.tries == 2
        return Finish()

    other.handle(KIND, finish)
    assert await other.run_due() == 0
    clock.advance(timedelta(seconds=60))
    assert await other.run_due() == 1


async def test_the_log_of_a_step_put_off_names_the_trace_that_began_the_flow(
    engine: Engine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []

    class Log:
        def info(self, event: str, **values: Any) -> None:
            told.append((event, tracing.trace_id()))

    async def down(attempt: Attempt) -> Outcome:
        raise DepartmentDown("ybj")

    monkeypatch.setattr(engine_module, "log", Log())
    engine.handle(KIND, down)
    async with database.unit_of_work():
        await engine.start(KIND, "a1", "send", {"trace_id": "ab" * 16})
    before = tracing.trace_id()
    assert await engine.run_due() == 1
    assert told == [("step put off", "ab" * 16)]
    assert tracing.trace_id() == before


async def test_a_step_that_hangs_is_broken_off_and_tried_again(
    engine: Engine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "STEP_SECONDS", 0.01)

    async def hangs(attempt: Attempt) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    engine.handle(KIND, hangs)
    await start(engine, database)
    await engine.run_due()
    view = await engine.view(KIND, "a1")
    assert view is not None
    assert (view.status, view.last_error) == ("READY", "STEP_TIMEOUT")


async def test_the_loop_survives_its_store_and_goes_on(
    flows: SqlFlowStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "POLL_SECONDS", 0.01)
    engine, done = Engine(flows, database.unit_of_work, SystemClock()), asyncio.Event()
    due, failures = flows.due, [StoreDown(), ValueError(), StoreDown()]

    async def failing_due(kinds: list[str]) -> object:
        if failures:
            raise failures.pop()
        return await due(kinds)

    async def handler(attempt: Attempt) -> Outcome:
        done.set()
        return Finish()

    monkeypatch.setattr(flows, "due", failing_due)
    engine.handle(KIND, handler)
    await start(engine, database)
    async with engine.running(), asyncio.timeout(5):
        await done.wait()
    assert failures == []


async def plan_of(database: Database, query: Select[Any]) -> str:
    sql = str(query.compile(dialect=database.engine.dialect, compile_kwargs={"literal_binds": True}))
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    async with database.reading() as connection:
        return "\n".join(str(tuple(row)) for row in await connection.exec_driver_sql(explain + sql))


async def test_ten_thousand_waiting_flows_cost_one_look_at_an_index(
    engine: Engine, database: Database, clock: FixedClock
) -> None:
    now = clock.now()
    rows = [
        {
            "id": new_id(), "kind": KIND, "subject_id": f"w{n}", "step": "x", "status": "WAITING", "owner": "CITY",
            "due_at": now + timedelta(days=1, seconds=n), "run_at": now + timedelta(days=1, seconds=n), "sequence": 1,
            "tries": 0, "version": 1, "woken": False, "sealed_state": b"", "created_at": now, "updated_at": now,
        }
        for n in range(10_000)
    ]  # fmt: skip
    async with database.writing() as connection:
        await connection.execute(insert(flow), rows)
        if not database.is_sqlite:
            await connection.execute(text("ANALYZE flow"))
    for query in (due_query([KIND, "other"]), claim_query([KIND, "other"], now, 5)):
        plan = await plan_of(database, query)
        assert "ix_flow_to_run" in plan
        assert "Seq Scan" not in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan
    view = await plan_of(database, select(flow.c.id).where(parked).order_by(flow.c.due_at).limit(5))
    assert "ix_flow_parked" in view
    assert "Sort" not in view
    assert await engine.run_due() == 0

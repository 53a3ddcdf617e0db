"""A killed database is an outage with an end; a killed worker loses nothing that was acknowledged."""

import asyncio
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from services.adapters.store import upgrade
from services.adapters.store.database import Database
from services.adapters.store.durable import SqlFlowStore
from services.adapters.store.fixed_reads import Read
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.durable import flow_step
from services.adapters.store.tables.kernel import idempotency
from services.durable.engine import Engine
from services.durable.port import Attempt, Finish, Outcome
from services.kernel.clock import FixedClock, SystemClock
from services.kernel.errors import StoreDown
from tests.fault.victims import KIND, victim
from tests.servers import Postgres


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A server of this test alone, to be killed."""
    server = Postgres()
    yield server
    server.close()


NEVER = Read(select(idempotency.c.scope).where(idempotency.c.scope == "never"))


async def ask(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(text("SELECT 1")) or 0


async def test_a_postgresql_that_dies_in_the_middle_of_a_request_is_store_down_until_it_is_back(
    postgres: Postgres,
) -> None:
    database = Database(postgres.url(), pool_size=4)
    await upgrade(database)
    inside = asyncio.Event()

    async def request() -> None:
        async with database.unit_of_work(), database.writing() as connection:
            await connection.execute(text("CREATE TABLE half_written (id int)"))
            inside.set()
            await connection.execute(text("SELECT pg_sleep(30)"))

    requests = [asyncio.create_task(request()), asyncio.create_task(ask(database))]
    await inside.wait()
    await requests[1]
    assert await database.fetch(NEVER) == []
    await asyncio.sleep(0.1)
    postgres.kill()
    with pytest.raises(StoreDown):
        async with asyncio.timeout(5):
            await requests[0]
    for call in (database.writing, database.reading):
        with pytest.raises(StoreDown):
            async with asyncio.timeout(5), call() as connection:
                await connection.execute(text("SELECT 1"))
    with pytest.raises(StoreDown):
        await database.fetch(NEVER)
    postgres.start()
    assert await ask(database) == 1
    assert await database.fetch(NEVER) == []
    async with database.reading() as connection:
        assert await connection.scalar(text("SELECT to_regclass('half_written')")) is None
    await database.close()


async def test_an_operator_who_ends_all_connections_is_store_down_once(postgres_url: str) -> None:
    database, admin = Database(postgres_url, pool_size=1), Database(postgres_url, pool_size=1)
    end_all = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                   " AND datname = current_database() AND backend_type = 'client backend'")  # fmt: skip

    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(text("SELECT 1"))
            async with admin.reading() as other:
                await other.execute(end_all)
            await connection.execute(text("SELECT 1"))

    with pytest.raises(StoreDown):
        await write()
    assert await ask(database) == 1
    await database.close()
    await admin.close()


async def test_a_write_that_was_acknowledged_outlives_kill_nine_and_a_half_written_one_does_not(
    database_url: str,
) -> None:
    async with victim("write", database_url) as process, asyncio.timeout(20):
        assert process.stdout is not None
        assert await process.stdout.readline() == b"acknowledged\n"
        assert await process.stdout.readline() == b"half-way\n"
        process.send_signal(signal.SIGKILL)
        await process.wait()
    database = Database(database_url)
    async with database.reading() as connection:
        scopes = (await connection.scalars(select(idempotency.c.scope))).all()
    async with database.writing():
        pass  # nobody holds the writer
    await database.close()
    assert scopes == ["acknowledged"]


async def test_a_worker_killed_in_the_middle_of_a_step_is_followed_by_another_that_finishes_it_once(
    database_url: str,
) -> None:
    database = Database(database_url)
    flows = SqlFlowStore(database, Sealer(b"k" * 32))
    later = FixedClock(SystemClock().now())
    engine = Engine(flows, database.unit_of_work, later)
    attempts: list[Attempt] = []

    async def finish(attempt: Attempt) -> Outcome:
        attempts.append(attempt)
        return Finish()

    engine.handle(KIND, finish)
    async with database.unit_of_work():
        flow_id = await engine.start(KIND, "a1", "send")
    async with victim("work", database_url) as process, asyncio.timeout(20):
        assert process.stdout is not None
        assert await process.stdout.readline() == f"{flow_id}:0\n".encode()
        later.advance(timedelta(seconds=30))
        assert await engine.run_due() == 0  # its lease holds
        process.send_signal(signal.SIGKILL)
        await process.wait()
    later.advance(timedelta(minutes=1))
    assert await engine.run_due() == 1
    assert await engine.run_due() == 0
    assert [(a.idempotency_key, a.tries) for a in attempts] == [(f"{flow_id}:0", 2)]
    async with database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(flow_step)) == 1
    await database.close()


async def test_the_engine_goes_on_after_its_database_was_killed(postgres: Postgres) -> None:
    database = Database(postgres.url())
    await upgrade(database)
    engine, done = (
        Engine(SqlFlowStore(database, Sealer(b"k" * 32)), database.unit_of_work, SystemClock()),
        asyncio.Event(),
    )

    async def finish(attempt: Attempt) -> Outcome:
        done.set()
        return Finish()

    engine.handle(KIND, finish)
    async with engine.running(), asyncio.timeout(30):
        await asyncio.sleep(0.1)
        postgres.kill()
        await asyncio.sleep(0.1)
        postgres.start()
        async with database.unit_of_work():
            await engine.start(KIND, "a1", "send")
        await done.wait()
    await database.close()

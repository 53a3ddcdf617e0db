"""Transactions: all or nothing, one task each, and honest about what failed."""

import asyncio
import gc
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from services.adapters.store.database import Database
from services.adapters.store.idempotency import SqlIdempotencyStore
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.kernel import idempotency
from services.kernel.clock import FixedClock
from services.kernel.errors import StoreDown

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Broken(Exception):
    pass


async def add(database: Database, scope: str) -> None:
    async with database.writing() as connection:
        row = {"scope": scope, "key_hash": "k", "fingerprint": "f", "created_at": NOW}
        await connection.execute(insert(idempotency).values(row))


async def count(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(idempotency)) or 0


async def test_nested_blocks_are_one_transaction(database: Database) -> None:
    async def two_and_fail() -> None:
        async with database.unit_of_work():
            async with database.unit_of_work():
                await add(database, "one")
            await add(database, "two")
            assert await count(database) == 2  # what is read inside is what was written inside
            raise Broken

    with pytest.raises(Broken):
        await two_and_fail()
    assert await count(database) == 0


async def test_a_cancelled_block_leaves_nothing_and_gives_its_connection_back(database: Database) -> None:
    written = asyncio.Event()

    async def never_ends() -> None:
        async with database.unit_of_work():
            await add(database, "one")
            written.set()
            await asyncio.Event().wait()

    for _ in range(10):  # more often than the pool is large
        written.clear()
        task = asyncio.create_task(never_ends())
        await written.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await count(database) == 0
    await add(database, "one")


async def test_a_block_cancelled_in_the_middle_of_a_statement_harms_no_later_one(postgres_url: str) -> None:
    database = Database(postgres_url, pool_size=1)

    async def slow() -> None:
        async with database.writing() as connection:
            await connection.execute(text("SELECT pg_sleep(30)"))

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await add(database, "one")
    assert await count(database) == 1
    await database.close()


SLOW_TO_ITS_FIRST_ROW = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
SELECT i FROM n ORDER BY i DESC"""


async def test_a_writer_cancelled_while_it_reads_gives_the_lock_of_sqlite_back_at_once(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    reading = asyncio.Event()

    async def broken_off() -> None:
        async with database.writing() as connection:
            await add(database, "one")
            reading.set()
            await connection.execute(text(SLOW_TO_ITS_FIRST_ROW))

    gc.disable()  # a collection would free the statement that holds the lock, sooner or later
    try:
        task = asyncio.create_task(broken_off())
        await reading.wait()
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        await add(database, "two")
    finally:
        gc.enable()
    assert task.cancelled()
    assert await count(database) == 1
    await database.close()


async def test_a_clash_of_keys_passes_through_as_it_is(database: Database) -> None:
    await add(database, "one")
    with pytest.raises(IntegrityError):
        await add(database, "one")


async def test_a_wrong_statement_is_not_called_an_outage(postgres_url: str) -> None:
    database = Database(postgres_url)
    with pytest.raises(SQLAlchemyError):
        async with database.reading() as connection:
            await connection.execute(text("SELECT * FROM no_such_table"))
    await database.close()


@pytest.mark.parametrize("error", [TimeoutError, FileNotFoundError, ConnectionResetError])
async def test_what_the_block_itself_raises_is_not_called_an_outage(database: Database, error: type[Exception]) -> None:
    with pytest.raises(error):
        async with database.unit_of_work():
            raise error


async def test_a_task_started_inside_a_block_may_not_use_its_transaction(database: Database) -> None:
    async with database.unit_of_work():
        await add(database, "one")
        with pytest.raises(RuntimeError, match="another task"):
            await asyncio.create_task(add(database, "two"))
    assert await count(database) == 1


async def test_a_task_that_outlives_the_block_gets_a_transaction_of_its_own(database: Database) -> None:
    ended = asyncio.Event()

    async def later() -> None:
        await ended.wait()
        await add(database, "two")

    async with database.unit_of_work():
        await add(database, "one")
        task = asyncio.create_task(later())
    ended.set()
    await task
    assert await count(database) == 2


async def test_what_waits_for_the_commit_is_called_after_it_and_never_after_a_rollback(database: Database) -> None:
    calls: list[str] = []
    async with database.unit_of_work():
        database.after_commit(lambda: calls.append("committed"))
        assert calls == []

    async def rolled_back() -> None:
        async with database.unit_of_work():
            database.after_commit(lambda: calls.append("never"))
            raise Broken

    with pytest.raises(Broken):
        await rolled_back()
    assert calls == ["committed"]
    with pytest.raises(RuntimeError):
        database.after_commit(lambda: None)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://nobody@127.0.0.1:1/none",
        "postgresql+asyncpg://nobody@/none?host=/nonexistent",
        "sqlite+aiosqlite:////nonexistent/city.db",
    ],
)
async def test_a_database_that_is_not_there_is_store_down(url: str) -> None:
    database = Database(url)
    for block in (database.writing, database.reading):
        with pytest.raises(StoreDown):
            async with block():
                pass
    await database.close()
    for thread in threading.enumerate():  # aiosqlite's, which otherwise may report to a loop already closed
        if "_connection_worker" in thread.name:
            await asyncio.to_thread(thread.join, 5)


async def test_moments_come_back_in_utc_and_naive_ones_are_refused(database: Database) -> None:
    async with database.writing() as connection:
        row = {"scope": "s", "key_hash": "k", "fingerprint": "f"}
        china = datetime(2026, 11, 23, 8, tzinfo=timezone(timedelta(hours=8)))
        await connection.execute(insert(idempotency).values(**row, created_at=china))
        assert await connection.scalar(select(idempotency.c.created_at)) == NOW
        with pytest.raises(SQLAlchemyError, match="time zone"):
            await connection.execute(insert(idempotency).values(**row, created_at=NOW.replace(tzinfo=None)))


async def test_first_answers_are_forgotten_after_seven_days(database: Database, clock: FixedClock) -> None:
    store = SqlIdempotencyStore(database, Sealer(b"k" * 32), clock)
    for key in ("old", "young"):
        async with database.unit_of_work():
            assert await store.claim("s", key, "f") is None
            await store.record("s", key, {"id": key})
        clock.advance(timedelta(days=4))
    assert await store.purge() == 1
    async with database.unit_of_work():
        assert await store.claim("s", "young", "f") == ("f", {"id": "young"})
        assert await store.claim("s", "old", "f") is None

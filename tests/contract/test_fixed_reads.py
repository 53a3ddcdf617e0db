"""Fixed reads answer as the ordinary way does, on both databases, in and out of a transaction."""

import asyncio
import sqlite3
from datetime import UTC, datetime

import asyncpg
import pytest
from sqlalchemy import bindparam, func, insert, select, text

from services.adapters.store.catalog import SqlPersonalItems
from services.adapters.store.database import Database
from services.adapters.store.fixed_reads import Read
from services.adapters.store.tables.catalog import catalog_favourite
from services.catalog.model import Mark

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
READ = Read(select(catalog_favourite).where(catalog_favourite.c.person_id == bindparam("person")))
END_OTHERS = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                  " AND datname = current_database() AND backend_type = 'client backend'")  # fmt: skip


async def keep(database: Database, code: str) -> None:
    async with database.writing() as connection:
        await connection.execute(insert(catalog_favourite).values(person_id="p1", code=code, added_at=NOW))


async def test_a_fixed_read_gives_the_same_rows_as_the_statement_itself(database: Database) -> None:
    await keep(database, "YB-001")
    async with database.reading() as connection:
        ordinary = (await connection.execute(READ.statement, {"person": "p1"})).all()
    fixed = await database.fetch(READ, person="p1")
    assert [row._asdict() for row in fixed] == [row._asdict() for row in ordinary]
    assert fixed[0].added_at == NOW
    assert fixed[0].added_at.tzinfo is UTC
    assert await database.fetch(READ, person="p2") == []


async def test_a_fixed_read_sees_the_open_transaction_of_its_own_task_and_no_other(database: Database) -> None:
    store = SqlPersonalItems(database)

    async def fail_half_way() -> None:
        async with database.unit_of_work():
            await keep(database, "YB-001")
            assert await store.favourites("p1", 5) == [Mark("YB-001", NOW)]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_half_way()
    assert await store.favourites("p1", 5) == []
    await keep(database, "YB-002")
    assert await store.favourites("p1", 5) == [Mark("YB-002", NOW)]


async def test_a_value_is_never_part_of_the_sql(database: Database) -> None:
    await keep(database, "YB-001")
    assert await database.fetch(READ, person="p1' OR '1'='1") == []


async def test_sqlite_that_is_locked_for_a_moment_is_waited_for(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await keep(database, "YB-001")
    await database.close()
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite+aiosqlite:///"), check_same_thread=False)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(database.fetch(READ, person="p1"))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    other.close()
    assert [row.code for row in await waiting] == ["YB-001"]
    await database.close()


async def test_a_connection_that_an_operator_ended_costs_no_answer(postgres_url: str) -> None:
    database, admin = Database(postgres_url), Database(postgres_url)
    await keep(database, "YB-001")
    assert len(await database.fetch(READ, person="p1")) == 1
    async with admin.writing() as connection:
        await connection.execute(END_OTHERS)
    assert len(await database.fetch(READ, person="p1")) == 1
    await database.close()
    await admin.close()


async def test_a_driver_that_lost_its_place_costs_no_answer(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*_: object) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    database = Database(postgres_url)
    await keep(database, "YB-001")
    monkeypatch.setattr(asyncpg.Connection, "fetch", lost)
    assert len(await database.fetch(READ, person="p1")) == 1
    monkeypatch.undo()
    assert len(await database.fetch(READ, person="p1")) == 1
    await database.close()


async def test_a_read_that_was_cancelled_leaves_nothing_behind_for_the_next(postgres_url: str) -> None:
    database, slow = Database(postgres_url), Read(select(func.pg_sleep(30).label("slept")))
    await keep(database, "YB-001")
    async with asyncio.timeout(10):
        for _ in range(5):  # more than there are connections
            reading = asyncio.create_task(database.fetch(slow))
            await asyncio.wait({reading}, timeout=0.1)
            reading.cancel()
            await asyncio.wait({reading})
            assert reading.cancelled()
        assert [row.code for row in await database.fetch(READ, person="p1")] == ["YB-001"]
    await database.close()


async def test_more_reads_than_connections_wait_their_turn(database: Database) -> None:
    await keep(database, "YB-001")
    answers = await asyncio.gather(*(database.fetch(READ, person="p1") for _ in range(50)))
    assert {row.code for rows in answers for row in rows} == {"YB-001"}
    assert [len(rows) for rows in answers] == [1] * 50

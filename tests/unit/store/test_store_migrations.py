"""The migrated schema is the one the repositories use, and processes may migrate at the same time."""

import asyncio
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, make_url, text

from services.adapters.store.database import Database
from services.adapters.store.migrations import _heads, is_current, script_directory, upgrade
from services.adapters.store.tables import __path__ as table_modules
from services.adapters.store.tables import metadata
from services.kernel.ids import new_id


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server = make_url(request.getfixturevalue("postgres_server_url"))
    name = f"city_{new_id().replace('-', '')}"
    admin = await asyncpg.connect(server.set(drivername="postgresql").render_as_string(hide_password=False))
    await admin.execute(f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def test_the_migrated_schema_is_the_one_the_code_declares(database: Database) -> None:
    for module in pkgutil.iter_modules(table_modules):
        importlib.import_module(f"services.adapters.store.tables.{module.name}")

    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_partial_indexes_are_partial_on_both_databases(database: Database) -> None:
    def conditions(connection: Connection) -> dict[str, str]:
        found = inspect(connection).get_indexes("flow")
        dialect = connection.dialect.name
        return {i["name"] or "": str(i.get("dialect_options", {}).get(f"{dialect}_where", "")) for i in found}

    async with database.reading() as connection:
        found = await connection.run_sync(conditions)
    assert "FINISHED" in found["uq_flow_live"]
    assert "run_at" in found["ix_flow_to_run"]
    assert "STUCK" in found["ix_flow_parked"]


async def test_an_empty_database_is_brought_up_and_a_second_run_changes_nothing(empty_url: str) -> None:
    database = Database(empty_url)
    assert await is_current(database) is False
    await upgrade(database)
    await upgrade(database)
    assert await is_current(database) is True
    await database.close()


async def test_three_processes_migrate_at_the_same_time(empty_url: str) -> None:
    program = (
        "import asyncio, sys\n"
        "from services.adapters.store import Database, upgrade\n"
        "asyncio.run(upgrade(Database(sys.argv[1])))"
    )
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", program, empty_url, stderr=asyncio.subprocess.PIPE)
        for _ in range(3)
    ]
    outputs = [await process.communicate() for process in processes]
    assert [p.returncode for p in processes] == [0, 0, 0], outputs
    database = Database(empty_url)
    assert await is_current(database) is True
    async with database.reading() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
    await database.close()


def test_the_revisions_are_one_chain() -> None:
    assert len(script_directory().get_heads()) == 1
    assert _heads() == set(script_directory().get_heads())


def test_a_worker_does_not_load_what_only_migrating_needs() -> None:
    look = "import sys, gateway.app, services.adapters.store; print({'alembic', 'mako'} & set(sys.modules))"
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "set()"

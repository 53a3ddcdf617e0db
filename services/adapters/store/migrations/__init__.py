"""The schema's history, run by Alembic from the code: no ini file, the same steps on both databases."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from services.adapters.store.database import Database
from services.adapters.store.tables import metadata

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

_HERE = Path(__file__).parent
_REVISION = re.compile(r'^(down_)?revision\b[^=]*= "(\w+)"', re.MULTILINE)


def script_directory() -> "ScriptDirectory":
    from alembic.config import Config  # noqa: PLC0415 - a dozen megabytes that only migrating needs
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


_LOCK = 0x1C0DE
"""Number of the advisory lock that makes processes migrate in turn; SQLite's writer does so by itself."""


def _upgrade(connection: Connection) -> None:
    from alembic.config import Config  # noqa: PLC0415 - see script_directory
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415 - see script_directory

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    script = script_directory()
    with EnvironmentContext(
        Config(), script, fn=lambda revision, _: script._upgrade_revs("heads", revision)
    ) as environment:
        environment.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        environment.run_migrations()


async def upgrade(database: Database) -> None:
    """Bring the schema to the newest revision, all steps in one transaction."""
    if await is_current(database):
        return
    async with database.engine.begin() as connection:
        await connection.run_sync(_upgrade)


@cache
def _heads() -> set[str]:
    """The revisions that no other follows, read off the files without Alembic."""
    found = [_REVISION.findall(path.read_text("utf-8")) for path in (_HERE / "versions").glob("*.py")]
    lines = [line for lines in found for line in lines]
    return {own for down, own in lines if not down} - {earlier for down, earlier in lines if down}


async def is_current(database: Database) -> bool:
    """Whether the schema is at the newest revision. Raises `StoreDown`."""

    def at(connection: Connection) -> set[str]:
        if not inspect(connection).has_table("alembic_version"):
            return set()
        return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())

    async with database.reading() as connection:
        return await connection.run_sync(at) == _heads()

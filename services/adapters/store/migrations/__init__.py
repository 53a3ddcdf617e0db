"""The schema's history, run by Alembic from the code: no ini file, the same steps on both databases."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from services.adapters.store.database import Database
from services.adapters.store.tables import metadata


def script_directory() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


_LOCK = 0x1C0DE
"""Number of the advisory lock that makes processes migrate in turn; SQLite's writer does so by itself."""


def _upgrade(connection: Connection) -> None:
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
    async with database.engine.begin() as connection:
        await connection.run_sync(_upgrade)


@cache
def _heads() -> set[str]:
    return set(script_directory().get_heads())


async def is_current(database: Database) -> bool:
    """Whether the schema is at the newest revision."""

    def heads(connection: Connection) -> bool:
        return set(MigrationContext.configure(connection).get_current_heads()) == _heads()

    async with database.reading() as connection:
        return await connection.run_sync(heads)

"""The reads that every visit makes, without the toolkit's way around them: compiled once, run by the driver itself.

SQLAlchemy still writes the SQL and converts the columns; what is saved is its work for each execution, and on
SQLite the trips to a driver's thread, which cost ten times what an indexed read of a page does
(`docs/decisions/0013-fixed-reads.md`).
"""

import asyncio
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Dialect, Select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Convert = Callable[[Any], Any]

BUSY_SECONDS = 0.05
"""How long SQLite may wait for a lock in the event loop. Readers meet one only while the file is made or recovered."""

FREE_SECONDS = 1.0
"""How long a read waits for one of its connections before it takes the long way, which has others."""


class Read:
    """A SELECT whose only change is the value of its `bindparam`s. None of them is a list; it reads a page at most."""

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def compiled(self, dialect: Dialect) -> "_Compiled":
        known = self._compiled.get(dialect.name)
        if known is None:
            known = self._compiled[dialect.name] = _Compiled(self.statement, dialect)
        return known


class _Compiled:
    """The SQL of one dialect, and what turns values into arguments and columns into values."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        names = compiled.positiontup or []
        binds = compiled.binds
        self._arguments = [
            (name, compiled.params[name], binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in names
        ]
        columns = statement.selected_columns
        row: Any = namedtuple("Row", columns.keys())  # type: ignore[misc]  # its names come with the statement
        self._make = row._make
        converters = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._converters = [(index, convert) for index, convert in enumerate(converters) if convert is not None]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        found = []
        for name, default, convert in self._arguments:
            value = values.get(name, default)
            found.append(value if convert is None else convert(value))
        return found

    def rows(self, raw: Sequence[Any]) -> list[Any]:
        make, converters = self._make, self._converters
        made = []
        for one in raw:
            values = list(one)
            for index, convert in converters:
                values[index] = convert(values[index])
            made.append(make(values))
        return made


class SqliteReads:
    """Reads in the event loop, on one connection of its own: a page by an index takes some 20 µs in WAL mode."""

    def __init__(self, url: str, prepare: Callable[[Any], None]) -> None:
        from sqlalchemy.dialects.sqlite.aiosqlite import dialect  # noqa: PLC0415 - a worker on PostgreSQL has no use

        self._dialect: Dialect = dialect()
        (self._path,), self._options = self._dialect.create_connect_args(make_url(url))
        self._prepare = prepare
        self._connection: sqlite3.Connection | None = None

    async def fetch(self, read: Read, values: Mapping[str, Any]) -> list[Any] | None:
        """The rows; None when the database would not answer at once, and the long way may wait for it."""
        compiled = read.compiled(self._dialect)
        try:
            connection = self._connection or self._connect()
            return compiled.rows(connection.execute(compiled.sql, compiled.arguments(values)).fetchall())
        except sqlite3.Error:
            await self.close()
            return None

    def _connect(self) -> sqlite3.Connection:
        self._connection = sqlite3.connect(self._path, **{**self._options, "timeout": BUSY_SECONDS})
        self._prepare(self._connection)
        self._connection.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
        self._connection.execute("PRAGMA query_only=ON")
        return self._connection

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class PostgresReads:
    """Reads on asyncpg itself, in one round trip: no BEGIN, no ping, no ROLLBACK; connections stay out of the pool."""

    def __init__(self, engine: AsyncEngine, connections: int) -> None:
        import asyncpg  # noqa: PLC0415 - not needed on SQLite

        self._engine = engine
        self._failures = (
            OSError,
            SQLAlchemyError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
        )
        self._free: asyncio.LifoQueue[_Held | None] = asyncio.LifoQueue()
        """One entry a connection; None where it is yet to be opened."""
        for _ in range(connections):
            self._free.put_nowait(None)

    async def fetch(self, read: Read, values: Mapping[str, Any]) -> list[Any] | None:
        """The rows; None when this connection failed: the long way tries a fresh one, and says what is wrong."""
        compiled = read.compiled(self._engine.dialect)
        try:
            async with asyncio.timeout(FREE_SECONDS):
                held = await self._free.get()
        except TimeoutError:
            return None
        kept: _Held | None = None
        try:
            if held is None:
                held = await self._open()
            rows = compiled.rows(await held.driver.fetch(compiled.sql, *compiled.arguments(values)))
            kept = held
            return rows
        except self._failures:
            return None
        finally:  # a read that was cancelled: its answer must not meet the next question
            self._free.put_nowait(kept)
            if kept is None and held is not None:
                await held.drop()

    async def _open(self) -> "_Held":
        connection = await self._engine.connect()
        return _Held(connection, (await connection.get_raw_connection()).driver_connection)

    async def close(self) -> None:
        while not self._free.empty():
            held = self._free.get_nowait()
            if held is not None:
                await held.connection.close()
        await self._engine.dispose()


class _Held(NamedTuple):
    connection: AsyncConnection
    driver: Any

    async def drop(self) -> None:
        await self.connection.invalidate()
        await self.connection.close()

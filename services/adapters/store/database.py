"""Connections and transactions on SQLite (embedded) and PostgreSQL (scale-out), alike to the repositories.

SQLite has one writer: write transactions take turns on one connection and start with BEGIN IMMEDIATE,
so that none fails half-way for a lock. Readers have connections of their own (WAL).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, MissingGreenlet, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from services.adapters.store.fixed_reads import PostgresReads, Read, SqliteReads
from services.kernel.errors import StoreDown

WAIT_SECONDS = 5.0
"""How long a call waits for a free connection or a lock before it is `StoreDown`."""
_UNREADY_STATES = ("08", "40", "53", "57", "58")
"""SQLSTATE classes that say "later": connection, deadlock or serialization, resources, operator, system."""


@dataclass(slots=True)
class _Transaction:
    """The open write transaction, and the task it belongs to: tasks inherit contexts, not transactions."""

    connection: AsyncConnection
    task: "asyncio.Task[Any] | None"
    open: bool = True
    after_commit: list[Callable[[], None]] = field(default_factory=list)


_READS_ALONE: dict[str, Any] = {
    "isolation_level": "AUTOCOMMIT",
    "skip_autocommit_rollback": True,
    "pool_reset_on_return": None,
}
"""For single reads: each statement sees its own snapshot as it is, so a rollback after it would undo nothing
and cost a trip to the driver's thread or the server, a quarter of a small read."""


class Database:
    """One database. Repositories call `reading()` and `writing()`; services open `writing()` as a unit of work."""

    def __init__(self, url: str, pool_size: int = 8) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._current: ContextVar[_Transaction | None] = ContextVar("current_transaction", default=None)
        self._writer = self._engine(1 if self.is_sqlite else pool_size)
        self._reader = self._engine(4, **_READS_ALONE) if self.is_sqlite else self._writer
        self._fixed: SqliteReads | PostgresReads
        if self.is_sqlite:
            event.listen(self._writer.sync_engine, "begin", _begin_immediate)
            event.listen(self._writer.sync_engine, "invalidate", _roll_back_abandoned)
            self._fixed = SqliteReads(url, lambda connection: _prepare_sqlite(connection, None))
        else:
            self._fixed = PostgresReads(self._engine(4, **_READS_ALONE, pool_pre_ping=False), 4)
        self._refusals: tuple[type[Exception], ...] = (
            OSError, PoolTimeout, OperationalError, *_connect_errors(self.is_sqlite)
        )  # fmt: skip

    def _engine(self, pool_size: int, **options: Any) -> AsyncEngine:
        arguments: dict[str, Any] = {"timeout": WAIT_SECONDS}
        if not self.is_sqlite:
            arguments["command_timeout"] = 30
        engine = create_async_engine(
            self.url,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=WAIT_SECONDS,
            connect_args=arguments,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            **{"pool_pre_ping": not self.is_sqlite, **options},
        )
        if self.is_sqlite:
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "handle_error", _store_down, retval=True)
        return engine

    @property
    def engine(self) -> AsyncEngine:
        """The engine that writes; for migrations and LISTEN only."""
        return self._writer

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """The write transaction of this task; an inner block joins the outer one.

        Raises `StoreDown`. A task started inside the block may not join it: RuntimeError while it is open.
        """
        current = self._joined()
        if current is not None:
            yield current.connection
            return
        begin = self._writer.begin()
        transaction = _Transaction(await self._enter(begin), asyncio.current_task())
        token = self._current.set(transaction)
        try:
            yield transaction.connection
        except BaseException as error:
            transaction.open = False
            await begin.__aexit__(type(error), error, error.__traceback__)
            raise
        else:
            transaction.open = False
            await begin.__aexit__(None, None, None)
        finally:
            self._current.reset(token)
        for call in transaction.after_commit:
            call()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read from: the open write transaction, else one of its own. Raises `StoreDown`."""
        current = self._joined()
        if current is not None:
            yield current.connection
            return
        connect = self._reader.connect()
        connection = await self._enter(connect)
        try:
            yield connection
        finally:
            await connect.__aexit__(None, None, None)

    async def fetch(self, read: Read, **values: Any) -> Sequence[Any]:
        """All rows of a fixed read, within the open write transaction if there is one. Raises `StoreDown`."""
        if self._joined() is None:
            rows = await self._fixed.fetch(read, values)
            if rows is not None:
                return rows
        async with self.reading() as connection:
            return (await connection.execute(read.statement, values)).all()

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[None]:
        """`services.kernel.unit_of_work.UnitOfWork`."""
        async with self.writing():
            yield

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call once the open transaction has committed; never when it rolls back."""
        current = self._joined()
        if current is None:
            raise RuntimeError("no unit of work is open")
        current.after_commit.append(call)

    async def close(self) -> None:
        await self._fixed.close()
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()

    def _joined(self) -> _Transaction | None:
        current = self._current.get()
        if current is None or not current.open:
            return None
        if current.task is not asyncio.current_task():
            raise RuntimeError("this task was started inside another task's unit of work: start it after the block")
        return current

    async def _enter(self, opening: AbstractAsyncContextManager[AsyncConnection]) -> AsyncConnection:
        try:
            return await opening.__aenter__()
        except self._refusals as error:
            raise StoreDown() from error


def _connect_errors(is_sqlite: bool) -> tuple[type[Exception], ...]:
    """What the driver raises by itself while connecting, before SQLAlchemy can wrap it."""
    if is_sqlite:
        return ()
    import asyncpg  # noqa: PLC0415 - not needed on SQLite

    return (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


def _store_down(context: ExceptionContext) -> BaseException | None:
    """`StoreDown` for failures of the connection or the server, not for those of a statement."""
    error = context.original_exception
    if context.is_pre_ping or not isinstance(error, Exception):  # the pool's own business; a cancelled task
        return None
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    wrapped = context.sqlalchemy_exception
    if (
        context.is_disconnect
        or isinstance(error, OSError)
        or str(state).startswith(_UNREADY_STATES)
        or isinstance(wrapped, OperationalError)
        or (isinstance(wrapped, DBAPIError) and wrapped.connection_invalidated)
    ):
        return StoreDown()
    return None


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _roll_back_abandoned(connection: Any, record: object, error: BaseException | None) -> None:
    """Give the write lock back before a connection whose task was cancelled in a statement is thrown away.

    Closing is not enough: SQLite keeps a closed connection, and its lock, until its last statement is
    freed, and the broken-off statement lives in a traceback until Python collects garbage.
    """
    with suppress(sqlite3.Error, ValueError, MissingGreenlet, AttributeError):  # closed already, or never opened
        connection.rollback()


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event starts transactions, not the driver
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={int(WAIT_SECONDS * 1000)}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()

"""Connections and transactions on SQLite (embedded) and PostgreSQL (scale-out), alike to the repositories.

SQLite has one writer: write transactions take turns on one connection and start with BEGIN IMMEDIATE,
so that none fails half-way for a lock. Readers have connections of their own (WAL).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import orjson
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from services.kernel.errors import StoreDown

WAIT_SECONDS = 5.0
"""How long a call waits for a free connection or a lock before it is `StoreDown`."""


class Database:
    """One database. Repositories call `reading()` and `writing()`; services open `writing()` as a unit of work."""

    def __init__(self, url: str, pool_size: int = 8) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._current: ContextVar[AsyncConnection | None] = ContextVar("current_transaction", default=None)
        self._writer = self._engine(1 if self.is_sqlite else pool_size)
        self._reader = self._engine(4) if self.is_sqlite else self._writer
        if self.is_sqlite:
            event.listen(self._writer.sync_engine, "begin", _begin_immediate)

    def _engine(self, pool_size: int) -> AsyncEngine:
        arguments: dict[str, Any] = {"timeout": WAIT_SECONDS}
        if not self.is_sqlite:
            arguments["command_timeout"] = 30
        engine = create_async_engine(
            self.url,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=WAIT_SECONDS,
            pool_pre_ping=not self.is_sqlite,
            connect_args=arguments,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
        )
        if self.is_sqlite:
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        return engine

    @property
    def engine(self) -> AsyncEngine:
        """The engine that writes; for migrations and LISTEN only."""
        return self._writer

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """The write transaction of this task; an inner block joins the outer one."""
        current = self._current.get()
        if current is not None:
            yield current
            return
        with _store_down():
            async with self._writer.begin() as connection:
                token = self._current.set(connection)
                try:
                    yield connection
                finally:
                    self._current.reset(token)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read from: the open write transaction, else one of its own."""
        current = self._current.get()
        if current is not None:
            yield current
            return
        with _store_down():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[None]:
        """`services.kernel.unit_of_work.UnitOfWork`."""
        async with self.writing():
            yield

    async def close(self) -> None:
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


class _store_down:  # noqa: N801 - used as a statement, reads as one
    """Turns failures of the connection, never of the statement, into `StoreDown`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OperationalError | InterfaceError | PoolTimeout | OSError):
            raise StoreDown() from error
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise StoreDown() from error


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


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

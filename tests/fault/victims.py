"""Processes that fault tests kill with SIGKILL: each says on its standard output how far it has come."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import insert

from services.adapters.store.database import Database
from services.adapters.store.durable import SqlFlowStore
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.kernel import idempotency
from services.durable.engine import Engine
from services.durable.port import Attempt, Outcome
from services.kernel.clock import SystemClock

KIND = "tests.kill"


async def write(url: str) -> None:
    """Commit one row and say so; then hang in the middle of a second transaction."""
    database, now = Database(url), SystemClock().now()
    row = {"key_hash": "k", "fingerprint": "f", "created_at": now}
    async with database.writing() as connection:
        await connection.execute(insert(idempotency).values(**row, scope="acknowledged"))
    print("acknowledged", flush=True)
    async with database.writing() as connection:
        await connection.execute(insert(idempotency).values(**row, scope="half-way"))
        print("half-way", flush=True)
        await asyncio.Event().wait()


async def work(url: str) -> None:
    """Run an engine whose step never ends."""
    database = Database(url)
    engine = Engine(SqlFlowStore(database, Sealer(b"k" * 32)), database.unit_of_work, SystemClock())

    async def never_ends(attempt: Attempt) -> Outcome:
        print(attempt.idempotency_key, flush=True)
        await asyncio.Event().wait()
        raise AssertionError

    engine.handle(KIND, never_ends)
    async with engine.running():
        await asyncio.Event().wait()


@asynccontextmanager
async def victim(what: str, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, killed at the end of the block at the latest."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fault.victims", what, url, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


if __name__ == "__main__":
    asyncio.run({"write": write, "work": work}[sys.argv[1]](sys.argv[2]))

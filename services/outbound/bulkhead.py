"""A bulkhead: one slow department can hold so many calls of ours and no more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.kernel.errors import Overloaded


class Bulkhead:
    """At most `running` calls at once and as many waiting, each no longer than `patience` seconds."""

    def __init__(self, running: int, patience: float) -> None:
        self._places = asyncio.Semaphore(running)
        self._queue = running
        self._patience = patience
        self._waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place. Raises `Overloaded` when the queue is full or the wait too long."""
        if self._places.locked():
            if self._waiting >= self._queue:
                raise Overloaded(retryAfterSeconds=1)
            self._waiting += 1
            try:
                async with asyncio.timeout(self._patience):
                    await self._places.acquire()
            except TimeoutError:
                raise Overloaded(retryAfterSeconds=1) from None
            finally:
                self._waiting -= 1
        else:
            await self._places.acquire()
        try:
            yield
        finally:
            self._places.release()

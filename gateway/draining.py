"""Whether this process is on its way out: readiness turns red, and endless streams end."""

import asyncio


class Draining:
    """Begins once and never ends; the process stops soon after."""

    def __init__(self) -> None:
        self.begun = False
        self._waiting: set[asyncio.Future[None]] = set()

    def begin(self) -> None:
        """Called in the event loop; again is harmless."""
        self.begun = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def wait(self) -> None:
        """Return when draining begins."""
        if self.begun:
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            self._waiting.discard(waiting)


draining = Draining()
"""Of this process: a signal ends a process, not one app in it."""

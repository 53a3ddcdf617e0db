"""Signals that something changed, so that a subscriber looks again. The truth stays in the store."""

from collections.abc import AsyncGenerator
from typing import Protocol


class EventBus(Protocol):
    """Best-effort signals between workers. A lost signal delays a watcher; it never loses data."""

    async def publish(self, topic: str, payload: str = "") -> None:
        """Tell all who listen to `topic`, like ``application:<id>``. No personal data in either.

        Raises nothing while the fast state is down: what is told of is committed, and must not look failed.
        """

    def listen(self, topic: str) -> AsyncGenerator[str, None]:
        """Payloads on `topic`. Yields "" as soon as it listens, and again every few seconds, so that a
        watcher who reads the store on each item misses no change, even when a signal is lost.
        Close it (``contextlib.aclosing``) when done. Raises nothing while the fast state is down."""

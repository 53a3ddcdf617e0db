"""Signals that something changed, so that a subscriber looks again. The truth stays in the store."""

from collections.abc import AsyncIterator
from typing import Protocol


class EventBus(Protocol):
    """Best-effort signals between workers. A lost signal delays a watcher; it never loses data."""

    async def publish(self, topic: str, payload: str = "") -> None:
        """Tell all who listen to `topic`, like ``application:<id>``. No personal data in either."""

    def listen(self, topic: str) -> AsyncIterator[str]:
        """Payloads on `topic` from now on. Also yields "" every few seconds, so that a watcher
        who re-reads on each item sees every change even when a signal is lost."""

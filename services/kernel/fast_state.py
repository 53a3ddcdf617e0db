"""Small shared values with an end: one-time codes, limits, counters. Losing all of it loses no work.

Every call touches one key, so that each of them works on a cluster, where keys live on different nodes.
Every call may raise `StoreDown`, at the latest after 2 s.
"""

from datetime import timedelta
from typing import Protocol


class FastState(Protocol):
    """Values shared by all workers. Keys are named ``domain.what:id``, without personal data in the clear."""

    async def get(self, key: str) -> str | None:
        """The value, or None when there is none or its time is over."""

    async def set(self, key: str, value: str, ttl: timedelta) -> None:
        """Keep `value` for `ttl`."""

    async def delete(self, key: str) -> bool:
        """Forget the value; whether there was one."""

    async def take(self, key: str) -> str | None:
        """The value, and forget it: of two callers at the same time one alone gets it."""

    async def consume_once(self, key: str, ttl: timedelta) -> bool:
        """True for the first caller within `ttl`, False for all others: `jti`, nonces, callbacks."""

    async def hit(self, key: str, limit: int, window: timedelta) -> float | None:
        """Count one call against a limit: None when it is allowed, else the seconds to wait.

        `limit` calls may come at once, and as many again evenly over each `window`; a refused call
        does not count (GCRA).
        """

    async def bump(self, board: str, member: str, ttl: timedelta) -> None:
        """Add 1 to `member` on the board; the board is forgotten `ttl` after its last bump."""

    async def top(self, board: str, n: int) -> list[tuple[str, int]]:
        """The `n` members with the highest counts, highest first."""

"""`FastState` on Redis or Valkey, one server or a cluster, and on the in-process substitute."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from redis import exceptions

from services.kernel.clock import Clock
from services.kernel.errors import StoreDown

DEADLINE_SECONDS = 2.0
"""The longest a call takes, connecting and one more try included."""

_UNREACHABLE = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.ClusterDownError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,  # a primary that became a replica
    exceptions.RedisClusterException,
    exceptions.TryAgainError,
    OSError,  # asyncio's TimeoutError is one
)

# Generic cell rate: the key holds the theoretical arrival time, in milliseconds.
# ARGV: now, pause between two calls, how far ahead of now the arrival time may run. All milliseconds.
_HIT = """
local now, pause, ahead = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = arrival + pause - now - ahead
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.3f', arrival + pause), 'PX', math.ceil(arrival + pause - now) + 1000)
return 0
"""
_BUMP = """
redis.call('ZINCRBY', KEYS[1], 1, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""


@asynccontextmanager
async def store_down(seconds: float = DEADLINE_SECONDS) -> AsyncIterator[None]:
    """Turns an absent, silent or unready server into `StoreDown`; our own mistakes pass through."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except _UNREACHABLE as error:
        raise StoreDown() from error


class RedisFastState:
    """`services.kernel.fast_state.FastState`."""

    def __init__(self, client: Any, clock: Clock, prefix: str = "city:") -> None:
        self._client = client
        self._clock = clock
        self._prefix = prefix

    async def get(self, key: str) -> str | None:
        async with store_down():
            return _text(await self._client.get(self._prefix + key))

    async def set(self, key: str, value: str, ttl: timedelta) -> None:
        async with store_down():
            await self._client.set(self._prefix + key, value, px=_milliseconds(ttl))

    async def delete(self, key: str) -> bool:
        async with store_down():
            return bool(await self._client.delete(self._prefix + key))

    async def take(self, key: str) -> str | None:
        async with store_down():
            return _text(await self._client.getdel(self._prefix + key))

    async def consume_once(self, key: str, ttl: timedelta) -> bool:
        async with store_down():
            return bool(await self._client.set(self._prefix + key, "1", px=_milliseconds(ttl), nx=True))

    async def hit(self, key: str, limit: int, window: timedelta) -> float | None:
        if limit < 1:
            raise ValueError("a limit is at least 1")
        span = window.total_seconds() * 1000
        now = self._clock.now().timestamp() * 1000
        arguments = (f"{now:.3f}", f"{span / limit:.3f}", f"{span:.3f}")
        async with store_down():
            wait = int(await self._client.eval(_HIT, 1, self._prefix + key, *arguments))
        return wait / 1000 if wait else None

    async def bump(self, board: str, member: str, ttl: timedelta) -> None:
        async with store_down():
            await self._client.eval(_BUMP, 1, self._prefix + board, member, _milliseconds(ttl))

    async def top(self, board: str, n: int) -> list[tuple[str, int]]:
        if n < 1:
            return []
        async with store_down():
            rows = await self._client.zrange(self._prefix + board, 0, n - 1, desc=True, withscores=True)
        return [(str(_text(member)), int(score)) for member, score in rows]

    async def check(self) -> None:
        """Raise `StoreDown` unless the server answers."""
        async with store_down():
            await self._client.get(f"{self._prefix}ready")


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _milliseconds(ttl: timedelta) -> int:
    return max(1, math.ceil(ttl.total_seconds() * 1000))

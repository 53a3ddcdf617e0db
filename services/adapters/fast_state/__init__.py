"""Fast state: Redis or Valkey, one server or a cluster; without a URL an in-process substitute for one worker."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from services.adapters.fast_state.bus import LocalBus, RedisBus
from services.adapters.fast_state.redis_state import RedisFastState
from services.kernel.adapter import AdapterContext, Built
from services.kernel.clock import Clock, SystemClock
from services.kernel.events import EventBus
from services.kernel.fast_state import FastState

PROVIDES = (FastState, EventBus)

CLUSTER = "redis+cluster://"
CLUSTER_TLS = "rediss+cluster://"
MOST_CONNECTIONS = 64
"""Of one worker to a single server."""


@dataclass(frozen=True, slots=True)
class OpenFastState:
    """Both ports on one client."""

    state: RedisFastState
    bus: LocalBus
    close: Callable[[], Awaitable[None]]


def connect(url: str) -> Any:
    """A client of one server or of a cluster; connects at the first call."""
    options: dict[str, Any] = {"socket_timeout": 1.5, "socket_connect_timeout": 1.0, "retry": Retry(NoBackoff(), 1)}
    if url.startswith(CLUSTER):
        return RedisCluster.from_url(f"redis://{url.removeprefix(CLUSTER)}", **options)
    if url.startswith(CLUSTER_TLS):
        url = f"rediss://{url.removeprefix(CLUSTER_TLS)}"
        return RedisCluster.from_url(url, **options)
    pool = BlockingConnectionPool.from_url(url, max_connections=MOST_CONNECTIONS, timeout=1.5, **options)
    return Redis.from_pool(pool)  # a burst waits its turn; the plain pool fails the 101st call at once


def _embedded() -> Any:
    import fakeredis  # noqa: PLC0415 - 0.15 s and some megabytes that a worker with Redis does not need

    return fakeredis.FakeAsyncRedis(server=fakeredis.FakeServer())


async def open_fast_state(url: str | None, clock: Clock | None = None, prefix: str = "city:") -> OpenFastState:
    """Both ports on the server at `url`, or on the in-process substitute when it is None.

    Does not fail while the server is down: calls raise `StoreDown` until it is there.
    """
    clock = clock or SystemClock()
    if url is None:
        client = _embedded()
        return OpenFastState(RedisFastState(client, clock, prefix), LocalBus(), client.aclose)
    client = connect(url)
    bus = RedisBus(client, prefix)
    bus.start()

    async def close() -> None:
        await bus.close()
        await client.aclose()

    return OpenFastState(RedisFastState(client, clock, prefix), bus, close)


async def build(context: AdapterContext) -> Built:
    opened = await open_fast_state(context.settings.redis_url, context.clock)
    return Built(ports={FastState: opened.state, EventBus: opened.bus}, close=opened.close, check=opened.state.check)

"""`EventBus`: signals fan out inside the process; between processes by publish/subscribe on one connection.

All topics share one channel. A worker so hears every signal of the city and drops those nobody waits
for, and in return neither 10 000 watchers nor a restarted server cost more than one subscription.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import Any

import orjson
import structlog
from redis.exceptions import RedisClusterException, RedisError

from services.adapters.fast_state.redis_state import store_down
from services.kernel.errors import StoreDown

HEARTBEAT_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 5.0
"""Between two tries to subscribe again."""
MOST_UNREAD = 100
"""Signals kept for one slow listener; older ones are dropped, it re-reads anyway."""

log = structlog.get_logger(__name__)


class LocalBus:
    """Signals between the tasks of one process."""

    def __init__(self, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._heartbeat = heartbeat_seconds
        self._listeners: defaultdict[str, set[asyncio.Queue[str]]] = defaultdict(set)

    async def publish(self, topic: str, payload: str = "") -> None:
        self._deliver(topic, payload)

    async def listen(self, topic: str) -> AsyncGenerator[str, None]:
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_UNREAD)
        self._listeners[topic].add(queue)
        try:
            yield ""
            while True:
                try:
                    async with asyncio.timeout(self._heartbeat):
                        payload = await queue.get()
                except TimeoutError:
                    payload = ""
                yield payload
        finally:
            self._listeners[topic].discard(queue)
            if not self._listeners[topic]:
                del self._listeners[topic]

    @property
    def topics(self) -> int:
        """How many topics have a listener in this process."""
        return len(self._listeners)

    def _deliver(self, topic: str, payload: str) -> None:
        for queue in self._listeners.get(topic, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(payload)

    def _deliver_to_all(self) -> None:
        for topic in list(self._listeners):
            self._deliver(topic, "")


class RedisBus(LocalBus):
    """Signals between processes. Subscribes from `start` until `close`, again after each failure."""

    def __init__(self, client: Any, prefix: str = "city:", heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        super().__init__(heartbeat_seconds)
        self._client = client
        self._channel = f"{prefix}events"
        self._subscribed = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._reader = asyncio.create_task(self._read_for_ever(), name="fast state events")

    async def close(self) -> None:
        while self._reader is not None and not self._reader.done():
            self._reader.cancel()  # again and again: the client may swallow one that meets it while connecting
            await asyncio.wait([self._reader], timeout=0.2)

    async def publish(self, topic: str, payload: str = "") -> None:
        try:
            async with store_down():
                await self._client.publish(self._channel, orjson.dumps([topic, payload]))
        except StoreDown:
            log.warning("signal not sent to other workers")
            self._deliver(topic, payload)

    async def listen(self, topic: str) -> AsyncGenerator[str, None]:
        with contextlib.suppress(TimeoutError):  # without a server the heartbeat alone must do
            async with asyncio.timeout(1):
                await self._subscribed.wait()
        async with contextlib.aclosing(super().listen(topic)) as signals:
            async for payload in signals:
                yield payload

    async def _read_for_ever(self) -> None:
        pause = 0.05
        while True:
            try:
                await self._read()
            except (RedisError, RedisClusterException, OSError) as error:
                if self._subscribed.is_set():
                    log.warning("event bus lost its server", error=type(error).__name__)
                    pause = 0.05
                self._subscribed.clear()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _read(self) -> None:
        await self._client.initialize()  # a cluster's client must know the slots before it subscribes
        async with self._client.pubsub() as subscription:
            await subscription.subscribe(self._channel)
            while True:
                message = await subscription.get_message(timeout=HEARTBEAT_SECONDS)
                if message is None:
                    await subscription.ping()  # a server that vanished without a word shows itself here
                elif message["type"] == "subscribe":
                    self._subscribed.set()
                    self._deliver_to_all()  # what was published while we were away
                elif message["type"] == "message":
                    topic, payload = orjson.loads(message["data"])
                    self._deliver(topic, payload)

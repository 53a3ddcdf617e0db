"""One transaction around several repositories, and the rule that the same key gives the first answer."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from services.kernel.errors import IdempotencyKeyReused, InvalidInput

Json = Any
"""What `json.dumps` takes."""

MAX_KEY_LENGTH = 128


class UnitOfWork(Protocol):
    """Opens the write transaction that every repository call inside the block joins.

    Commits when the block ends, rolls back when it raises. Blocks nest: the inner one joins the
    outer. Never await a department or any other network call inside: take the answer first.
    """

    def __call__(self) -> AbstractAsyncContextManager[None]: ...


class IdempotencyStore(Protocol):
    """Remembers the first answer of each (scope, key). Both calls join the open transaction."""

    async def claim(self, scope: str, key: str, fingerprint: str) -> tuple[str, Json] | None:
        """Claim the key; None when it is fresh, else the (fingerprint, answer) of the first use.

        A concurrent claim of the same key waits until the first transaction ends.
        """

    async def record(self, scope: str, key: str, answer: Json) -> None:
        """Keep the answer, encrypted, for at least 24 hours."""


def fingerprint_of(command: Mapping[str, Json]) -> str:
    """A hash of a command's content, to tell a repeat from a different request under the same key."""
    text = json.dumps(command, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Idempotency:
    """Runs a mutation once per (scope, key); its effects and its answer commit together."""

    def __init__(self, unit_of_work: UnitOfWork, store: IdempotencyStore) -> None:
        self._unit_of_work = unit_of_work
        self._store = store

    async def once(self, scope: str, key: str, command: Mapping[str, Json], run: Callable[[], Awaitable[Json]]) -> Json:
        """Answer of `run`, or of its first run under this key.

        `scope` names the mutation and the caller (``applications.submit:<person id>``); `command`
        is the input without the key. `run` returns JSON-able data, usually the new thing's id.
        Raises `InvalidInput` for an empty or overlong key, `IdempotencyKeyReused` when the key
        came before with another command. When `run` raises, nothing is kept and the key stays free.
        """
        if not key or len(key) > MAX_KEY_LENGTH:
            raise InvalidInput(
                f"提交编号 idempotencyKey 须为 1 至 {MAX_KEY_LENGTH} 个字符。", field="input.idempotencyKey"
            )
        fingerprint = fingerprint_of(command)
        async with self._unit_of_work():
            first = await self._store.claim(scope, key, fingerprint)
            if first is not None:
                if first[0] != fingerprint:
                    raise IdempotencyKeyReused()
                return first[1]
            answer = await run()
            await self._store.record(scope, key, answer)
            return answer

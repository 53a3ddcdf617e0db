"""First answers of idempotent mutations, sealed at rest."""

import hashlib
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.adapters.store.database import Database
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.kernel import idempotency
from services.kernel.clock import Clock
from services.kernel.errors import Conflict
from services.kernel.unit_of_work import Json

KEPT = timedelta(days=7)
"""How long a first answer is kept; an app that repeats a request later starts a new one."""


class SqlIdempotencyStore:
    """`services.kernel.unit_of_work.IdempotencyStore`."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    async def claim(self, scope: str, key: str, fingerprint: str) -> tuple[str, Json] | None:
        key_hash = _hash(key)
        row = {"scope": scope, "key_hash": key_hash, "fingerprint": fingerprint, "created_at": self._clock.now()}
        insert_into = sqlite_insert if self._database.is_sqlite else postgresql_insert
        async with self._database.writing() as connection:
            claimed = await connection.execute(insert_into(idempotency).values(row).on_conflict_do_nothing())
            if claimed.rowcount == 1:
                return None
            first = (
                await connection.execute(
                    select(idempotency.c.fingerprint, idempotency.c.sealed_answer).where(
                        idempotency.c.scope == scope, idempotency.c.key_hash == key_hash
                    )
                )
            ).one_or_none()
        if first is None or first.sealed_answer is None:
            raise Conflict("同一操作正在处理，请稍后查看结果。")
        return first.fingerprint, self._sealer.open_json(first.sealed_answer, _place(scope, key_hash))

    async def record(self, scope: str, key: str, answer: Json) -> None:
        key_hash = _hash(key)
        sealed = self._sealer.seal_json(answer, _place(scope, key_hash))
        async with self._database.writing() as connection:
            await connection.execute(
                update(idempotency)
                .where(idempotency.c.scope == scope, idempotency.c.key_hash == key_hash)
                .values(sealed_answer=sealed)
            )

    async def purge(self) -> int:
        """Forget answers older than `KEPT`; returns how many. Any number of workers may do it."""
        async with self._database.writing() as connection:
            old = idempotency.c.created_at < self._clock.now() - KEPT
            return (await connection.execute(delete(idempotency).where(old))).rowcount


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _place(scope: str, key_hash: str) -> str:
    return f"idempotency.answer:{scope}:{key_hash}"

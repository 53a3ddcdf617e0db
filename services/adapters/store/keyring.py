"""Signing keys in the store, the private part sealed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import OperationalError, ProgrammingError

from services.adapters.store.database import Database
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.keyring import signing_key
from services.kernel.errors import StoreDown
from services.keyring.model import KeyPurpose, KeyRow

KEEP = 4


class SqlKeyStore:
    """`services.keyring.ports.KeyStore`."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def load(self, not_before: datetime) -> Sequence[KeyRow]:
        newest = (
            select(signing_key.c.purpose, func.max(signing_key.c.sequence).label("last"))
            .group_by(signing_key.c.purpose)
            .subquery()
        )
        statement = (
            select(signing_key)
            .join(newest, newest.c.purpose == signing_key.c.purpose)
            .where(or_(signing_key.c.published_at >= not_before, signing_key.c.sequence > newest.c.last - KEEP))
            .order_by(signing_key.c.purpose, signing_key.c.sequence)
        )
        try:
            async with self._database.reading() as connection:
                rows = (await connection.execute(statement)).all()
        except (ProgrammingError, OperationalError) as error:
            raise StoreDown() from error  # a fixed statement fails in one way: a worker started before the migrations
        return [
            KeyRow(
                kid=row.kid,
                purpose=KeyPurpose(row.purpose),
                sequence=row.sequence,
                algorithm=row.algorithm,
                private_key=self._sealer.open(row.sealed_private_key, _place(row.kid)),
                published_at=row.published_at,
                active_from=row.active_from,
                revoked_at=row.revoked_at,
            )
            for row in rows
        ]

    async def add(self, key: KeyRow) -> bool:
        insert_into = sqlite_insert if self._database.is_sqlite else postgresql_insert
        values = {
            "kid": key.kid,
            "purpose": key.purpose.value,
            "sequence": key.sequence,
            "algorithm": key.algorithm,
            "sealed_private_key": self._sealer.seal(key.private_key, _place(key.kid)),
            "published_at": key.published_at,
            "active_from": key.active_from,
        }
        async with self._database.writing() as connection:
            added = await connection.execute(insert_into(signing_key).values(values).on_conflict_do_nothing())
        return added.rowcount == 1

    async def revoke(self, kid: str, moment: datetime) -> bool:
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(signing_key)
                .where(signing_key.c.kid == kid, signing_key.c.revoked_at.is_(None))
                .values(revoked_at=moment)
            )
        return changed.rowcount == 1


def _place(kid: str) -> str:
    return f"signing_key.private_key:{kid}"

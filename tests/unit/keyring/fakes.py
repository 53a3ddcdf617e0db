"""A key store in memory, that counts its reads and can be down."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.kernel.errors import StoreDown
from services.keyring.model import KeyRow


class MemoryKeyStore:
    """`services.keyring.ports.KeyStore`."""

    def __init__(self) -> None:
        self.rows: list[KeyRow] = []
        self.reads = 0
        self.down = False

    async def load(self, not_before: datetime) -> Sequence[KeyRow]:
        self.reads += 1
        if self.down:
            raise StoreDown()
        return list(self.rows)

    async def add(self, key: KeyRow) -> bool:
        if any((row.purpose, row.sequence) == (key.purpose, key.sequence) for row in self.rows):
            return False
        self.rows.append(key)
        return True

    async def revoke(self, kid: str, moment: datetime) -> bool:
        for position, row in enumerate(self.rows):
            if row.kid == kid and row.revoked_at is None:
                self.rows[position] = replace(row, revoked_at=moment)
                return True
        return False

"""What the key ring needs from the store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.keyring.model import KeyRow


class KeyStore(Protocol):
    """Keys of all purposes, the private part sealed. Raises `StoreDown`."""

    async def load(self, not_before: datetime) -> Sequence[KeyRow]:
        """Keys published at `not_before` or later, and each purpose's last four whatever their age."""

    async def add(self, key: KeyRow) -> bool:
        """Keep a new key. False, and nothing kept, when (purpose, sequence) is taken: another worker was first."""

    async def revoke(self, kid: str, moment: datetime) -> bool:
        """Mark a key compromised. False when it is unknown or already marked."""

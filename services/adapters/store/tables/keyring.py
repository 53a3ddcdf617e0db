"""Signing keys. States are not stored: they follow from the times, see `services.keyring.model`."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, UniqueConstraint

from services.adapters.store.column_types import UtcDateTime
from services.adapters.store.tables import metadata

signing_key = Table(
    "signing_key",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("algorithm", String(16), nullable=False),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("active_from", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    UniqueConstraint("purpose", "sequence"),
)
"""Private part sealed for ``signing_key.private_key:<kid>``."""

"""Tables that every domain uses: first answers of idempotent mutations."""

from sqlalchemy import Column, LargeBinary, String, Table

from services.adapters.store.column_types import UtcDateTime
from services.adapters.store.tables import metadata

idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", String(120), primary_key=True),
    Column("key_hash", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("sealed_answer", LargeBinary),
    Column("created_at", UtcDateTime, nullable=False, index=True),
)

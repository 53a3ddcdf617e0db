"""Tables of verification: the ledger of scans."""

from sqlalchemy import Column, Index, LargeBinary, String, Table

from services.adapters.store.column_types import JsonColumn, UtcDateTime
from services.adapters.store.tables import metadata

scan = Table(
    "scan",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("presentation_id", String(32), nullable=False, unique=True),
    Column("holder_kind", String(16), nullable=False),
    Column("holder_id", String(64), nullable=False),
    Column("certificate_id", String(36), nullable=False),
    Column("type_code", String(48), nullable=False),
    Column("disclosure", String(16), nullable=False),
    Column("fields", JsonColumn, nullable=False),
    Column("verifier", String(64)),
    Column("sealed_purpose", LargeBinary),
    Column("scanned_at", UtcDateTime, nullable=False),
    Index("ix_scan_holder", "holder_kind", "holder_id", "id"),
)

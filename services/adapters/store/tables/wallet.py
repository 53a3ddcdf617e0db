"""Tables of wallet: certificates, their claims sealed."""

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, String, Table

from services.adapters.store.column_types import UtcDateTime
from services.adapters.store.tables import metadata

certificate = Table(
    "certificate",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("holder_kind", String(16), nullable=False),
    Column("holder_id", String(64), nullable=False),
    Column("type_code", String(48), nullable=False),
    Column("state", String(16), nullable=False),
    Column("sealed_claims", LargeBinary, nullable=False),
    Column("issuer", String(200), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("source", String(120), nullable=False),
    Column("as_of", UtcDateTime, nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("superseded_by", String(36)),
    Index("ix_certificate_holder", "holder_kind", "holder_id", "type_code"),
)

"""Applications, their append-only events, and the nonces of department callbacks already used."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, text

from services.adapters.store.column_types import UtcDateTime
from services.adapters.store.tables import metadata

application = Table(
    "application",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("number", String(16), nullable=False, unique=True),
    Column("item_code", String(32), nullable=False),
    Column("item_name", String(200), nullable=False),
    Column("department_code", String(32), nullable=False),
    Column("system", String(32), nullable=False),
    Column("region_code", String(16), nullable=False),
    Column("owner_kind", String(8), nullable=False),
    Column("owner_id", String(64), nullable=False),
    Column("submitted_by", String(64), nullable=False),
    Column("immediate", Boolean, nullable=False),
    Column("promised_working_days", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("due_at", UtcDateTime),
    Column("due_provisional", Boolean, nullable=False),
    Column("certificate_id", String(64)),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Index("ix_application_owner", "owner_kind", "owner_id", "id"),
    Index("ix_application_owner_state", "owner_kind", "owner_id", "state", "id"),
    Index(
        "ix_application_open_due_at",
        "due_at",
        postgresql_where=text("closed_at IS NULL"),
        sqlite_where=text("closed_at IS NULL"),
    ),
)
"""`sealed` holds the form, the desk, and the department's reason, correction and result."""

application_event = Table(
    "application_event",
    metadata,
    Column("application_id", String(36), ForeignKey("application.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(16), nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason_code", String(64)),
    Column("sentence", String(200), nullable=False),
)
"""Only ever added to. A second writer of the same version meets the primary key."""

callback_nonce = Table(
    "callback_nonce",
    metadata,
    Column("system", String(32), primary_key=True),
    Column("nonce", String(64), primary_key=True),
    Column("content", String(64), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

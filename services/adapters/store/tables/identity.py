"""People, companies, relations, sign-ins under way, sessions and refresh tokens."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, SmallInteger, String, Table, UniqueConstraint

from services.adapters.store.column_types import UtcDateTime
from services.adapters.store.tables import metadata

person = Table(
    "person",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("id_number_hash", String(64), nullable=False, unique=True),
    Column("sealed_profile", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
"""`sealed_profile` for ``person.profile:<id>``."""

company = Table(
    "company",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("uscc_hash", String(64), nullable=False, unique=True),
    Column("sealed_profile", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
"""`sealed_profile` for ``company.profile:<id>``: that a company is known here is nobody else's business."""

relation = Table(
    "relation",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person_id", String(36), ForeignKey("person.id"), nullable=False),
    Column("subject_kind", String(16), nullable=False),
    Column("subject_id", String(36), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("valid_until", UtcDateTime),
    Column("proven_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, index=True),
    UniqueConstraint("person_id", "subject_kind", "subject_id"),
)

sign_in = Table(
    "sign_in",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("sealed_request", LargeBinary, nullable=False),
    Column("claimed_by", String(64)),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)
"""`sealed_request` for ``sign_in.request:<state_hash>``: nonce, PKCE verifier, device."""

session = Table(
    "session",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person_id", String(36), ForeignKey("person.id"), nullable=False),
    Column("sealed_device", LargeBinary, nullable=False),
    Column("assurance", SmallInteger, nullable=False),
    Column("step_up", SmallInteger),
    Column("step_up_until", UtcDateTime),
    Column("subject_kind", String(16), nullable=False),
    Column("subject_id", String(36), nullable=False),
    Column("authenticated_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=False),
    Column("idle_expires_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, index=True),
    Column("ended_reason", String(32)),
    Index("ix_session_person_id_ended_at", "person_id", "ended_at"),
)
"""`sealed_device` for ``session.device:<id>``: citizens write their names into it."""

refresh_token = Table(
    "refresh_token",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("session_id", String(36), ForeignKey("session.id"), nullable=False, index=True),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("used_key", String(64)),
)
"""SHA-256 of a 256-bit random token: nothing to guess, so no salt and no slow hash."""

"""Tables of inquiries: the last known answers."""

from sqlalchemy import Column, Index, LargeBinary, String, Table

from services.adapters.store.column_types import UtcDateTime
from services.adapters.store.tables import metadata

inquiry_answer = Table(
    "inquiry_answer",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    Column("subject_kind", String(16)),
    Column("subject_id", String(36)),
    Column("item_code", String(16), nullable=False),
    Column("sealed_answer", LargeBinary, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False, index=True),
    Index("ix_inquiry_answer_subject", "subject_kind", "subject_id"),
)
"""`sealed_answer` for ``inquiry_answer.answer:<key_hash>``. `key_hash` is keyed: parameters may be personal."""

"""Last known answers of departments, for when one is down."""

import sqlalchemy as sa
from alembic import op

from services.adapters.store.column_types import UtcDateTime

revision = "0010"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "inquiry_answer",
        sa.Column("key_hash", sa.String(64), primary_key=True),
        sa.Column("subject_kind", sa.String(16)),
        sa.Column("subject_id", sa.String(36)),
        sa.Column("item_code", sa.String(16), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_inquiry_answer_saved_at", "inquiry_answer", ["saved_at"])
    op.create_index("ix_inquiry_answer_subject", "inquiry_answer", ["subject_kind", "subject_id"])

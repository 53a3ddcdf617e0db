"""First answers of idempotent mutations."""

import sqlalchemy as sa
from alembic import op

from services.adapters.store.column_types import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.String(120), primary_key=True),
        sa.Column("key_hash", sa.String(64), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])

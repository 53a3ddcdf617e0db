"""Signing keys: their times and their sealed private part."""

import sqlalchemy as sa
from alembic import op

from services.adapters.store.column_types import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(64), primary_key=True),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("algorithm", sa.String(16), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("active_from", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime()),
        sa.UniqueConstraint("purpose", "sequence", name="uq_signing_key_purpose_sequence"),
    )

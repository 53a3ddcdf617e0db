"""The ledger of scans; each presentation stands in it once."""

import sqlalchemy as sa
from alembic import op

from services.adapters.store.column_types import JsonColumn, UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "scan",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("presentation_id", sa.String(32), nullable=False),
        sa.Column("holder_kind", sa.String(16), nullable=False),
        sa.Column("holder_id", sa.String(64), nullable=False),
        sa.Column("certificate_id", sa.String(36), nullable=False),
        sa.Column("type_code", sa.String(48), nullable=False),
        sa.Column("disclosure", sa.String(16), nullable=False),
        sa.Column("fields", JsonColumn, nullable=False),
        sa.Column("verifier", sa.String(64)),
        sa.Column("sealed_purpose", sa.LargeBinary()),
        sa.Column("scanned_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("presentation_id", name="uq_scan_presentation_id"),
    )
    op.create_index("ix_scan_holder", "scan", ["holder_kind", "holder_id", "id"])

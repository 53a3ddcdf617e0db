"""Tables of applications: the applications, their events, used nonces of callbacks."""

import sqlalchemy as sa
from alembic import op

from services.adapters.store.column_types import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("item_code", sa.String(32), nullable=False),
        sa.Column("item_name", sa.String(200), nullable=False),
        sa.Column("department_code", sa.String(32), nullable=False),
        sa.Column("system", sa.String(32), nullable=False),
        sa.Column("region_code", sa.String(16), nullable=False),
        sa.Column("owner_kind", sa.String(8), nullable=False),
        sa.Column("owner_id", sa.String(64), nullable=False),
        sa.Column("submitted_by", sa.String(64), nullable=False),
        sa.Column("immediate", sa.Boolean(), nullable=False),
        sa.Column("promised_working_days", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("certificate_id", sa.String(64)),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.UniqueConstraint("number", name="uq_application_number"),
    )
    op.create_index("ix_application_owner", "application", ["owner_kind", "owner_id", "id"])
    op.create_index("ix_application_owner_state", "application", ["owner_kind", "owner_id", "state", "id"])
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_application_open_due_at", "application", ["due_at"], postgresql_where=is_open, sqlite_where=is_open
    )
    op.create_table(
        "application_event",
        sa.Column("application_id", sa.String(36), sa.ForeignKey("application.id"), primary_key=True),
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(16), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason_code", sa.String(64)),
        sa.Column("sentence", sa.String(200), nullable=False),
    )
    op.create_table(
        "callback_nonce",
        sa.Column("system", sa.String(32), primary_key=True),
        sa.Column("nonce", sa.String(64), primary_key=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_callback_nonce_expires_at", "callback_nonce", ["expires_at"])

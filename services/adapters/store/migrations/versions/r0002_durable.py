"""Flows of long-running work and the steps they have finished."""

import sqlalchemy as sa
from alembic import op

from services.adapters.store.column_types import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "flow",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject_id", sa.String(64), nullable=False),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("run_at", UtcDateTime()),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("woken", sa.Boolean(), nullable=False),
        sa.Column("sealed_state", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_signal", sa.LargeBinary()),
        sa.Column("last_error", sa.String(64)),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
    )
    for name, columns, unique, condition in (
        ("uq_flow_live", ["kind", "subject_id"], True, "status <> 'FINISHED'"),
        ("ix_flow_to_run", ["run_at", "kind"], False, "run_at IS NOT NULL"),
        ("ix_flow_parked", ["due_at"], False, "status = 'STUCK'"),
    ):
        where = sa.text(condition)
        op.create_index(name, "flow", columns, unique=unique, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_flow_newest", "flow", ["kind", "subject_id", "created_at"])
    op.create_table(
        "flow_step",
        sa.Column("flow_id", sa.String(36), sa.ForeignKey("flow.id"), primary_key=True),
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
    )

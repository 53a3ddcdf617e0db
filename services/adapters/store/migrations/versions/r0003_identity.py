"""People, companies, relations, sign-ins under way, sessions and refresh tokens."""

import sqlalchemy as sa
from alembic import op

from services.adapters.store.column_types import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("id_number_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("sealed_profile", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "company",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("uscc_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("sealed_profile", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "relation",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("person_id", sa.String(36), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("subject_kind", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("valid_until", UtcDateTime()),
        sa.Column("proven_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.UniqueConstraint("person_id", "subject_kind", "subject_id"),
    )
    op.create_index("ix_relation_ended_at", "relation", ["ended_at"])
    op.create_table(
        "sign_in",
        sa.Column("state_hash", sa.String(64), primary_key=True),
        sa.Column("sealed_request", sa.LargeBinary(), nullable=False),
        sa.Column("claimed_by", sa.String(64)),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_sign_in_expires_at", "sign_in", ["expires_at"])
    op.create_table(
        "session",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("person_id", sa.String(36), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("sealed_device", sa.LargeBinary(), nullable=False),
        sa.Column("assurance", sa.SmallInteger(), nullable=False),
        sa.Column("step_up", sa.SmallInteger()),
        sa.Column("step_up_until", UtcDateTime()),
        sa.Column("subject_kind", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.String(36), nullable=False),
        sa.Column("authenticated_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=False),
        sa.Column("idle_expires_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("ended_reason", sa.String(32)),
    )
    op.create_index("ix_session_person_id_ended_at", "session", ["person_id", "ended_at"])
    op.create_index("ix_session_ended_at", "session", ["ended_at"])
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("session_id", sa.String(36), sa.ForeignKey("session.id"), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime()),
        sa.Column("used_key", sa.String(64)),
    )
    op.create_index("ix_refresh_token_session_id", "refresh_token", ["session_id"])

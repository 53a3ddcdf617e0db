"""Tables of catalog: the change feed, favourites, recent items, counts of use."""

import sqlalchemy as sa
from alembic import op

from services.adapters.store.column_types import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "catalog_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "catalog_part",
        sa.Column("part", sa.String(16), primary_key=True),
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "catalog_change",
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "catalog_favourite",
        sa.Column("person_id", sa.String(64), primary_key=True),
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "catalog_recent",
        sa.Column("person_id", sa.String(64), primary_key=True),
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("used_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_catalog_recent_person_id_used_at", "catalog_recent", ["person_id", "used_at"])
    op.create_table(
        "catalog_use",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("uses", sa.Integer(), nullable=False),
    )

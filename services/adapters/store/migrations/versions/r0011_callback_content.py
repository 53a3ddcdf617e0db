"""What a used nonce came with, so that a department that repeats a callback is told that we have it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    with op.batch_alter_table("callback_nonce") as batch:
        batch.add_column(sa.Column("content", sa.String(64), nullable=False, server_default=""))

"""How often in a row a flow was claimed without any outcome: a step that kills its worker is not tried for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("flow", sa.Column("unanswered", sa.Integer(), nullable=False, server_default=sa.text("0")))

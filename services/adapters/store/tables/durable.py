"""Flows of long-running work and the steps they have finished."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, text

from services.adapters.store.column_types import UtcDateTime
from services.adapters.store.tables import metadata

flow = Table(
    "flow",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("subject_id", String(64), nullable=False),
    Column("step", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("owner", String(32), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("run_at", UtcDateTime),
    # When a worker may take it: the due date, the next try, or the end of a worker's lease. NULL: parked or finished.
    Column("sequence", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("unanswered", Integer, nullable=False, server_default=text("0")),
    # Claims since one last came to any outcome: 1 while a worker is at it, more after workers died of it.
    Column("woken", Boolean, nullable=False),
    Column("sealed_state", LargeBinary, nullable=False),
    Column("sealed_signal", LargeBinary),
    Column("last_error", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
# Literal conditions: SQLite takes a partial index only for a query that has its condition word for word.
one_live = text("status <> 'FINISHED'")
to_run = text("run_at IS NOT NULL")
parked = text("status = 'STUCK'")
Index("uq_flow_live", flow.c.kind, flow.c.subject_id, unique=True, sqlite_where=one_live, postgresql_where=one_live)
Index("ix_flow_to_run", flow.c.run_at, flow.c.kind, sqlite_where=to_run, postgresql_where=to_run)
Index("ix_flow_parked", flow.c.due_at, sqlite_where=parked, postgresql_where=parked)
Index("ix_flow_newest", flow.c.kind, flow.c.subject_id, flow.c.created_at)

flow_step = Table(
    "flow_step",
    metadata,
    Column("flow_id", String(36), ForeignKey("flow.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("step", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
)

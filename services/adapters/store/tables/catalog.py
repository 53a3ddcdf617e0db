"""Tables of the catalogue: the change feed, favourites, recent items, counts of use. No names or numbers of people."""

from sqlalchemy import Column, Date, Index, Integer, String, Table

from services.adapters.store.column_types import UtcDateTime
from services.adapters.store.tables import metadata

catalog_head = Table(
    "catalog_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
)
"""One row: the newest version, and the digest of all that was shown then. Its lock orders the workers."""

catalog_part = Table(
    "catalog_part",
    metadata,
    Column("part", String(16), primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("hash", String(64), nullable=False),
)
"""What was shown at the newest version."""

catalog_change = Table(
    "catalog_change",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(8), nullable=False),
    Column("part", String(16), nullable=False),
    Column("code", String(32), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

catalog_favourite = Table(
    "catalog_favourite",
    metadata,
    Column("person_id", String(64), primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("added_at", UtcDateTime, nullable=False),
)

catalog_recent = Table(
    "catalog_recent",
    metadata,
    Column("person_id", String(64), primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("used_at", UtcDateTime, nullable=False),
    Index("ix_catalog_recent_person_id_used_at", "person_id", "used_at"),
)

catalog_use = Table(
    "catalog_use",
    metadata,
    Column("day", Date, primary_key=True),
    Column("code", String(32), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("uses", Integer, nullable=False),
)

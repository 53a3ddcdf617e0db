"""The catalogue's repositories: the change feed, favourites, recent items, counts of use."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Table, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.store.database import Database
from services.adapters.store.fixed_reads import Read
from services.adapters.store.tables.catalog import (
    catalog_change,
    catalog_favourite,
    catalog_head,
    catalog_part,
    catalog_recent,
    catalog_use,
)
from services.catalog.model import CataloguePart, ChangeKind, GuideChange, Mark, UseKind

_HEAD = 1
KEPT_RECENT = 20


def _marks(table: Table, moment: Column[datetime]) -> Read:
    query = select(table.c.code, moment.label("at")).where(table.c.person_id == bindparam("person"))
    return Read(query.order_by(moment.desc(), table.c.code).limit(bindparam("most")))


_FAVOURITES = _marks(catalog_favourite, catalog_favourite.c.added_at)
_RECENT = _marks(catalog_recent, catalog_recent.c.used_at)


class _Repository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def _upsert(self, table: Table) -> Any:
        return (sqlite_insert if self._database.is_sqlite else postgresql_insert)(table)


class SqlCatalogueVersions(_Repository):
    """`services.catalog.ports.CatalogueVersions`."""

    async def synchronise(self, parts: Mapping[tuple[str, str], str], digest: str, at: datetime) -> int:
        async with self._database.reading() as connection:
            head = (await connection.execute(select(catalog_head).where(catalog_head.c.id == _HEAD))).one_or_none()
        if head is not None and head.digest == digest:
            return int(head.version)
        async with self._database.writing() as connection:
            return await self._write(connection, parts, digest, at)

    async def _write(
        self, connection: AsyncConnection, parts: Mapping[tuple[str, str], str], digest: str, at: datetime
    ) -> int:
        first = self._upsert(catalog_head).values(id=_HEAD, version=0, digest="")
        await connection.execute(first.on_conflict_do_nothing())
        head = (
            await connection.execute(select(catalog_head).where(catalog_head.c.id == _HEAD).with_for_update())
        ).one()
        if head.digest == digest:  # another worker was first
            return int(head.version)
        rows = await connection.execute(select(catalog_part))
        shown = {(row.part, row.code): row.hash for row in rows}
        changes = _differences(shown, parts)
        version = int(head.version)
        lines: list[dict[str, Any]] = []
        for version, (kind, part, code) in enumerate(changes, version + 1):  # noqa: B020 - counts on from the head
            lines.append({"version": version, "kind": kind, "part": part, "code": code, "changed_at": at})
        if lines:
            await connection.execute(insert(catalog_change), lines)
        gone = [(part, code) for kind, part, code in changes if kind is ChangeKind.REMOVED]
        if gone:
            await connection.execute(
                delete(catalog_part).where(tuple_(catalog_part.c.part, catalog_part.c.code).in_(gone))
            )
        kept = [
            {"part": part, "code": code, "hash": parts[part, code]}
            for kind, part, code in changes
            if kind is not ChangeKind.REMOVED
        ]
        if kept:
            upsert = self._upsert(catalog_part)
            await connection.execute(
                upsert.on_conflict_do_update(index_elements=["part", "code"], set_={"hash": upsert.excluded.hash}),
                kept,
            )
        await connection.execute(
            update(catalog_head).where(catalog_head.c.id == _HEAD).values(version=version, digest=digest)
        )
        return version

    async def changes(self, since: int, first: int) -> list[GuideChange]:
        query = (
            select(catalog_change)
            .where(catalog_change.c.version > since)
            .order_by(catalog_change.c.version)
            .limit(first)
        )
        async with self._database.reading() as connection:
            rows = await connection.execute(query)
            return [
                GuideChange(row.version, ChangeKind(row.kind), CataloguePart(row.part), row.code, row.changed_at)
                for row in rows
            ]

    async def newest(self) -> int:
        async with self._database.reading() as connection:
            version = await connection.scalar(select(catalog_head.c.version).where(catalog_head.c.id == _HEAD))
        return int(version or 0)


def _differences(
    shown: Mapping[tuple[str, str], str], parts: Mapping[tuple[str, str], str]
) -> list[tuple[ChangeKind, str, str]]:
    """What changed from `shown` to `parts`, in a fixed order: tables, then items by code."""
    keys = sorted({*shown, *parts}, key=lambda key: (key[0] == CataloguePart.ITEM, key))
    found = []
    for key in keys:
        if key not in parts:
            found.append((ChangeKind.REMOVED, *key))
        elif key not in shown:
            found.append((ChangeKind.ADDED, *key))
        elif shown[key] != parts[key]:
            found.append((ChangeKind.CHANGED, *key))
    return found


class SqlPersonalItems(_Repository):
    """`services.catalog.ports.PersonalItems`."""

    async def favourites(self, person_id: str, limit: int) -> list[Mark]:
        rows = await self._database.fetch(_FAVOURITES, person=person_id, most=limit)
        return [Mark(row.code, row.at) for row in rows]

    async def add_favourite(self, person_id: str, code: str, at: datetime, limit: int) -> bool:
        table = catalog_favourite
        async with self._database.writing() as connection:
            if not self._database.is_sqlite:  # SQLite has one writer; here, the person's additions take turns
                await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"favourite:{person_id}"))))
            held = (await connection.scalars(select(table.c.code).where(table.c.person_id == person_id))).all()
            if code in held:
                return True
            if len(held) >= limit:
                return False
            await connection.execute(insert(table).values(person_id=person_id, code=code, added_at=at))
        return True

    async def remove_favourite(self, person_id: str, code: str) -> None:
        table = catalog_favourite
        async with self._database.writing() as connection:
            await connection.execute(delete(table).where(table.c.person_id == person_id, table.c.code == code))

    async def recent(self, person_id: str, limit: int) -> list[Mark]:
        rows = await self._database.fetch(_RECENT, person=person_id, most=limit)
        return [Mark(row.code, row.at) for row in rows]

    async def remember(self, uses: Sequence[tuple[str, str, datetime]]) -> None:
        newest = {(person, code): at for person, code, at in uses}
        rows = [{"person_id": p, "code": c, "used_at": at} for (p, c), at in sorted(newest.items())]
        table = catalog_recent
        upsert = self._upsert(table)
        place = func.row_number().over(partition_by=table.c.person_id, order_by=(table.c.used_at.desc(), table.c.code))
        people = sorted({person for person, _ in newest})
        async with self._database.writing() as connection:
            await connection.execute(
                upsert.on_conflict_do_update(
                    index_elements=["person_id", "code"],
                    set_={"used_at": func.max(table.c.used_at, upsert.excluded.used_at)}
                    if self._database.is_sqlite
                    else {"used_at": func.greatest(table.c.used_at, upsert.excluded.used_at)},
                ),
                rows,
            )
            for start in range(0, len(people), 500):
                ranked = (
                    select(table.c.person_id, table.c.code, place.label("place"))
                    .where(table.c.person_id.in_(people[start : start + 500]))
                    .subquery()
                )
                old = select(ranked.c.person_id, ranked.c.code).where(ranked.c.place > KEPT_RECENT)
                await connection.execute(delete(table).where(tuple_(table.c.person_id, table.c.code).in_(old)))


class SqlUseCounts(_Repository):
    """`services.catalog.ports.UseCounts`."""

    async def count(self, uses: Mapping[tuple[date, str, UseKind], int]) -> None:
        rows = [
            {"day": day, "code": code, "kind": kind.value, "uses": number}
            for (day, code, kind), number in sorted(uses.items())
        ]
        upsert = self._upsert(catalog_use)
        async with self._database.writing() as connection:
            await connection.execute(
                upsert.on_conflict_do_update(
                    index_elements=["day", "code", "kind"], set_={"uses": catalog_use.c.uses + upsert.excluded.uses}
                ),
                rows,
            )

    async def top(self, since: date, limit: int) -> list[tuple[str, int]]:
        table = catalog_use
        total = func.sum(table.c.uses).label("total")
        query = select(table.c.code, total).where(table.c.day >= since).group_by(table.c.code)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(total.desc(), table.c.code).limit(limit))
            return [(row.code, int(row.total)) for row in rows]

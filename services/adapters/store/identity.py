"""Persons, companies and relations in the store: sealed, found by keyed hashes of their numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.adapters.store.database import Database
from services.adapters.store.fixed_reads import Read
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.identity import company, person, relation
from services.identity.model import (
    Child,
    Company,
    CompanyPower,
    Person,
    ProvenIdentity,
    Relation,
    RelationKind,
    eighteenth_birthday,
)
from services.kernel.ids import new_id
from services.kernel.principal import Subject, SubjectKind

_PERSON = Read(select(person).where(person.c.id == bindparam("id")))


class SqlPeopleStore:
    """`services.identity.ports.PeopleStore`."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._insert = sqlite_insert if database.is_sqlite else postgresql_insert

    async def save_person(self, proven: ProvenIdentity, now: datetime) -> str:
        async with self._database.writing():
            ids = await self._keep(
                person, person.c.id_number_hash, {proven.id_number: _person_profile(proven)}, now, renew=True
            )
            person_id = ids[proven.id_number]
            minors = [c for c in proven.children if now < eighteenth_birthday(c.birth_date)]
            # A child's own account knows more of the child (the phone) than the guardian's does: never overwrite it.
            children = await self._keep(
                person, person.c.id_number_hash, {c.id_number: _person_profile(c) for c in minors}, now, renew=False
            )
            companies = await self._keep(
                company, company.c.uscc_hash, {c.uscc: _company_profile(c) for c in proven.companies}, now, renew=True
            )
            await self._relate(
                person_id,
                [
                    *(
                        (
                            SubjectKind.PERSON,
                            children[c.id_number],
                            RelationKind.GUARDIAN,
                            eighteenth_birthday(c.birth_date),
                        )
                        for c in minors
                    ),
                    *(
                        (SubjectKind.COMPANY, companies[c.uscc], _right(c), c.valid_until)
                        for c in proven.companies
                        if c.valid_until is None or now < c.valid_until
                    ),
                ],
                now,
            )
        return person_id

    async def _keep(
        self, table: Table, hash_column: Any, profiles: Mapping[str, dict[str, Any]], now: datetime, renew: bool
    ) -> dict[str, str]:
        """Keep the profiles by their numbers; returns number → id. Concurrent first sign-ins agree on the id."""
        if not profiles:
            return {}
        hashes = {self._sealer.lookup(f"{table.name}.number", number): number for number in profiles}
        find = select(hash_column, table.c.id).where(hash_column.in_(hashes))
        async with self._database.writing() as connection:
            known = {row[0]: row[1] for row in await connection.execute(find)}
            missing = [one for one in hashes if one not in known]
            if missing:
                fresh = {one: new_id() for one in missing}
                rows = [
                    {
                        "id": fresh[one],
                        hash_column.name: one,
                        "sealed_profile": self._seal(table, fresh[one], profiles[hashes[one]]),
                        "created_at": now,
                        "updated_at": now,
                    }
                    for one in missing
                ]
                await connection.execute(self._insert(table).values(rows).on_conflict_do_nothing())
                known |= {row[0]: row[1] for row in await connection.execute(find)}
            if renew:
                await connection.execute(
                    update(table)
                    .where(table.c.id == bindparam("row_id"))
                    .values(sealed_profile=bindparam("profile"), updated_at=now),
                    [
                        {"row_id": known[one], "profile": self._seal(table, known[one], profiles[number])}
                        for one, number in hashes.items()
                    ],
                )
        return {number: known[one] for one, number in hashes.items()}

    async def _relate(
        self, person_id: str, proven: Sequence[tuple[SubjectKind, str, RelationKind, datetime | None]], now: datetime
    ) -> None:
        present = [(kind.value, subject_id) for kind, subject_id, _, _ in proven]
        gone = and_(relation.c.person_id == person_id, relation.c.ended_at.is_(None))
        if present:
            gone = and_(gone, tuple_(relation.c.subject_kind, relation.c.subject_id).not_in(present))
        async with self._database.writing() as connection:
            await connection.execute(update(relation).where(gone).values(ended_at=now))
            if not present:
                return
            statement = self._insert(relation).values(
                [
                    {
                        "id": new_id(),
                        "person_id": person_id,
                        "subject_kind": kind.value,
                        "subject_id": subject_id,
                        "kind": right.value,
                        "valid_until": until,
                        "proven_at": now,
                    }
                    for kind, subject_id, right, until in proven
                ]
            )
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["person_id", "subject_kind", "subject_id"],
                    set_={
                        "kind": statement.excluded.kind,
                        "valid_until": statement.excluded.valid_until,
                        "proven_at": statement.excluded.proven_at,
                        "ended_at": None,
                    },
                )
            )

    async def person(self, person_id: str) -> Person | None:
        rows = await self._database.fetch(_PERSON, id=person_id)
        return self._person(rows[0].id, rows[0].sealed_profile) if rows else None

    async def company(self, company_id: str) -> Company | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(company).where(company.c.id == company_id))).one_or_none()
        return None if row is None else self._company(row.id, row.sealed_profile)

    async def relations(self, person_id: str) -> Sequence[Relation]:
        statement = (
            select(
                relation,
                person.c.sealed_profile.label("person_profile"),
                company.c.sealed_profile.label("company_profile"),
            )
            .outerjoin(person, and_(relation.c.subject_kind == "PERSON", person.c.id == relation.c.subject_id))
            .outerjoin(company, and_(relation.c.subject_kind == "COMPANY", company.c.id == relation.c.subject_id))
            .where(relation.c.person_id == person_id, relation.c.ended_at.is_(None))
            .where(or_(person.c.id.is_not(None), company.c.id.is_not(None)))
            .order_by(relation.c.subject_kind.desc(), relation.c.id)  # persons before companies
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [
            Relation(
                Subject(SubjectKind(row.subject_kind), row.subject_id),
                RelationKind(row.kind),
                self._person(row.subject_id, row.person_profile)
                if row.subject_kind == "PERSON"
                else self._company(row.subject_id, row.company_profile),
                row.valid_until,
            )
            for row in rows
        ]

    def _seal(self, table: Table, row_id: str, profile: dict[str, Any]) -> bytes:
        return self._sealer.seal_json(profile, f"{table.name}.profile:{row_id}")

    def _person(self, row_id: str, sealed: bytes) -> Person:
        profile = self._sealer.open_json(sealed, f"person.profile:{row_id}")
        return Person(**{**profile, "id": row_id, "birth_date": date.fromisoformat(profile["birth_date"])})

    def _company(self, row_id: str, sealed: bytes) -> Company:
        return Company(id=row_id, **self._sealer.open_json(sealed, f"company.profile:{row_id}"))


def _person_profile(one: ProvenIdentity | Child) -> dict[str, Any]:
    return {
        "name": one.name,
        "id_number": one.id_number,
        "gender": one.gender,
        "birth_date": one.birth_date.isoformat(),
        "phone": one.phone if isinstance(one, ProvenIdentity) else "",
        "region": one.region,
    }


def _company_profile(one: CompanyPower) -> dict[str, Any]:
    profile = asdict(one)
    return {name: profile[name] for name in ("name", "uscc", "region")}


def _right(one: CompanyPower) -> RelationKind:
    return RelationKind.LEGAL_REPRESENTATIVE if one.legal_representative else RelationKind.AGENT

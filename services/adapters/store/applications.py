"""Applications in the store. The form and all that the department says of it are sealed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.store.applications_sealed import correction_in, correction_out, record_in, record_out
from services.adapters.store.database import Database
from services.adapters.store.fixed_reads import Read
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.applications import application, application_event, callback_nonce
from services.applications.model import Actor, Application, Change, Event, Page, Reason, State
from services.kernel.errors import Conflict
from services.kernel.principal import Subject, SubjectKind

_ONE = Read(select(application).where(application.c.id == bindparam("id")))
_MINE = and_(application.c.owner_kind == bindparam("kind"), application.c.owner_id == bindparam("owner"))
_NEWEST = Read(select(application).where(_MINE).order_by(application.c.id.desc()).limit(bindparam("most")))
_COUNT = Read(select(func.count().label("total")).select_from(application).where(_MINE))


class SqlApplicationStore:
    """`services.applications.ports.ApplicationStore`."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def add(self, change: Change) -> None:
        async with self._database.writing() as connection:
            await connection.execute(insert(application).values(self._row(change.application)))
            await _append(connection, change)

    async def save(self, change: Change) -> None:
        one = change.application
        async with self._database.writing() as connection:
            saved = await connection.execute(
                update(application)
                .where(application.c.id == one.id, application.c.version == change.expected_version)
                .values(self._row(one))
            )
            if saved.rowcount != 1:
                raise Conflict()
            await _append(connection, change)

    async def get(self, application_id: str) -> Application | None:
        rows = await self._database.fetch(_ONE, id=application_id)
        return self._application(rows[0]) if rows else None

    async def get_for_change(self, application_id: str) -> Application | None:
        async with self._database.writing() as connection:  # SQLite: the only writer already
            statement = select(application).where(application.c.id == application_id).with_for_update()
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else self._application(row)

    async def events(self, application_ids: Collection[str]) -> Mapping[str, Sequence[Event]]:
        found: dict[str, list[Event]] = {one: [] for one in application_ids}
        statement = (
            select(application_event)
            .where(application_event.c.application_id.in_(list(found)))
            .order_by(application_event.c.application_id, application_event.c.sequence)
        )
        async with self._database.reading() as connection:
            for row in await connection.execute(statement):
                event = Event(row.sequence, row.at, Actor(row.actor), State(row.state), row.sentence, row.reason_code)
                found[row.application_id].append(event)
        return found

    async def page(self, owner: Subject, states: Collection[State], after: str | None, first: int) -> Page:
        if not states and after is None:
            newest = await self._database.fetch(_NEWEST, kind=owner.kind.value, owner=owner.id, most=first + 1)
            if len(newest) <= first:  # all there are
                return Page(tuple(self._application(row) for row in newest), len(newest), False)
            counted = await self._database.fetch(_COUNT, kind=owner.kind.value, owner=owner.id)
            return Page(tuple(self._application(row) for row in newest[:first]), counted[0].total, True)
        mine = and_(application.c.owner_kind == owner.kind.value, application.c.owner_id == owner.id)
        if states:
            mine = and_(mine, application.c.state.in_([state.value for state in states]))
        here: ColumnElement[bool] = mine if after is None else and_(mine, application.c.id < after)
        statement = select(application).where(here).order_by(application.c.id.desc()).limit(first + 1)
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
            counting = select(func.count()).select_from(application).where(mine)
            total = (await connection.execute(counting)).scalar_one()
        return Page(tuple(self._application(row) for row in rows[:first]), total, len(rows) > first)

    async def use_nonce(self, system: str, nonce: str, content: str, now: datetime, expires_at: datetime) -> str | None:
        insert_into = sqlite_insert if self._database.is_sqlite else postgresql_insert
        row = {"system": system, "nonce": nonce, "content": content, "expires_at": expires_at}
        known = select(callback_nonce.c.content).where(
            callback_nonce.c.system == system, callback_nonce.c.nonce == nonce
        )
        async with self._database.writing() as connection:
            await connection.execute(delete(callback_nonce).where(callback_nonce.c.expires_at < now))
            used = await connection.execute(insert_into(callback_nonce).values(row).on_conflict_do_nothing())
            if used.rowcount == 1:
                return None
            return str(await connection.scalar(known))

    def _row(self, one: Application) -> dict[str, Any]:
        sealed = {
            "form": one.form,
            "reason": None if one.reason is None else asdict(one.reason),
            "desk": one.desk,
            "result_type": one.result_type,
            "correction": correction_out(one.correction),
            "result": record_out(one.result),
        }
        return {
            "id": one.id,
            "number": one.number,
            "item_code": one.item_code,
            "item_name": one.item_name,
            "department_code": one.department_code,
            "system": one.system,
            "region_code": one.region_code,
            "owner_kind": one.owner.kind.value,
            "owner_id": one.owner.id,
            "submitted_by": one.submitted_by,
            "immediate": one.immediate,
            "promised_working_days": one.promised_working_days,
            "state": one.state.value,
            "version": one.version,
            "due_at": one.due_at,
            "due_provisional": one.due_provisional,
            "certificate_id": one.certificate_id,
            "sealed": self._sealer.seal_json(sealed, _place(one.id)),
            "created_at": one.created_at,
            "updated_at": one.updated_at,
            "closed_at": one.closed_at,
        }

    def _application(self, row: Row[Any]) -> Application:
        opened = self._sealer.open_json(row.sealed, _place(row.id))
        reason = opened["reason"]
        return Application(
            id=row.id,
            number=row.number,
            item_code=row.item_code,
            item_name=row.item_name,
            department_code=row.department_code,
            system=row.system,
            region_code=row.region_code,
            owner=Subject(SubjectKind(row.owner_kind), row.owner_id),
            submitted_by=row.submitted_by,
            form=opened["form"],
            immediate=row.immediate,
            promised_working_days=row.promised_working_days,
            created_at=row.created_at,
            updated_at=row.updated_at,
            state=State(row.state),
            version=row.version,
            due_at=row.due_at,
            due_provisional=row.due_provisional,
            closed_at=row.closed_at,
            certificate_id=row.certificate_id,
            reason=None if reason is None else Reason(reason["code"], reason["sentence"], tuple(reason["remedies"])),
            desk=opened.get("desk", ""),
            result_type=opened.get("result_type"),
            correction=correction_in(opened.get("correction")),
            result=record_in(opened.get("result")),
        )


async def _append(connection: AsyncConnection, change: Change) -> None:
    rows = [
        {
            "application_id": change.application.id,
            "sequence": event.sequence,
            "at": event.at,
            "actor": event.actor.value,
            "state": event.state.value,
            "reason_code": event.reason_code,
            "sentence": event.sentence,
        }
        for event in change.events
    ]
    if rows:
        await connection.execute(insert(application_event), rows)


def _place(application_id: str) -> str:
    return f"application.sealed:{application_id}"

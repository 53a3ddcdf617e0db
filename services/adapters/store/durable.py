"""Flows in SQL: claims with SKIP LOCKED and LISTEN/NOTIFY on PostgreSQL; on SQLite the one writer orders all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError

from services.adapters.store.database import Database
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.durable import flow, flow_step, one_live, parked
from services.durable.port import Advance, Attempt, Finish, FlowView, Wait
from services.durable.store import Claim, LeaseLost
from services.kernel.errors import Conflict, NotFound, StoreDown
from services.kernel.ids import new_id
from services.kernel.unit_of_work import Json

_CHANNEL = "durable"
_CITY = "CITY"
_LISTEN_AGAIN_SECONDS = 2.0


class SqlFlowStore:
    """`services.durable.store.FlowStore`."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._wakers: set[Callable[[], None]] = set()

    async def add(
        self, kind: str, subject_id: str, step: str, state: Mapping[str, Json], now: datetime, due_at: datetime
    ) -> str:
        flow_id = new_id()
        insert_into = sqlite_insert if self._database.is_sqlite else postgresql_insert
        row = {
            "id": flow_id, "kind": kind, "subject_id": subject_id, "step": step, "status": "READY", "owner": _CITY,
            "due_at": due_at, "run_at": due_at, "sequence": 0, "tries": 0, "version": 0, "woken": False,
            "sealed_state": self._seal(state, flow_id), "created_at": now, "updated_at": now,
        }  # fmt: skip
        async with self._database.writing() as connection:
            added = await connection.execute(insert_into(flow).values(row).on_conflict_do_nothing())
            if added.rowcount != 1:
                raise Conflict("这件事已经在办理中，请查看进度。")
            await self._announce(connection)
        return flow_id

    async def wake(self, kind: str, subject_id: str, state: Mapping[str, Json], now: datetime) -> bool:
        live = (flow.c.kind == kind, flow.c.subject_id == subject_id, flow.c.status != "FINISHED")
        async with self._database.writing() as connection:
            row = (await connection.execute(select(flow).where(*live).with_for_update())).one_or_none()
            if row is None:
                return False
            if row.status == "WAITING":
                merged = self._seal({**self._open(row, row.sealed_state), **state}, row.id)
                values = {"status": "READY", "owner": _CITY, "due_at": now, "run_at": now, "sealed_state": merged}
                await self._announce(connection)
            else:  # a step is under way, to be tried again or parked: its next wait ends at once
                values = {
                    "woken": True,
                    "sealed_signal": self._seal({**self._open(row, row.sealed_signal), **state}, row.id),
                }
            await connection.execute(update(flow).where(flow.c.id == row.id).values(**values, updated_at=now))
            return True

    async def due(self, kinds: Sequence[str]) -> datetime | None:
        async with self._database.reading() as connection:
            moment: datetime | None = await connection.scalar(due_query(kinds))
        return moment

    async def claim(self, kinds: Sequence[str], now: datetime, lease_ends: datetime, limit: int) -> list[Claim]:
        due = claim_query(kinds, now, limit).cte("due")  # as a subquery PostgreSQL might run it more than once
        taken = {
            "status": "READY", "run_at": lease_ends, "owner": _CITY,
            "tries": flow.c.tries + 1, "version": flow.c.version + 1, "unanswered": flow.c.unanswered + 1,
            "updated_at": now,
        }  # fmt: skip
        async with self._database.writing() as connection:
            rows = await connection.execute(
                update(flow).where(flow.c.id.in_(select(due.c.id))).values(taken).returning(*flow.c)
            )
        taken_rows = sorted(rows, key=lambda row: (row.due_at, row.id))
        return [Claim(self._attempt(row), row.version, row.unanswered - 1) for row in taken_rows]

    async def free(self, now: datetime) -> int:
        if not self._database.is_sqlite:
            return 0
        held = (flow.c.run_at > now, flow.c.status == "READY", flow.c.unanswered > 0)
        async with self._database.writing() as connection:
            return (await connection.execute(update(flow).where(*held).values(run_at=now))).rowcount

    async def save(self, claim: Claim, outcome: Advance | Wait | Finish, now: datetime) -> None:
        async with self._database.writing() as connection:
            row = await self._held(connection, claim)
            values: dict[str, Any] = {
                "sequence": row.sequence + 1, "tries": 0, "unanswered": 0, "last_error": None, "updated_at": now,
            }  # fmt: skip
            if isinstance(outcome, Finish):
                values |= {"status": "FINISHED", "run_at": None, "woken": False, "sealed_signal": None}
            else:
                state = dict(self._open(row, row.sealed_state) if outcome.state is None else outcome.state)
                due_at = (outcome.until if isinstance(outcome, Wait) else outcome.due_at) or now
                values |= {"status": "READY", "owner": _CITY, "step": outcome.step}
                if isinstance(outcome, Wait) and row.woken:
                    due_at, state = now, {**state, **self._open(row, row.sealed_signal)}
                    values |= {"woken": False, "sealed_signal": None}
                elif isinstance(outcome, Wait):
                    values |= {"status": "WAITING", "owner": outcome.owner}
                values |= {"due_at": due_at, "run_at": due_at, "sealed_state": self._seal(state, row.id)}
            await connection.execute(update(flow).where(flow.c.id == row.id).values(values))
            finished = {"flow_id": row.id, "sequence": row.sequence, "step": row.step, "tries": row.tries}
            await connection.execute(insert(flow_step).values(**finished, finished_at=now))

    async def retry(self, claim: Claim, at: datetime, error: str) -> None:
        await self._set(claim, run_at=at, unanswered=0, last_error=error[:64])

    async def park(self, claim: Claim, error: str) -> None:
        await self._set(claim, status="STUCK", run_at=None, last_error=error[:64])

    async def release(self, flow_id: str, now: datetime) -> None:
        again = {"status": "READY", "run_at": now, "tries": 0, "unanswered": 0, "updated_at": now}
        async with self._database.writing() as connection:
            status = await connection.scalar(select(flow.c.status).where(flow.c.id == flow_id).with_for_update())
            if status is None:
                raise NotFound()
            if status != "STUCK":
                raise Conflict()
            await connection.execute(update(flow).where(flow.c.id == flow_id).values(again))
            await self._announce(connection)

    async def view(self, kind: str, subject_id: str) -> FlowView | None:
        newest = select(flow).where(flow.c.kind == kind, flow.c.subject_id == subject_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(newest.order_by(flow.c.created_at.desc()).limit(1))).one_or_none()
            if row is None:
                return None
            finished = select(flow_step.c.step, flow_step.c.finished_at).where(flow_step.c.flow_id == row.id)
            steps = (await connection.execute(finished.order_by(flow_step.c.sequence))).all()
        return _view(row, tuple((step.step, step.finished_at) for step in steps))

    async def sizes(self) -> Mapping[str, int]:
        live = select(flow.c.status, func.count()).where(one_live).group_by(flow.c.status)
        async with self._database.reading() as connection:
            counted: dict[str, int] = {row.status: row[1] for row in (await connection.execute(live)).all()}
        return {status: counted.get(status, 0) for status in ("READY", "WAITING", "STUCK")}

    async def stuck(self, limit: int) -> list[FlowView]:
        stuck = select(flow).where(parked).order_by(flow.c.due_at).limit(limit)
        async with self._database.reading() as connection:
            return [_view(row, ()) for row in (await connection.execute(stuck)).all()]

    @contextlib.asynccontextmanager
    async def listening(self, wake: Callable[[], None]) -> AsyncIterator[None]:
        self._wakers.add(wake)
        listener = None if self._database.is_sqlite else asyncio.create_task(self._listen(wake), name="durable listen")
        try:
            yield
        finally:
            self._wakers.discard(wake)
            if listener is not None:
                listener.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await listener

    async def _listen(self, wake: Callable[[], None]) -> None:
        while True:
            with contextlib.suppress(OSError, StoreDown, SQLAlchemyError):  # polling goes on meanwhile
                async with self._database.engine.connect() as connection:
                    driver: Any = (await connection.get_raw_connection()).driver_connection
                    gone = asyncio.Event()
                    try:
                        driver.add_termination_listener(lambda _, gone=gone: gone.set())
                        await driver.add_listener(_CHANNEL, lambda *_: wake())
                        wake()
                        await gone.wait()
                    finally:
                        await connection.invalidate()  # nobody else may get a connection that listens
            await asyncio.sleep(_LISTEN_AGAIN_SECONDS)

    async def _announce(self, connection: Any) -> None:
        """After the commit, wake this worker's engine; on PostgreSQL every other's too."""
        for wake in self._wakers:
            self._database.after_commit(wake)
        if not self._database.is_sqlite:
            await connection.execute(select(func.pg_notify(_CHANNEL, "")))

    async def _set(self, claim: Claim, **values: Any) -> None:
        async with self._database.writing() as connection:
            row = await self._held(connection, claim)
            await connection.execute(update(flow).where(flow.c.id == row.id).values(values))

    async def _held(self, connection: Any, claim: Claim) -> Row[Any]:
        attempt = claim.attempt  # its sequence too: a commit may have moved the flow on and still looked failed
        step = (flow.c.id == attempt.flow_id, flow.c.sequence == attempt.sequence)
        mine = select(flow).where(*step, flow.c.version == claim.version, flow.c.run_at.is_not(None))
        row: Row[Any] | None = (await connection.execute(mine.with_for_update())).one_or_none()
        if row is None:
            raise LeaseLost
        return row

    def _attempt(self, row: Row[Any]) -> Attempt:
        state = self._open(row, row.sealed_state)
        return Attempt(row.id, row.kind, row.subject_id, row.step, row.sequence, row.tries, state, row.due_at)

    def _seal(self, state: Mapping[str, Json], flow_id: str) -> bytes:
        return self._sealer.seal_json(dict(state), f"flow.state:{flow_id}")

    def _open(self, row: Row[Any], sealed: bytes | None) -> dict[str, Json]:
        return dict(self._sealer.open_json(sealed, f"flow.state:{row.id}")) if sealed is not None else {}


def due_query(kinds: Sequence[str]) -> Select[Any]:
    """The engine's poll: one look at the head of the index `ix_flow_to_run`."""
    return select(flow.c.run_at).where(flow.c.run_at.is_not(None), _of(kinds)).order_by(flow.c.run_at).limit(1)


def claim_query(kinds: Sequence[str], now: datetime, limit: int) -> Select[Any]:
    """What is due, from the same index."""
    due = select(flow.c.id).where(flow.c.run_at <= now, _of(kinds)).order_by(flow.c.run_at).limit(limit)
    return due.with_for_update(skip_locked=True)


def _of(kinds: Sequence[str]) -> ColumnElement[bool]:
    return (flow.c.kind + "").in_(kinds)  # an expression, lest SQLite picks an index that begins with the kind


def _view(row: Row[Any], history: tuple[tuple[str, datetime], ...]) -> FlowView:
    where = (row.step, row.status, row.owner, row.due_at, row.tries, row.last_error)
    return FlowView(row.id, row.kind, row.subject_id, *where, history)

"""Sign-ins under way, sessions and refresh tokens in the store."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, literal, null, or_, select, union_all, update

from services.adapters.store.database import Database
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.identity import refresh_token, relation, session, sign_in
from services.identity.model import (
    Ended,
    PendingSignIn,
    RefreshToken,
    Session,
    SignInPurpose,
)
from services.kernel.clock import Clock
from services.kernel.principal import Assurance, Subject, SubjectKind

SESSIONS_KEPT = timedelta(days=30)
"""How long a session that is over is still known: long enough to look into a stolen token."""


class SqlSignInStore:
    """`services.identity.ports.SignInStore`."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    async def begin(self, pending: PendingSignIn) -> None:
        request = {
            "purpose": pending.purpose.value,
            "nonce": pending.nonce,
            "verifier": pending.verifier,
            "redirect_uri": pending.redirect_uri,
            "device": pending.device,
            "assurance": int(pending.assurance),
            "session_id": pending.session_id,
            "started_at": pending.started_at.isoformat(),
            "app_challenge": pending.app_challenge,
        }
        async with self._database.writing() as connection:
            await connection.execute(delete(sign_in).where(sign_in.c.expires_at < self._clock.now()))
            await connection.execute(
                sign_in.insert().values(
                    state_hash=pending.state_hash,
                    sealed_request=self._sealer.seal_json(request, _request_place(pending.state_hash)),
                    expires_at=pending.expires_at,
                )
            )

    async def claim(self, state_hash: str, key_hash: str) -> PendingSignIn | None:
        async with self._database.writing() as connection:
            claimed = await connection.execute(
                update(sign_in)
                .where(sign_in.c.state_hash == state_hash, sign_in.c.claimed_by.is_(None))
                .values(claimed_by=key_hash)
            )
        return await self.peek(state_hash) if claimed.rowcount == 1 else None

    async def peek(self, state_hash: str) -> PendingSignIn | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(sign_in).where(sign_in.c.state_hash == state_hash))).one_or_none()
        if row is None:
            return None
        request = self._sealer.open_json(row.sealed_request, _request_place(state_hash))
        return PendingSignIn(
            state_hash=state_hash,
            purpose=SignInPurpose(request["purpose"]),
            nonce=request["nonce"],
            verifier=request["verifier"],
            redirect_uri=request["redirect_uri"],
            device=request["device"],
            assurance=Assurance(request["assurance"]),
            session_id=request["session_id"],
            started_at=datetime.fromisoformat(request["started_at"]),
            expires_at=row.expires_at,
            app_challenge=request["app_challenge"],
            claimed_by=row.claimed_by,
        )

    async def release(self, state_hash: str, key_hash: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(sign_in)
                .where(sign_in.c.state_hash == state_hash, sign_in.c.claimed_by == key_hash)
                .values(claimed_by=None)
            )


class SqlSessionStore:
    """`services.identity.ports.SessionStore`."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def open(self, opened: Session, token: RefreshToken) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                session.insert().values(
                    id=opened.id,
                    person_id=opened.person_id,
                    sealed_device=self._sealer.seal(opened.device.encode(), _device_place(opened.id)),
                    assurance=int(opened.assurance),
                    subject_kind=opened.subject.kind.value,
                    subject_id=opened.subject.id,
                    authenticated_at=opened.authenticated_at,
                    created_at=opened.created_at,
                    last_used_at=opened.last_used_at,
                    idle_expires_at=token.expires_at,
                    expires_at=opened.expires_at,
                )
            )
            await connection.execute(refresh_token.insert().values(_token_values(token)))

    async def get(self, session_id: str) -> Session | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(session).where(session.c.id == session_id))).one_or_none()
        return None if row is None else self._session(row)

    async def of_person(self, person_id: str, now: datetime) -> Sequence[Session]:
        statement = (
            select(session)
            .where(session.c.person_id == person_id, session.c.ended_at.is_(None))
            .where(session.c.expires_at > now, session.c.idle_expires_at > now)
            .order_by(session.c.last_used_at.desc(), session.c.id)
            .limit(100)
        )
        async with self._database.reading() as connection:
            return [self._session(row) for row in await connection.execute(statement)]

    async def token(self, token_hash: str) -> RefreshToken | None:
        statement = select(refresh_token).where(refresh_token.c.token_hash == token_hash)
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            return None
        return RefreshToken(row.token_hash, row.session_id, row.issued_at, row.expires_at, row.used_at, row.used_key)

    async def replace(self, token_hash: str, key_hash: str, successor: RefreshToken) -> bool:
        async with self._database.writing() as connection:
            used = await connection.execute(
                update(refresh_token)
                .where(refresh_token.c.token_hash == token_hash, refresh_token.c.used_at.is_(None))
                .values(used_at=successor.issued_at, used_key=key_hash)
            )
            if used.rowcount != 1:
                return False
            # Its time over, a token opens nothing and proves no theft: only then is it forgotten.
            await connection.execute(
                delete(refresh_token).where(
                    refresh_token.c.session_id == successor.session_id,
                    refresh_token.c.expires_at < successor.issued_at,
                )
            )
            await connection.execute(refresh_token.insert().values(_token_values(successor)))
            await connection.execute(
                update(session)
                .where(session.c.id == successor.session_id)
                .values(last_used_at=successor.issued_at, idle_expires_at=successor.expires_at)
            )
        return True

    async def raise_assurance(
        self, session_id: str, assurance: Assurance, step_up: Assurance | None, until: datetime | None
    ) -> None:
        values = {"assurance": int(assurance), "step_up": None if step_up is None else int(step_up)}
        async with self._database.writing() as connection:
            await connection.execute(
                update(session).where(session.c.id == session_id).values(step_up_until=until, **values)
            )

    async def act_for(self, session_id: str, subject: Subject) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(session)
                .where(session.c.id == session_id)
                .values(subject_kind=subject.kind.value, subject_id=subject.id)
            )

    async def end(self, session_ids: Sequence[str], now: datetime, reason: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(session)
                .where(session.c.id.in_(session_ids), session.c.ended_at.is_(None))
                .values(ended_at=now, ended_reason=reason)
            )

    async def end_others(self, person_id: str, session_id: str, now: datetime, reason: str) -> int:
        live = (session.c.ended_at.is_(None), session.c.expires_at > now, session.c.idle_expires_at > now)
        async with self._database.writing() as connection:
            ended = await connection.execute(
                update(session)
                .where(session.c.person_id == person_id, session.c.id != session_id, *live)
                .values(ended_at=now, ended_reason=reason)
            )
        return ended.rowcount

    async def purge(self, before: datetime) -> int:
        """Forget sessions that ended or expired before `before`, with their refresh tokens; how many."""
        over = or_(session.c.ended_at < before, session.c.idle_expires_at < before)
        old = select(session.c.id).where(over)
        async with self._database.writing() as connection:
            await connection.execute(delete(refresh_token).where(refresh_token.c.session_id.in_(old)))
            return (await connection.execute(delete(session).where(over))).rowcount

    async def ended_since(self, moment: datetime) -> Sequence[Ended]:
        statement = union_all(
            select(
                session.c.id.label("session_id"),
                session.c.person_id,
                null().label("subject_kind"),
                null().label("subject_id"),
                session.c.ended_at,
            ).where(session.c.ended_at >= moment),
            select(
                literal(None).label("session_id"),
                relation.c.person_id,
                relation.c.subject_kind,
                relation.c.subject_id,
                relation.c.ended_at,
            ).where(relation.c.ended_at >= moment),
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [
            Ended(
                row.session_id,
                row.person_id,
                None if row.subject_kind is None else Subject(SubjectKind(row.subject_kind), row.subject_id),
                row.ended_at,
            )
            for row in rows
        ]

    def _session(self, row: Row[Any]) -> Session:
        return Session(
            id=row.id,
            person_id=row.person_id,
            device=self._sealer.open(row.sealed_device, _device_place(row.id)).decode(),
            assurance=Assurance(row.assurance),
            subject=Subject(SubjectKind(row.subject_kind), row.subject_id),
            authenticated_at=row.authenticated_at,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            step_up=None if row.step_up is None else Assurance(row.step_up),
            step_up_until=row.step_up_until,
            ended_at=row.ended_at,
        )


def _token_values(token: RefreshToken) -> dict[str, Any]:
    return {
        "token_hash": token.token_hash,
        "session_id": token.session_id,
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
    }


def _request_place(state_hash: str) -> str:
    return f"sign_in.request:{state_hash}"


def _device_place(session_id: str) -> str:
    return f"session.device:{session_id}"

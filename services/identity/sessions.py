"""Sessions: opened by sign-in, carried on by rotating refresh tokens, ended one by one."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.identity.errors import (
    RefreshTokenReused,
    SessionEnded,
    SessionExpired,
    SubjectNotAllowed,
    TokenInvalid,
)
from services.identity.model import (
    REFRESH_IDLE_LIFE,
    REPEAT_GRACE,
    SESSION_LIFE,
    ProvenIdentity,
    RefreshToken,
    Relation,
    RelationKind,
    Session,
    Tokens,
    self_subject,
)
from services.identity.ports import PeopleStore, SessionStore
from services.identity.revocations import Revocations
from services.identity.tokens import AccessTokens
from services.kernel.clock import Clock
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.principal import Principal, Subject
from services.kernel.unit_of_work import Idempotency, Json

_TOKEN_LENGTH = 43  # 32 bytes in base64url


class Sessions:
    """All that happens to a session after sign-in."""

    def __init__(
        self,
        store: SessionStore,
        people: PeopleStore,
        tokens: AccessTokens,
        revocations: Revocations,
        idempotency: Idempotency,
        clock: Clock,
    ) -> None:
        self._store = store
        self._people = people
        self._tokens = tokens
        self._revocations = revocations
        self._idempotency = idempotency
        self._clock = clock

    async def open(self, person_id: str, proven: ProvenIdentity, device: str) -> tuple[str, str]:
        """A new session; returns its id and its first refresh token. Joins the open unit of work."""
        now = self._clock.now()
        session = Session(
            id=new_id(),
            person_id=person_id,
            device=device,
            assurance=proven.assurance,
            subject=self_subject(person_id),
            authenticated_at=proven.authenticated_at,
            created_at=now,
            last_used_at=now,
            expires_at=now + SESSION_LIFE,
        )
        token, row = _new_refresh_token(session, now)
        await self._store.open(session, row)
        return session.id, token

    async def tokens_for(self, session_id: str, refresh_token: str | None, subject: Subject | None = None) -> Tokens:
        """A fresh access token of this session, for `subject` or the one it acts for now.

        A subject that the person may no longer act for is replaced by the person's own self, unless it
        is asked for: then raises `SubjectNotAllowed`.
        """
        session = await self._store.get(session_id)
        if session is None or session.ended_at is not None:
            raise SessionEnded()
        wanted = subject or session.subject
        try:
            relation = await self.relation(session.person_id, wanted)
        except SubjectNotAllowed:
            if subject is not None:
                raise
            wanted, relation = self_subject(session.person_id), None
        until = None if relation is None else relation.valid_until
        access_token, expires_at = await self._tokens.issue(session, wanted, until)
        return Tokens(access_token, expires_at, refresh_token, replace(session, subject=wanted))

    async def refresh(self, refresh_token: str, idempotency_key: str) -> Tokens:
        """New tokens for a refresh token, which is used up.

        The same token with the same key within a minute gets the same successor (an answer may be lost
        on the way); any other second use ends the session. Of two calls at once exactly one wins.
        Raises `TokenInvalid`, `SessionExpired`, `SessionEnded`, `RefreshTokenReused`.
        """
        if len(refresh_token) != _TOKEN_LENGTH or not refresh_token.isascii():
            raise TokenInvalid()
        token_hash, key_hash = hash_of(refresh_token), hash_of(idempotency_key)
        known = await self._store.token(token_hash)
        if known is None:
            raise TokenInvalid()
        now = self._clock.now()
        if known.used_at is not None and (known.used_key != key_hash or now - known.used_at > REPEAT_GRACE):
            await self._end_for_reuse(known.session_id)
        session = await self._store.get(known.session_id)
        if session is None or session.ended_at is not None:
            raise SessionEnded()
        if now >= known.expires_at or now >= session.expires_at:
            raise SessionExpired()

        async def run() -> Json:
            successor, row = _new_refresh_token(session, now)
            won = await self._store.replace(token_hash, key_hash, row)
            return {"token": successor if won else None}

        answer = await self._idempotency.once(f"identity.refresh:{token_hash}", idempotency_key, {}, run)
        if answer["token"] is None:
            await self._end_for_reuse(known.session_id)
        return await self.tokens_for(known.session_id, answer["token"])

    async def list(self, person_id: str) -> Sequence[Session]:
        """The person's live sessions, the last used first; at most 100."""
        return await self._store.of_person(person_id, self._clock.now())

    async def get(self, principal: Principal, session_id: str) -> Session:
        """One live session of the person. Raises `NotFound`, also for somebody else's."""
        found = next((one for one in await self.list(principal.person_id) if one.id == session_id), None)
        if found is None:
            raise NotFound()
        return found

    async def end(self, principal: Principal, session_id: str, idempotency_key: str) -> str:
        """End one of the person's own sessions, at once on all workers. Raises `NotFound`."""

        async def run() -> Json:
            await self.get(principal, session_id)
            await self._store.end([session_id], self._clock.now(), "CITIZEN")
            return session_id

        ended: str = await self._idempotency.once(
            f"identity.endSession:{principal.person_id}", idempotency_key, {"session": session_id}, run
        )
        await self._revocations.announce()
        return ended

    async def end_others(self, principal: Principal, idempotency_key: str) -> int:
        """End all of the person's sessions but the one that asks; returns how many."""

        async def run() -> Json:
            now = self._clock.now()
            return await self._store.end_others(principal.person_id, principal.session_id, now, "CITIZEN")

        count: int = await self._idempotency.once(
            f"identity.endOtherSessions:{principal.person_id}",
            idempotency_key,
            {"session": principal.session_id},
            run,
        )
        await self._revocations.announce()
        return count

    async def act_for(self, principal: Principal, subject: Subject, idempotency_key: str) -> Tokens:
        """Go on in the name of `subject`: a new access token. Raises `SubjectNotAllowed`."""

        async def run() -> Json:
            await self.relation(principal.person_id, subject)
            await self._store.act_for(principal.session_id, subject)
            return None

        await self._idempotency.once(
            f"identity.actFor:{principal.person_id}",
            idempotency_key,
            {"session": principal.session_id, "kind": subject.kind.value, "id": subject.id},
            run,
        )
        return await self.tokens_for(principal.session_id, None, subject)

    async def relation(self, person_id: str, subject: Subject) -> Relation | None:
        """By what right the person acts for the subject now; None for themselves. Raises `SubjectNotAllowed`."""
        if subject == self_subject(person_id):
            return None
        now = self._clock.now()
        for relation in await self._people.relations(person_id):
            if relation.subject == subject and relation.kind is not RelationKind.SELF and relation.holds_at(now):
                return relation
        raise SubjectNotAllowed()

    async def _end_for_reuse(self, session_id: str) -> None:
        await self._store.end([session_id], self._clock.now(), "REFRESH_TOKEN_REUSED")
        await self._revocations.announce()
        raise RefreshTokenReused()


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _new_refresh_token(session: Session, now: datetime) -> tuple[str, RefreshToken]:
    token = secrets.token_urlsafe(32)
    ends = min(now + REFRESH_IDLE_LIFE, session.expires_at)
    return token, RefreshToken(hash_of(token), session.id, now, ends)

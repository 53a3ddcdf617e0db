"""Which sessions and relations ended while access tokens of theirs still live.

Each worker keeps the endings of the last `WINDOW` in memory and reads what is new from the store when its
knowledge is older than `BOUND`, or at once when another worker signals an ending. So an ended session is
refused on every worker at once, and within `BOUND` even when the signal is lost. When the store cannot be
asked, tokens are not believed: `StoreDown`.
"""

import asyncio
from datetime import datetime, timedelta

from services.identity.errors import SessionEnded, SubjectNotAllowed
from services.identity.model import ACCESS_TOKEN_LIFE
from services.identity.ports import SessionStore
from services.identity.tokens import AccessClaims
from services.kernel.clock import Clock
from services.kernel.events import EventBus
from services.kernel.principal import Subject

BOUND = timedelta(seconds=2)
OVERLAP = timedelta(seconds=60)
"""Read again what ended shortly before the last look: clocks differ, and transactions commit late."""
WINDOW = ACCESS_TOKEN_LIFE + OVERLAP
TOPIC = "identity.ended"


class Revocations:
    """Endings known to this worker."""

    def __init__(self, store: SessionStore, clock: Clock, events: EventBus) -> None:
        self._store = store
        self._clock = clock
        self._events = events
        self._sessions: dict[str, datetime] = {}
        self._relations: dict[tuple[str, Subject], datetime] = {}
        self._looked_at: datetime | None = None
        self._stale = True
        self._lock = asyncio.Lock()

    async def check(self, claims: AccessClaims) -> None:
        """Raise `SessionEnded` or `SubjectNotAllowed` when the token's ground is gone."""
        now = self._clock.now()
        if self._stale or self._looked_at is None or now - self._looked_at >= BOUND:
            await self._look(now)
        if claims.session_id in self._sessions:
            raise SessionEnded()
        ended = self._relations.get((claims.person_id, claims.subject))
        if ended is not None and claims.issued_at <= ended.timestamp():
            raise SubjectNotAllowed()
        if claims.subject_until is not None and now.timestamp() >= claims.subject_until:
            raise SubjectNotAllowed()

    async def announce(self) -> None:
        """Something ended, and is committed: look again here, and have all workers look."""
        self._stale = True
        await self._events.publish(TOPIC)  # if it is lost, others see the ending within `BOUND`

    async def listen(self) -> None:
        """Runs until cancelled: marks our knowledge stale at each signal."""
        async for _ in self._events.listen(TOPIC):
            self._stale = True

    async def _look(self, now: datetime) -> None:
        async with self._lock:
            if not self._stale and self._looked_at is not None and now - self._looked_at < BOUND:
                return
            self._stale = False
            since = now - WINDOW if self._looked_at is None else self._looked_at - OVERLAP
            try:
                endings = await self._store.ended_since(max(since, now - WINDOW))
            except BaseException:
                self._stale = True
                raise
            for ending in endings:
                if ending.session_id is not None:
                    self._sessions[ending.session_id] = ending.at
                elif ending.subject is not None:
                    self._relations[ending.person_id, ending.subject] = ending.at
            self._looked_at = now
            self._forget(now - WINDOW)

    def _forget(self, before: datetime) -> None:
        for session_id in [one for one, at in self._sessions.items() if at < before]:
            del self._sessions[session_id]
        for relation in [one for one, at in self._relations.items() if at < before]:
            del self._relations[relation]

"""Identity as the gateway and other domains see it: who a token is, who a person is, for whom they may act."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from services.identity.model import Company, Person, Relation, RelationKind, self_subject
from services.identity.ports import IdentityProvider, PeopleStore, SessionStore, SignInStore
from services.identity.revocations import Revocations
from services.identity.sessions import Sessions
from services.identity.sign_in import SignIn, SignInRules
from services.identity.tokens import AccessTokens
from services.kernel.clock import Clock
from services.kernel.errors import NotFound
from services.kernel.events import EventBus
from services.kernel.fast_state import FastState
from services.kernel.principal import Principal, Subject, SubjectKind
from services.kernel.signing import SigningKeys
from services.kernel.unit_of_work import Idempotency


class IdentityService:
    """`sign_in` and `sessions` hold the flows; what all others need is here."""

    def __init__(
        self,
        *,
        provider: IdentityProvider,
        sign_ins: SignInStore,
        people: PeopleStore,
        sessions: SessionStore,
        keys: SigningKeys,
        fast_state: FastState,
        events: EventBus,
        idempotency: Idempotency,
        clock: Clock,
        issuer: str,
        client_id: str,
        rules: SignInRules,
    ) -> None:
        self._people = people
        self._clock = clock
        self._tokens = AccessTokens(keys, clock, issuer, client_id)
        self._revocations = Revocations(sessions, clock, events)
        self.sessions = Sessions(sessions, people, self._tokens, self._revocations, idempotency, clock)
        self.sign_in = SignIn(
            provider,
            sign_ins,
            people,
            self.sessions,
            sessions,
            fast_state,
            idempotency,
            clock,
            rules,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hears of sessions that other workers end, while the block runs."""
        listener = asyncio.create_task(self._revocations.listen(), name="identity.ended")
        try:
            yield
        finally:
            listener.cancel()
            with suppress(asyncio.CancelledError):
                await listener

    async def authenticate(self, access_token: str) -> Principal:
        """Who asks. Reads the store at most once in two seconds, whatever the number of requests.

        Raises `TokenInvalid`, `TokenExpired`, `SessionEnded`, `SubjectNotAllowed`, `StoreDown`.
        """
        claims = await self._tokens.verify(access_token)
        await self._revocations.check(claims)
        assurance = claims.assurance_at(self._clock.now().timestamp())
        return Principal(claims.person_id, claims.session_id, assurance, claims.subject)

    async def person(self, person_id: str) -> Person:
        """A natural person's data, from the store. Raises `NotFound`."""
        found = await self._people.person(person_id)
        if found is None:
            raise NotFound()
        return found

    async def company(self, company_id: str) -> Company:
        """A company's data. Raises `NotFound`."""
        found = await self._people.company(company_id)
        if found is None:
            raise NotFound()
        return found

    async def party(self, subject: Subject) -> Person | Company:
        """Whoever the subject is. Raises `NotFound`."""
        if subject.kind is SubjectKind.PERSON:
            return await self.person(subject.id)
        return await self.company(subject.id)

    async def relations(self, person_id: str) -> Sequence[Relation]:
        """For whom the person may act now: themselves, children by age, companies by name."""
        now = self._clock.now()
        own = Relation(self_subject(person_id), RelationKind.SELF, await self.person(person_id), None)
        others = (one for one in await self._people.relations(person_id) if one.holds_at(now))
        return [own, *sorted(others, key=_order)]


def _order(relation: Relation) -> tuple[bool, str, str]:
    """Children by birth date, then companies by name."""
    party = relation.party
    if isinstance(party, Person):
        return False, party.birth_date.isoformat(), party.id
    return True, party.name, party.id

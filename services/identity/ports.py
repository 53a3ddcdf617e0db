"""What identity needs from outside: the identity provider, the store, and keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.identity.model import (
    Company,
    Ended,
    PendingSignIn,
    Person,
    ProvenIdentity,
    RefreshToken,
    Relation,
    Session,
)
from services.kernel.principal import Assurance, Subject


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What the citizen's browser is sent to the identity provider with."""

    state: str
    nonce: str
    code_challenge: str
    redirect_uri: str
    assurance: Assurance
    fresh: bool
    """Ask for a new authentication even when the provider remembers one: step-up."""


@dataclass(frozen=True, slots=True)
class CodeExchange:
    """What came back, and what the start of this sign-in knows of it."""

    code: str
    verifier: str
    nonce: str
    redirect_uri: str
    authenticated_after: datetime | None
    """Refuse an authentication older than this; None takes a remembered one."""


class IdentityProvider(Protocol):
    """The provincial identity provider (OIDC). Raises `DepartmentDown` when it does not answer properly."""

    async def authorization_url(self, request: AuthorizationRequest) -> str:
        """Where to send the citizen. Repeatable."""

    async def exchange(self, exchange: CodeExchange) -> ProvenIdentity:
        """Who signed in. Not repeatable: a code is used once. Raises `SignInRefused`, `IdentityNotProven`."""

    async def issuer(self) -> str:
        """The provider's own name, to compare with ``iss`` of its redirect (RFC 9207)."""


class SignInStore(Protocol):
    """Sign-ins under way."""

    async def begin(self, pending: PendingSignIn) -> None: ...

    async def peek(self, state_hash: str) -> PendingSignIn | None:
        """The sign-in under this state, taken or not."""

    async def claim(self, state_hash: str, key_hash: str) -> PendingSignIn | None:
        """Take the state for this key. None when it is unknown or already taken: exactly one caller gets it."""

    async def release(self, state_hash: str, key_hash: str) -> None:
        """Give the state back after the provider was down."""


class PeopleStore(Protocol):
    """Persons, companies and relations, sealed at rest; found by keyed hash of their numbers."""

    async def save_person(self, proven: ProvenIdentity, now: datetime) -> str:
        """Keep what the provider says of the person, the children and the companies; relations that it
        no longer names end now. Returns the person's id, the same for the same id number."""

    async def person(self, person_id: str) -> Person | None: ...

    async def company(self, company_id: str) -> Company | None: ...

    async def relations(self, person_id: str) -> Sequence[Relation]:
        """Relations that have not ended, persons before companies; the person's own self is not among them."""


class SessionStore(Protocol):
    """Sessions and their refresh tokens."""

    async def open(self, session: Session, token: RefreshToken) -> None: ...

    async def get(self, session_id: str) -> Session | None: ...

    async def of_person(self, person_id: str, now: datetime) -> Sequence[Session]:
        """Live sessions, the last used first."""

    async def token(self, token_hash: str) -> RefreshToken | None: ...

    async def replace(self, token_hash: str, key_hash: str, successor: RefreshToken) -> bool:
        """Use a token up and keep its successor. False when it was used before: exactly one caller wins."""

    async def raise_assurance(
        self, session_id: str, assurance: Assurance, step_up: Assurance | None, until: datetime | None
    ) -> None: ...

    async def act_for(self, session_id: str, subject: Subject) -> None: ...

    async def end(self, session_ids: Sequence[str], now: datetime, reason: str) -> None:
        """End those that still live."""

    async def end_others(self, person_id: str, session_id: str, now: datetime, reason: str) -> int:
        """End all that live of the person but this one; how many. One statement."""

    async def ended_since(self, moment: datetime) -> Sequence[Ended]:
        """Sessions and relations that ended at `moment` or later; one statement."""

"""People, whom they may act for, and their sessions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.kernel.clock import CHINA
from services.kernel.principal import Assurance, Subject, SubjectKind

ACCESS_TOKEN_LIFE = timedelta(minutes=15)
REFRESH_IDLE_LIFE = timedelta(days=14)
"""A session that is not refreshed for so long ends."""
SESSION_LIFE = timedelta(days=90)
"""No session lives longer, however often refreshed."""
STEP_UP_LIFE = timedelta(minutes=15)
SIGN_IN_LIFE = timedelta(minutes=10)
"""How long the citizen may take on the identity provider's page."""
REPEAT_GRACE = timedelta(seconds=60)
"""How long a repeated refresh with the same idempotency key gets the first answer; later it counts as reuse."""
CLOCK_SKEW = timedelta(seconds=60)
ADULT_AGE = 18
"""Guardianship ends at 18 (Civil Code art. 17)."""


@dataclass(frozen=True, slots=True)
class Child:
    """A child under guardianship, as the identity provider proves it."""

    name: str
    id_number: str
    gender: str
    birth_date: date
    region: str


@dataclass(frozen=True, slots=True)
class CompanyPower:
    """A company that the person may act for, as the identity provider proves it."""

    name: str
    uscc: str
    region: str
    valid_until: datetime | None
    legal_representative: bool


@dataclass(frozen=True, slots=True)
class ProvenIdentity:
    """What the identity provider says of the person who just signed in; checked by the adapter."""

    provider_id: str
    name: str
    id_number: str
    gender: str
    birth_date: date
    phone: str
    region: str
    assurance: Assurance
    authenticated_at: datetime
    children: tuple[Child, ...]
    companies: tuple[CompanyPower, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A natural person. `gender` is GB/T 2261.1; `region` a county code. Personal data: never log it."""

    id: str
    name: str
    id_number: str
    gender: str
    birth_date: date
    phone: str
    region: str

    @property
    def masked_name(self) -> str:
        """Family name, and one star for each other character: 张*."""
        return self.name[:1] + "*" * (len(self.name) - 1)

    @property
    def masked_id_number(self) -> str:
        """First three and last four: 371***********0011."""
        return _masked(self.id_number)

    @property
    def masked_phone(self) -> str:
        return _masked(self.phone)


@dataclass(frozen=True, slots=True)
class Company:
    """A company. Its name and USCC are public."""

    id: str
    name: str
    uscc: str
    region: str


class RelationKind(StrEnum):
    """By what right the person acts."""

    SELF = "SELF"
    GUARDIAN = "GUARDIAN"
    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE"
    AGENT = "AGENT"


@dataclass(frozen=True, slots=True)
class Relation:
    """For whom a person may act. `valid_until` is exclusive: a child's eighteenth birthday, a power's end."""

    subject: Subject
    kind: RelationKind
    party: Person | Company
    valid_until: datetime | None

    def holds_at(self, moment: datetime) -> bool:
        return self.valid_until is None or moment < self.valid_until


class SignInPurpose(StrEnum):
    SIGN_IN = "SIGN_IN"
    STEP_UP = "STEP_UP"


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in between its start and the citizen's return. Kept sealed under the hash of `state`."""

    state_hash: str
    purpose: SignInPurpose
    nonce: str
    verifier: str
    redirect_uri: str
    device: str
    assurance: Assurance
    session_id: str | None
    started_at: datetime
    expires_at: datetime
    app_challenge: str | None = None
    """PKCE between the app and us: who completes must know its verifier."""
    claimed_by: str | None = None
    """Hash of the idempotency key and the code that took it; a state is used once."""


@dataclass(frozen=True, slots=True)
class Session:
    """One device's sign-in."""

    id: str
    person_id: str
    device: str
    assurance: Assurance
    subject: Subject
    authenticated_at: datetime
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    step_up: Assurance | None = None
    step_up_until: datetime | None = None
    ended_at: datetime | None = None

    def assurance_at(self, moment: datetime) -> Assurance:
        """The session's own level, or the stepped-up one while that lasts."""
        if self.step_up is not None and self.step_up_until is not None and moment < self.step_up_until:
            return max(self.assurance, self.step_up)
        return self.assurance


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token as stored: by its hash. Used once; `used_key` is the hash of the idempotency key that did."""

    token_hash: str
    session_id: str
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    used_key: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """Something that ended before its tokens did: a session, or a person's right to act for a subject."""

    session_id: str | None
    person_id: str
    subject: Subject | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the app gets after sign-in, refresh, step-up or a change of subject. Times in UTC."""

    access_token: str
    expires_at: datetime
    refresh_token: str | None
    """Given at sign-in and refresh only; 256 random bits."""
    session: Session


def eighteenth_birthday(birth_date: date) -> datetime:
    """The moment the person comes of age in China; for 29 February, 1 March of a common year."""
    year = birth_date.year + ADULT_AGE
    try:
        day = birth_date.replace(year=year)
    except ValueError:
        day = date(year, 3, 1)
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)


def self_subject(person_id: str) -> Subject:
    return Subject(SubjectKind.PERSON, person_id)


def _masked(number: str) -> str:
    if len(number) < 8:
        return "*" * len(number)
    return number[:3] + "*" * (len(number) - 7) + number[-4:]

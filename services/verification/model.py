"""A presentation's life, what a verifier learns, and the line that the holder's access ledger keeps.

WAITING ──▶ SCANNED       once, by whoever was first
        ──▶ CANCELLED     by the holder, before a scan
        ──▶ EXPIRED       after 60 s; a scan may still follow within the clock skew
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from certs_schema.presentation import LIFE_SECONDS
from certs_schema.verifier.token import SKEW_SECONDS
from services.kernel.principal import Subject

LIFE = timedelta(seconds=LIFE_SECONDS)
SKEW = timedelta(seconds=SKEW_SECONDS)
MEMORY = LIFE + SKEW + timedelta(minutes=3)
"""How long the fast state remembers a presentation: until nobody can use it, and a little for its holder to look."""
VIEW_LIFE = timedelta(seconds=150)
"""How long one worker shows a certificate again without reading the store: two renewals."""


class Disclosure(StrEnum):
    """How much a presentation shows."""

    MINIMAL = "MINIMAL"


class PresentationState(StrEnum):
    """How a presentation stands."""

    WAITING = "WAITING"
    SCANNED = "SCANNED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


FINAL = frozenset({PresentationState.SCANNED, PresentationState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Shown:
    """A presentation as the fast state knows it: ids and times, nothing personal. Times are Unix seconds."""

    id: str
    jti: str
    subject: str
    person_id: str
    holder: Subject
    certificate_id: str
    disclosure: Disclosure
    issued_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Issued:
    """What the phone draws."""

    presentation_id: str
    token: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a presentation ended."""

    state: PresentationState
    at: datetime
    verifier: str | None = None
    """Who scanned; None: an anonymous scan."""
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class PresentationStatus:
    """What the holder sees of their presentation."""

    presentation_id: str
    certificate_id: str
    state: PresentationState
    expires_at: datetime
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """One line of the access ledger: who saw what, when, and what for."""

    id: str
    presentation_id: str
    holder: Subject
    certificate_id: str
    type_code: str
    disclosure: Disclosure
    fields: tuple[str, ...]
    """Keys of the fields that the answer held."""
    verifier: str | None
    purpose: str | None
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class Checked:
    """What a verifier learns of a good presentation. An anonymous one gets no `fields`."""

    type_code: str
    holder: str
    """Masked."""
    state_as_of: datetime
    checked_at: datetime
    expires_at: datetime
    fields: Mapping[str, str] = field(default_factory=dict)

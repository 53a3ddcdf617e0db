"""A certificate that somebody holds, and the states it can be in.

VALID ⇄ SUSPENDED     both ──▶ REVOKED (final)     both ──▶ SUPERSEDED (final)
VALID reads as EXPIRED once its last day has passed: time alone does that, no job is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from services.kernel.clock import CHINA
from services.kernel.principal import Subject


class CertificateState(StrEnum):
    """How a certificate stands. GB status codes: 有效 10; 已过期 02, 已撤销 04, 已换发 01."""

    VALID = "VALID"
    EXPIRED = "EXPIRED"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    SUPERSEDED = "SUPERSEDED"


MOVES: Mapping[CertificateState, frozenset[CertificateState]] = {
    CertificateState.VALID: frozenset(
        {CertificateState.SUSPENDED, CertificateState.REVOKED, CertificateState.SUPERSEDED}
    ),
    CertificateState.SUSPENDED: frozenset(
        {CertificateState.VALID, CertificateState.REVOKED, CertificateState.SUPERSEDED}
    ),
    CertificateState.REVOKED: frozenset(),
    CertificateState.SUPERSEDED: frozenset(),
}
"""Which stored state may follow which. EXPIRED is never stored."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. `claims` are the issuer's, in full: whoever shows them masks them first."""

    id: str
    holder: Subject
    type_code: str
    state: CertificateState
    """As stored; `state_at` is what holds at a moment."""
    claims: Mapping[str, Any]
    issuer: str
    valid_from: date
    valid_until: date | None
    """Last day on which it holds, in China; None: until something changes it."""
    source: str
    """Where it came from: an adapter's name, or ``application:<id>``."""
    as_of: datetime
    """When the source last confirmed it."""
    registered_at: datetime
    version: int = 1
    """Goes up by one with every change of state."""
    identifier: str | None = None
    """GB/T 36904 identifier as the issuer gave it; None where it gave none. Never made up."""

    def state_at(self, moment: datetime) -> CertificateState:
        """How it stands at `moment`."""
        last_day = self.valid_until
        if self.state is CertificateState.VALID and last_day and moment.astimezone(CHINA).date() > last_day:
            return CertificateState.EXPIRED
        return self.state

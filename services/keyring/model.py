"""A signing key's life as a timeline: which state it is in follows from the moment alone.

    NEXT ── active_from ──▶ ACTIVE ── successor's active_from ──▶ RETIRING ── + overlap ──▶ RETIRED

A key is published (NEXT) for at least `lead` before it signs, so that every cached key set knows it; it
stays published (RETIRING) for `overlap` after the last token it signed, so that this token can be checked
to its end. No worker has to be told of a change: all of them read the same timeline.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

ALGORITHM = "ES256"
"""The one algorithm of every key in the ring: ECDSA on P-256 with SHA-256 (RFC 7518 §3.4)."""

CLOCK_SKEW = timedelta(seconds=60)
KEY_SET_CACHE = timedelta(seconds=300)
"""How long others may keep the published key set: the `max-age` of the JWKS endpoint."""


class KeyPurpose(StrEnum):
    """What a key signs. A key never serves two purposes."""

    ACCESS = "ACCESS"
    PRESENTATION = "PRESENTATION"


class KeyState(StrEnum):
    """Where a key stands at a moment."""

    NEXT = "NEXT"
    ACTIVE = "ACTIVE"
    RETIRING = "RETIRING"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True)
class RotationRule:
    """How often keys of a purpose change, and how long old ones stay."""

    period: timedelta
    lead: timedelta
    """Published before use. At least the key-set cache, our own refresh and the clock skew."""
    overlap: timedelta
    """Published after use. At least the longest token life, the clock skew and the key-set cache."""


RULES: dict[KeyPurpose, RotationRule] = {
    # Access tokens live 15 minutes.
    KeyPurpose.ACCESS: RotationRule(timedelta(days=30), timedelta(hours=1), timedelta(minutes=30)),
    # Presentations live minutes; receipts filed on the same day must still check against the published set.
    KeyPurpose.PRESENTATION: RotationRule(timedelta(days=30), timedelta(hours=24), timedelta(hours=48)),
}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as stored. `sequence` counts from 1 within a purpose and is unique there."""

    kid: str
    purpose: KeyPurpose
    sequence: int
    algorithm: str
    private_key: bytes
    """PKCS #8, DER; sealed by the store."""
    published_at: datetime
    active_from: datetime
    revoked_at: datetime | None = None
    """Set when the key is compromised: from then on it neither signs nor verifies."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key to sign with. `private_key` is a ready key object: never parse a key per token."""

    kid: str
    algorithm: str
    private_key: EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A key to verify with; `algorithm` is the only one accepted for it."""

    kid: str
    algorithm: str
    public_key: EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key's timeline; nothing secret. The last two moments are open while there is no successor."""

    kid: str
    purpose: KeyPurpose
    sequence: int
    published_at: datetime
    active_from: datetime
    retiring_from: datetime | None
    retired_from: datetime | None

    def state_at(self, moment: datetime) -> KeyState:
        if self.retired_from is not None and moment >= self.retired_from:
            return KeyState.RETIRED
        if moment < self.active_from:
            return KeyState.NEXT
        if self.retiring_from is not None and moment >= self.retiring_from:
            return KeyState.RETIRING
        return KeyState.ACTIVE


def timeline(keys: Sequence[KeyRow], overlap: timedelta) -> list[KeyView]:
    """The timelines of one purpose's keys, by sequence.

    At any moment from the first `active_from` on, exactly one key is ACTIVE, unless every key that
    has started is revoked: then none is.
    """
    ordered = sorted(keys, key=lambda key: key.sequence)
    views = []
    for position, key in enumerate(ordered):
        # A key revoked before it started was never a successor; one revoked later still was.
        successors = [k for k in ordered[position + 1 :] if k.revoked_at is None or k.revoked_at > k.active_from]
        retiring = min((max(later.active_from, key.active_from) for later in successors), default=None)
        retired = None if retiring is None else retiring + overlap
        if key.revoked_at is not None:
            retiring = key.revoked_at if retiring is None else min(retiring, key.revoked_at)
            retired = key.revoked_at if retired is None else min(retired, key.revoked_at)
        views.append(KeyView(key.kid, key.purpose, key.sequence, key.published_at, key.active_from, retiring, retired))
    return views

"""The key ring: one set of signing keys per purpose, the same on every worker, rotated without downtime.

Keys are read from the store at most once in `REFRESH`, and once more in `RELOAD_INTERVAL` when a token
names a key that is not known; all other calls answer from memory. A flood of unknown key ids therefore
costs one store read per interval and worker.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.kernel.clock import Clock
from services.kernel.errors import NotFound, StoreDown
from services.keyring.errors import NoSigningKey, RotationUnderWay
from services.keyring.model import (
    ALGORITHM,
    CLOCK_SKEW,
    KEY_SET_CACHE,
    RULES,
    KeyPurpose,
    KeyRow,
    KeyState,
    KeyView,
    RotationRule,
    SigningKey,
    VerificationKey,
    timeline,
)
from services.keyring.ports import KeyStore

REFRESH = timedelta(seconds=60)
RELOAD_INTERVAL = timedelta(seconds=10)
MINIMUM_LEAD = KEY_SET_CACHE + REFRESH + CLOCK_SKEW
MAX_STALE = MINIMUM_LEAD
"""How long the ring works from memory while the store is down: shorter than any published key waits."""
HISTORY = timedelta(days=120)


class _Snapshot:
    """What the store told at one moment, and the key objects made of it."""

    def __init__(self, loaded_at: datetime, rows: Sequence[KeyRow], rules: dict[KeyPurpose, RotationRule]) -> None:
        self.loaded_at = loaded_at
        self.rows = {row.kid: row for row in rows}
        self.views = {
            purpose: timeline([row for row in rows if row.purpose is purpose], rule.overlap)
            for purpose, rule in rules.items()
        }
        self.by_kid = {(view.purpose, view.kid): view for views in self.views.values() for view in views}
        self._signing: dict[str, SigningKey] = {}
        self._public: dict[str, VerificationKey] = {}

    def active(self, purpose: KeyPurpose, now: datetime) -> SigningKey | None:
        kid = next((v.kid for v in self.views[purpose] if v.state_at(now) is KeyState.ACTIVE), None)
        if kid is None:
            return None
        if kid not in self._signing:
            self._signing[kid] = SigningKey(kid, self.rows[kid].algorithm, _private(self.rows[kid]))
        return self._signing[kid]

    def public(self, kid: str) -> VerificationKey:
        if kid not in self._public:
            row = self.rows[kid]
            self._public[kid] = VerificationKey(kid, row.algorithm, _private(row).public_key())
        return self._public[kid]

    def next_sequence(self, purpose: KeyPurpose) -> int:
        return max((view.sequence for view in self.views[purpose]), default=0) + 1


class KeyRing:
    """Signing and verification keys by purpose. Times come from the clock; private keys never leave but in memory."""

    def __init__(self, store: KeyStore, clock: Clock, rules: dict[KeyPurpose, RotationRule] | None = None) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules or RULES
        for purpose, rule in self._rules.items():
            if rule.lead < MINIMUM_LEAD:
                raise ValueError(f"the lead of {purpose} is shorter than caches of the key set live: {MINIMUM_LEAD}")
        self._snapshot: _Snapshot | None = None
        self._reloaded_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def signing_key(self, purpose: KeyPurpose) -> SigningKey:
        """The key that signs now; the first one is made when there is none. Raises `NoSigningKey`, `StoreDown`."""
        snapshot = await self._current()
        active = snapshot.active(purpose, self._clock.now())
        if active is None:
            await self.ensure(purpose)
            active = (await self._load()).active(purpose, self._clock.now())
            # Not kept: if the caller's transaction rolls back, the new key is gone with it.
            self._snapshot = None
        if active is None:
            raise NoSigningKey()
        return active

    async def verification_key(self, purpose: KeyPurpose, kid: str) -> VerificationKey | None:
        """The published key of exactly this id and purpose, or None. One unknown id per interval reloads."""
        now = self._clock.now()
        snapshot = await self._current()
        view = snapshot.by_kid.get((purpose, kid))
        if view is None:
            if self._reloaded_at is not None and now - self._reloaded_at < RELOAD_INTERVAL:
                return None
            snapshot = await self._reload(now)
            view = snapshot.by_kid.get((purpose, kid))
        if view is None or view.state_at(now) is KeyState.RETIRED:
            return None
        return snapshot.public(kid)

    async def jwks(self, *purposes: KeyPurpose) -> dict[str, list[dict[str, str]]]:
        """The key set (RFC 7517) of these purposes, all when none is named: next, active and retiring keys."""
        now = self._clock.now()
        snapshot = await self._current()
        return {
            "keys": [
                _jwk(snapshot.public(view.kid))
                for purpose in purposes or tuple(KeyPurpose)
                for view in snapshot.views[purpose]
                if view.state_at(now) is not KeyState.RETIRED
            ]
        }

    async def views(self, *purposes: KeyPurpose) -> list[KeyView]:
        """The keys of these purposes, oldest first, read afresh; long retired ones are left out."""
        snapshot = await self._load()
        return [view for purpose in purposes or tuple(KeyPurpose) for view in snapshot.views[purpose]]

    async def ensure(self, purpose: KeyPurpose) -> None:
        """Make the first key if there is none, or publish the next one when due. Any number of workers may call it."""
        now = self._clock.now()
        rule = self._rules[purpose]
        snapshot = await self._load()
        usable = [view for view in snapshot.views[purpose] if snapshot.rows[view.kid].revoked_at is None]
        if snapshot.active(purpose, now) is None:
            await self._add(snapshot, purpose, active_from=now)
        elif max(view.active_from for view in usable) + rule.period - rule.lead <= now:
            await self._add(snapshot, purpose, active_from=now + rule.lead)

    async def rotate(self, purpose: KeyPurpose, *, lead: timedelta | None = None) -> KeyView:
        """Publish the next key; it signs after `lead`, by default the rule's. Returns the new key.

        Raises `RotationUnderWay` when a next key already waits, `ValueError` for a lead that is shorter
        than key sets are cached.
        """
        now = self._clock.now()
        chosen = self._rules[purpose].lead if lead is None else lead
        if chosen < MINIMUM_LEAD:
            raise ValueError(f"a key must be published at least {MINIMUM_LEAD} before use")
        snapshot = await self._load()
        if any(view.state_at(now) is KeyState.NEXT for view in snapshot.views[purpose]):
            raise RotationUnderWay()
        starts = now if snapshot.active(purpose, now) is None else now + chosen
        kid = await self._add(snapshot, purpose, active_from=starts)
        if kid is None:
            raise RotationUnderWay()
        self._snapshot = await self._load()
        return self._snapshot.by_kid[purpose, kid]

    async def revoke(self, kid: str) -> KeyView:
        """Drop a compromised key now and sign with another at once. Tokens signed with the old one fail.

        Other workers follow within `REFRESH`. Returns the key that signs now. Raises `NotFound`.
        """
        now = self._clock.now()
        found = next((view for view in await self.views() if view.kid == kid), None)
        if found is None or not await self._store.revoke(kid, now):
            raise NotFound()
        snapshot = await self._load()
        if snapshot.active(found.purpose, now) is None:
            await self._add(snapshot, found.purpose, active_from=now)
        self._snapshot = await self._load()
        return next(view for view in self._snapshot.views[found.purpose] if view.state_at(now) is KeyState.ACTIVE)

    async def tick(self) -> None:
        """What the background does every `REFRESH`: rotate what is due, read the store again. Raises `StoreDown`."""
        for purpose in self._rules:
            await self.ensure(purpose)
        self._snapshot = await self._load()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps keys in the ring, and the rotation on schedule, while the block runs."""
        with suppress(StoreDown):  # readiness tells of it; the loop below tries again
            await self.tick()
        task = asyncio.create_task(self._keep_turning(), name="keyring")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _keep_turning(self) -> None:
        while True:
            await asyncio.sleep(REFRESH.total_seconds())
            with suppress(StoreDown):  # memory serves until MAX_STALE
                await self.tick()

    async def _current(self) -> _Snapshot:
        now = self._clock.now()
        snapshot = self._snapshot
        if snapshot is not None and now - snapshot.loaded_at < REFRESH:
            return snapshot
        async with self._lock:
            if self._snapshot is not None and self._snapshot is not snapshot:
                return self._snapshot
            try:
                self._snapshot = await self._load()
            except StoreDown:
                if snapshot is None or now - snapshot.loaded_at > MAX_STALE:
                    raise
                return snapshot
            return self._snapshot

    async def _reload(self, asked_at: datetime) -> _Snapshot:
        async with self._lock:
            if self._snapshot is not None and self._reloaded_at is not None and self._reloaded_at >= asked_at:
                return self._snapshot
            self._reloaded_at = asked_at
            self._snapshot = await self._load()
            return self._snapshot

    async def _load(self) -> _Snapshot:
        now = self._clock.now()
        return _Snapshot(now, await self._store.load(now - HISTORY), self._rules)

    async def _add(self, known: _Snapshot, purpose: KeyPurpose, active_from: datetime) -> str | None:
        private = ec.generate_private_key(ec.SECP256R1())
        kid = f"{purpose.lower()}-{_thumbprint(private.public_key())}"
        der = private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        sequence = known.next_sequence(purpose)
        row = KeyRow(kid, purpose, sequence, ALGORITHM, der, self._clock.now(), active_from)
        return kid if await self._store.add(row) else None


class PurposeKeys:
    """The ring seen by a domain that knows only its own purpose."""

    def __init__(self, ring: KeyRing, purpose: KeyPurpose) -> None:
        self._ring = ring
        self._purpose = purpose

    async def signing_key(self) -> SigningKey:
        return await self._ring.signing_key(self._purpose)

    async def verification_key(self, kid: str) -> VerificationKey | None:
        return await self._ring.verification_key(self._purpose, kid)


def _private(row: KeyRow) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_der_private_key(row.private_key, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise NoSigningKey()
    return key


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _coordinates(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {
        "crv": "P-256",
        "kty": "EC",
        "x": _b64(numbers.x.to_bytes(32, "big")),
        "y": _b64(numbers.y.to_bytes(32, "big")),
    }


def _thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """The first 96 bits of the RFC 7638 thumbprint: short, and still the same for nobody else's key."""
    members = json.dumps(_coordinates(key), separators=(",", ":"), sort_keys=True)
    return _b64(hashlib.sha256(members.encode()).digest()[:12])


def _jwk(key: VerificationKey) -> dict[str, str]:
    return {**_coordinates(key.public_key), "use": "sig", "alg": key.algorithm, "kid": key.kid}

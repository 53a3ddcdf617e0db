"""Checking a code that is shown (核验): prove it, read the state it stands on, use it up, then answer."""

import asyncio
from datetime import UTC, datetime
from typing import Never

import structlog

from certs_schema.verifier.errors import Code, VerifyError
from certs_schema.verifier.token import Presentation, PublicKey
from services.kernel.clock import Clock
from services.kernel.errors import StoreDown
from services.kernel.events import EventBus
from services.kernel.ids import new_id
from services.kernel.signing import SigningKeys
from services.verification.errors import PresentationRefused
from services.verification.memory import PresentationMemory, presentation_id
from services.verification.model import Checked, Outcome, PresentationState, Scan, Shown
from services.verification.ports import Carrier, Certificates, ScanLedger
from services.verification.presenting import topic_of

_STATES = {
    "REVOKED": Code.REVOKED,
    "SUSPENDED": Code.SUSPENDED,
    "EXPIRED": Code.CERTIFICATE_EXPIRED,
    "SUPERSEDED": Code.SUPERSEDED,
    None: Code.NOT_KNOWN,
}

log = structlog.get_logger("services.verification")


class Checker:
    """Answers verifiers. Each code is good for one answer."""

    def __init__(
        self,
        certificates: Certificates,
        keys: SigningKeys,
        carrier: Carrier,
        memory: PresentationMemory,
        ledger: ScanLedger,
        events: EventBus,
        clock: Clock,
        issuer: str,
    ) -> None:
        self._certificates = certificates
        self._keys = keys
        self._carrier = carrier
        self._memory = memory
        self._ledger = ledger
        self._events = events
        self._clock = clock
        self._issuer = issuer

    async def verify(self, code: str, purpose: str | None) -> Checked:
        """What an anonymous verifier learns. Raises `PresentationRefused`; `Unavailable` leaves the code unused."""
        said = await self._proven(code)
        id_ = presentation_id(said.jti)
        shown = await self._memory.shown(id_)
        if shown is None:
            raise PresentationRefused(Code.NOT_KNOWN)
        state = await self._certificates.state(shown.certificate_id)
        now = self._clock.now()
        if state != "VALID":
            raise PresentationRefused(_STATES.get(state, Code.NOT_KNOWN))
        if not await self._memory.use(id_):
            await self._refuse_used(id_)
        scan = Scan(
            id=new_id(),
            presentation_id=id_,
            holder=shown.holder,
            certificate_id=shown.certificate_id,
            type_code=said.type_code,
            disclosure=shown.disclosure,
            fields=(),
            verifier=None,
            purpose=purpose,
            scanned_at=now,
        )
        await self._keep(scan)
        await self._tell(shown, Outcome(PresentationState.SCANNED, now, scan.verifier, purpose))
        return Checked(said.type_code, said.holder, now, now, datetime.fromtimestamp(said.expires_at, UTC))

    async def _proven(self, code: str) -> Presentation:
        try:
            unverified = self._carrier.open(code)
            found = await self._keys.verification_key(unverified.kid)
            key = None if found is None else PublicKey(found.kid, found.algorithm, found.public_key)
            return self._carrier.check(unverified, key, self._issuer, self._clock.now().timestamp())
        except VerifyError as refused:
            raise PresentationRefused(refused.code) from None

    async def _refuse_used(self, id_: str) -> Never:
        outcome = await self._memory.outcome(id_)
        if outcome is not None and outcome.state is PresentationState.CANCELLED:
            raise PresentationRefused(Code.CANCELLED)
        if outcome is not None:
            raise PresentationRefused(Code.ALREADY_USED, outcome.at)
        scan = await self._ledger.of_presentation(id_)
        raise PresentationRefused(Code.ALREADY_USED, None if scan is None else scan.scanned_at)

    async def _keep(self, scan: Scan) -> None:
        """Write the ledger, which also holds each presentation once for good; give the code back if that fails."""
        try:
            kept = await self._ledger.add(scan)
        except BaseException:
            await asyncio.shield(self._memory.release(scan.presentation_id))
            raise
        if not kept:
            await self._refuse_used(scan.presentation_id)

    async def _tell(self, shown: Shown, outcome: Outcome) -> None:
        try:
            await self._memory.end(shown.id, outcome)
            await self._events.publish(topic_of(shown.id))
        except StoreDown:  # the scan is in the ledger; only the holder's screen learns of it late
            log.warning("scan_not_announced")

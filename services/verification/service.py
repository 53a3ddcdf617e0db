"""Showing certificates and checking shown ones: the one door to this domain."""

import hashlib
import re
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from math import ceil

from certs_schema.registry import Registry
from services.kernel.clock import Clock
from services.kernel.errors import InvalidInput, Overloaded
from services.kernel.events import EventBus
from services.kernel.fast_state import FastState
from services.kernel.principal import Principal
from services.kernel.signing import SigningKeys
from services.verification.checking import Checker
from services.verification.memory import PresentationMemory
from services.verification.model import Checked, Disclosure, Issued, PresentationStatus, Scan
from services.verification.ports import Carrier, Certificates, ScanLedger
from services.verification.presenting import Presenter
from services.verification.views import Views

MAX_PURPOSE = 60
PURPOSE = r"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]*$"
"""One line, without controls and without characters that hide or turn text around."""
WINDOW = timedelta(minutes=1)


class VerificationService:
    """`issuer` is the public URL that stands in every token; `checks_per_address` bounds anonymous checks a minute."""

    def __init__(
        self,
        certificates: Certificates,
        types: Registry,
        keys: SigningKeys,
        carrier: Carrier,
        ledger: ScanLedger,
        fast_state: FastState,
        events: EventBus,
        clock: Clock,
        issuer: str,
        checks_per_address: int = 120,
    ) -> None:
        memory = PresentationMemory(fast_state)
        views = Views(certificates, types, clock)
        self._presenter = Presenter(views, keys, carrier, memory, events, clock, issuer)
        self._checker = Checker(certificates, keys, carrier, memory, ledger, events, clock, issuer)
        self._ledger = ledger
        self._fast_state = fast_state
        self._limit = checks_per_address

    async def present(
        self,
        principal: Principal,
        certificate_id: str,
        idempotency_key: str,
        disclosure: Disclosure = Disclosure.MINIMAL,
    ) -> Issued:
        """A code for the certificate of whom the caller acts for, good for 60 s and one scan.

        The certificate's state is checked when signing (see `views` for how fresh). The same
        `idempotency_key` gives the same presentation for some five minutes: it is kept in the fast
        state, for no row is written unless somebody scans. Raises `NotFound`, `CertificateNotPresentable`,
        `StepUpRequired` below real name, `IdempotencyKeyReused`, `Unavailable`.
        """
        return await self._presenter.present(principal, certificate_id, idempotency_key, disclosure)

    async def status(self, principal: Principal, presentation_id: str) -> PresentationStatus:
        """How the caller's presentation stands. Raises `NotFound`."""
        return await self._presenter.status(principal, presentation_id)

    def watch(self, principal: Principal, presentation_id: str) -> AsyncGenerator[PresentationStatus, None]:
        """Its status now and at each change, to its end; close the iterator when done. Raises `NotFound`."""
        return self._presenter.watch(principal, presentation_id)

    async def cancel(self, principal: Principal, presentation_id: str) -> PresentationStatus:
        """Take it back unless it was scanned already; the answer says which. Raises `NotFound`."""
        return await self._presenter.cancel(principal, presentation_id)

    async def scans(self, principal: Principal, limit: int, before_id: str | None = None) -> Sequence[Scan]:
        """Who checked the certificates of whom the caller acts for, newest first."""
        return await self._ledger.of_holder(principal.subject, limit, before_id)

    async def scan_count(self, principal: Principal) -> int:
        """How many scans there are in all."""
        return await self._ledger.count(principal.subject)

    async def verify(self, code: str, client_address: str, purpose: str | None = None) -> Checked:
        """Check a code for a verifier who does not say who they are, and use it up.

        They learn that it is valid, the type and the masked holder; no field. Raises
        `PresentationRefused`, `Overloaded` above the limit per address, `InvalidInput` for an overlong
        purpose, `Unavailable` (the code stays unused).
        """
        wait = await self._fast_state.hit(f"verification.check:{_opaque(client_address)}", self._limit, WINDOW)
        if wait is not None:
            raise Overloaded("核验太频繁，请稍等片刻再试。", retryAfterSeconds=ceil(wait))
        return await self._checker.verify(code, _clean(purpose))


def _opaque(address: str) -> str:
    return hashlib.sha256(b"verifier\x00" + address.encode()).hexdigest()[:32]


def _clean(purpose: str | None) -> str | None:
    """The purpose as it will stand in the holder's ledger: short, one line, nothing invisible."""
    if purpose is None:
        return None
    if len(purpose) > MAX_PURPOSE or not re.fullmatch(PURPOSE, purpose):
        raise InvalidInput(f"用途 purpose 须为一行文字，不超过 {MAX_PURPOSE} 个字。", field="purpose")
    return purpose.strip() or None

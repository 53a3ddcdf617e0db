"""What showing and checking need from the outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from certs_schema.presentation import Statement
from certs_schema.verifier.token import Presentation, PublicKey, Unverified
from services.kernel.principal import Subject
from services.kernel.signing import SigningKey
from services.verification.model import Scan


class HeldCertificate(Protocol):
    """A certificate as its holder's wallet gives it. `claims` are not masked yet."""

    @property
    def id(self) -> str: ...

    @property
    def type_code(self) -> str: ...

    @property
    def claims(self) -> Mapping[str, Any]: ...

    @property
    def version(self) -> int: ...

    def state_at(self, moment: datetime) -> str:
        """How it stands at a moment; only VALID may be shown."""


class Certificates(Protocol):
    """Where the certificates are. May raise `StoreDown`."""

    async def get(self, holder: Subject, certificate_id: str) -> HeldCertificate:
        """The holder's certificate. Raises `NotFound`, also when it is another's."""

    async def state(self, certificate_id: str) -> str | None:
        """How it stands now, read afresh: VALID, EXPIRED, SUSPENDED, REVOKED or SUPERSEDED; None: no such one."""

    async def change_mark(self, certificate_id: str) -> int:
        """The version that a cached copy must have reached, 0 when nothing changed of late. No store is read."""


class Carrier(Protocol):
    """A form in which a presentation travels: now a JWT; CWT and an opaque handle follow."""

    def make(self, key: SigningKey, statement: Statement) -> str:
        """The code to show."""

    def open(self, code: str) -> Unverified:
        """Its parts, nothing proven. Raises `VerifyError`."""

    def check(self, unverified: Unverified, key: PublicKey | None, issuer: str, now: float) -> Presentation:
        """What it says, proven. Raises `VerifyError`."""


class ScanLedger(Protocol):
    """Who looked at whose certificate. May raise `StoreDown`."""

    async def add(self, scan: Scan) -> bool:
        """Keep a scan; False, and nothing kept, when this presentation has one already."""

    async def of_presentation(self, presentation_id: str) -> Scan | None:
        """The scan of a presentation."""

    async def count(self, holder: Subject) -> int:
        """How many scans of the holder's certificates there are."""

    async def of_holder(self, holder: Subject, limit: int, before_id: str | None = None) -> Sequence[Scan]:
        """The holder's scans, newest first, those before `before_id`; one statement."""

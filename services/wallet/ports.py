"""What the wallet needs from the outside."""

from collections.abc import Sequence
from typing import Protocol

from services.kernel.principal import Subject
from services.wallet.model import Certificate, CertificateState


class CertificateStore(Protocol):
    """Certificates at rest, claims sealed. Every call joins the open unit of work; may raise `StoreDown`."""

    async def add(self, certificate: Certificate) -> None:
        """Keep a new certificate."""

    async def of_holder(self, holder: Subject, limit: int) -> Sequence[Certificate]:
        """The holder's certificates, newest first, in one statement."""

    async def find(self, certificate_id: str) -> Certificate | None:
        """The certificate of this id, whoever holds it."""

    async def state_of(self, certificate_id: str) -> Certificate | None:
        """The same without its claims, which stay sealed: `claims` is empty."""

    async def move(self, certificate_id: str, old: Sequence[CertificateState], new: CertificateState) -> bool:
        """Change the state when it is one of `old`, and count the version up; whether it did."""

    async def supersede(self, holder: Subject, type_code: str, by_id: str) -> int:
        """Mark the holder's other VALID and SUSPENDED certificates of the type SUPERSEDED; how many."""

"""What may be shown of a certificate, masked; kept for minutes so that a renewal reads no store.

How stale can it be? A change of state is announced through the fast state when it is saved, and asked for
at every signing, so a cached view falls at once. Where the announcement was lost, or a newer certificate
superseded this one inside another unit of work, a worker goes on signing for at most `VIEW_LIFE` (150 s).
An online check always reads the state itself.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from certs_schema.registry import Registry
from services.kernel.clock import Clock
from services.kernel.principal import Subject
from services.verification.errors import CertificateNotPresentable
from services.verification.model import VIEW_LIFE
from services.verification.ports import Certificates

MOST_VIEWS = 20_000


@dataclass(frozen=True, slots=True)
class View:
    """The minimal set of one certificate, masked and in words."""

    type_code: str
    holder: str
    claims: Mapping[str, str]
    version: int
    read_at: datetime


class Views:
    """Masked views by holder and certificate: another holder never meets a cached one."""

    def __init__(self, certificates: Certificates, types: Registry, clock: Clock) -> None:
        self._certificates = certificates
        self._types = types
        self._clock = clock
        self._kept: OrderedDict[tuple[Subject, str], View] = OrderedDict()

    async def of(self, holder: Subject, certificate_id: str) -> View:
        """What may be shown. Raises `NotFound`, `CertificateNotPresentable`."""
        place, now = (holder, certificate_id), self._clock.now()
        kept = self._kept.get(place)
        if (
            kept is not None
            and now - kept.read_at < VIEW_LIFE
            and kept.version >= await self._certificates.change_mark(certificate_id)
        ):
            return kept
        self._kept.pop(place, None)
        certificate = await self._certificates.get(holder, certificate_id)
        state = certificate.state_at(now)
        if state != "VALID":
            raise CertificateNotPresentable(state=str(state))
        declared = self._types.get(certificate.type_code).type
        view = View(
            certificate.type_code,
            declared.masked_holder(certificate.claims),
            declared.minimal(certificate.claims),
            certificate.version,
            now,
        )
        if certificate.state_at(now + VIEW_LIFE) == state:  # not across the end of its last day
            self._kept[place] = view
            if len(self._kept) > MOST_VIEWS:
                self._kept.popitem(last=False)
        return view

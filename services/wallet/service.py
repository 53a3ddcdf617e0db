"""The registry of certificates that people and companies hold."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from certs_schema.core import HolderKind
from certs_schema.identifier import import_warnings
from certs_schema.registry import LoadedType, Registry
from services.kernel.clock import Clock
from services.kernel.errors import NotFound, StoreDown
from services.kernel.fast_state import FastState
from services.kernel.ids import new_id
from services.kernel.principal import Subject
from services.kernel.unit_of_work import UnitOfWork
from services.wallet.errors import ClaimsRefused, StateMoveRefused, UnknownCertificateType, WrongHolderKind
from services.wallet.model import MOVES, Certificate, CertificateState
from services.wallet.ports import CertificateStore

MOST_CERTIFICATES = 500
"""More than any holder has; a bound on one read."""
CHANGE_MARK_LIFE = timedelta(minutes=10)
"""How long a change of state is remembered for those who cache; longer than any such cache lives."""

log = structlog.get_logger("services.wallet")


class WalletService:
    """Registers, lists and changes certificates. Who may see one is its holder, and nobody else."""

    def __init__(
        self,
        store: CertificateStore,
        unit_of_work: UnitOfWork,
        types: Registry,
        fast_state: FastState,
        clock: Clock,
    ) -> None:
        self._store = store
        self._unit_of_work = unit_of_work
        self._types = types
        self._fast_state = fast_state
        self._clock = clock

    def type(self, code: str) -> LoadedType:
        """The declaration of a type. Raises `UnknownCertificateType`."""
        if code not in self._types:
            raise UnknownCertificateType()
        return self._types.get(code)

    def types(self) -> Sequence[LoadedType]:
        """The declarations of all types, by code."""
        return sorted(self._types, key=lambda one: one.type.code)

    async def register(
        self,
        holder: Subject,
        type_code: str,
        claims: Mapping[str, Any],
        issuer: str,
        valid_from: date,
        valid_until: date | None,
        source: str,
        as_of: datetime,
        identifier: str | None = None,
    ) -> str:
        """Keep a certificate that `issuer` made out; returns its id. Joins the open unit of work.

        `valid_until` None takes the end that the claims state, or that the type's validity rule gives, if one
        does. Where a holder has one of the type at a time, older ones become SUPERSEDED. An `identifier` that
        breaks GB/T 36904 is kept as the issuer wrote it, with a warning in the log. Raises
        `UnknownCertificateType`, `WrongHolderKind`, `ClaimsRefused`.
        """
        loaded = self.type(type_code)
        one = loaded.type
        if one.holder_kind is not HolderKind.EITHER and one.holder_kind.value != holder.kind.value:
            raise WrongHolderKind()
        problems = loaded.problems(claims)
        if problems:
            raise ClaimsRefused(fields=sorted({f"{problem.path}:{problem.rule}" for problem in problems}))
        for warning in import_warnings(identifier) if identifier is not None else ():
            log.warning("certificate_identifier_odd", type_code=type_code, source=source, warning=warning)
        certificate = Certificate(
            id=new_id(),
            holder=holder,
            type_code=type_code,
            state=CertificateState.VALID,
            claims=dict(claims),
            issuer=issuer,
            valid_from=valid_from,
            valid_until=valid_until or one.validity.end(valid_from, claims),
            source=source,
            as_of=as_of,
            registered_at=self._clock.now(),
            identifier=identifier,
        )
        async with self._unit_of_work():
            await self._store.add(certificate)
            if one.one_per_holder:
                await self._store.supersede(holder, type_code, certificate.id)
        return certificate.id

    async def list(self, holder: Subject) -> Sequence[Certificate]:
        """The holder's certificates, newest first."""
        return await self._store.of_holder(holder, MOST_CERTIFICATES)

    async def get(self, holder: Subject, certificate_id: str) -> Certificate:
        """The holder's certificate of this id. Raises `NotFound`, also when it is another's."""
        certificate = await self._store.find(certificate_id)
        if certificate is None or certificate.holder != holder:
            raise NotFound()
        return certificate

    async def state(self, certificate_id: str) -> CertificateState | None:
        """How the certificate stands now, read from the store; None when there is none. Opens no claims."""
        certificate = await self._store.state_of(certificate_id)
        return None if certificate is None else certificate.state_at(self._clock.now())

    async def change_mark(self, certificate_id: str) -> int:
        """The version that a cached copy must have reached; 0 when nothing changed of late."""
        mark = await self._fast_state.get(_mark(certificate_id))
        return 0 if mark is None else int(mark)

    async def revoke(self, certificate_id: str) -> None:
        """For good, as the issuer says. Raises `NotFound`, `StateMoveRefused`."""
        await self._move(certificate_id, CertificateState.REVOKED)

    async def suspend(self, certificate_id: str) -> None:
        """Until reinstated. Raises `NotFound`, `StateMoveRefused`."""
        await self._move(certificate_id, CertificateState.SUSPENDED)

    async def reinstate(self, certificate_id: str) -> None:
        """Lift a suspension. Raises `NotFound`, `StateMoveRefused`."""
        await self._move(certificate_id, CertificateState.VALID)

    async def _move(self, certificate_id: str, new: CertificateState) -> None:
        allowed = [old for old, following in MOVES.items() if new in following]
        async with self._unit_of_work():
            moved = await self._store.move(certificate_id, allowed, new)
            certificate = await self._store.state_of(certificate_id)
        if certificate is None:
            raise NotFound()
        if not moved:
            raise StateMoveRefused()
        try:
            await self._fast_state.set(_mark(certificate_id), str(certificate.version), CHANGE_MARK_LIFE)
        except StoreDown:  # the change is saved; who caches notices when the cache ends
            log.warning("certificate_change_not_announced", type_code=certificate.type_code)


def _mark(certificate_id: str) -> str:
    return f"wallet.changed:{certificate_id}"

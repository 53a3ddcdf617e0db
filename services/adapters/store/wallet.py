"""Certificates in the store; claims and identifier sealed together."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, literal, select, update

from services.adapters.store.database import Database
from services.adapters.store.fixed_reads import Read
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.wallet import certificate
from services.kernel.principal import Subject, SubjectKind
from services.wallet.model import Certificate, CertificateState

_BARE = [column for column in certificate.c if column.name != "sealed_claims"]

_ONE = Read(select(certificate).where(certificate.c.id == bindparam("id")))
_NEWEST = Read(
    select(certificate)
    .where(certificate.c.holder_kind == bindparam("kind"), certificate.c.holder_id == bindparam("holder"))
    .order_by(certificate.c.id.desc())  # ids sort by time
    .limit(bindparam("most"))
)


class SqlCertificateStore:
    """`services.wallet.ports.CertificateStore`."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def add(self, one: Certificate) -> None:
        sealed = {"claims": dict(one.claims), "identifier": one.identifier}
        values = {
            "id": one.id,
            "holder_kind": one.holder.kind.value,
            "holder_id": one.holder.id,
            "type_code": one.type_code,
            "state": one.state.value,
            "sealed_claims": self._sealer.seal_json(sealed, _place(one.id)),
            "issuer": one.issuer,
            "valid_from": one.valid_from,
            "valid_until": one.valid_until,
            "source": one.source,
            "as_of": one.as_of,
            "registered_at": one.registered_at,
            "version": one.version,
        }
        async with self._database.writing() as connection:
            await connection.execute(certificate.insert().values(values))

    async def of_holder(self, holder: Subject, limit: int) -> Sequence[Certificate]:
        rows = await self._database.fetch(_NEWEST, kind=holder.kind.value, holder=holder.id, most=limit)
        return [self._opened(row) for row in rows]

    async def find(self, certificate_id: str) -> Certificate | None:
        rows = await self._database.fetch(_ONE, id=certificate_id)
        return self._opened(rows[0]) if rows else None

    async def state_of(self, certificate_id: str) -> Certificate | None:
        statement = select(*_BARE, literal(None).label("sealed_claims")).where(certificate.c.id == certificate_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else self._opened(row)

    async def move(self, certificate_id: str, old: Sequence[CertificateState], new: CertificateState) -> bool:
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(certificate)
                .where(certificate.c.id == certificate_id, certificate.c.state.in_([state.value for state in old]))
                .values(state=new.value, version=certificate.c.version + 1)
            )
        return changed.rowcount == 1

    async def supersede(self, holder: Subject, type_code: str, by_id: str) -> int:
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(certificate)
                .where(
                    certificate.c.holder_kind == holder.kind.value,
                    certificate.c.holder_id == holder.id,
                    certificate.c.type_code == type_code,
                    certificate.c.id != by_id,
                    certificate.c.state.in_([CertificateState.VALID.value, CertificateState.SUSPENDED.value]),
                )
                .values(state=CertificateState.SUPERSEDED.value, superseded_by=by_id, version=certificate.c.version + 1)
            )
        return changed.rowcount

    def _opened(self, row: Row[Any]) -> Certificate:
        sealed: dict[str, Any] = {"claims": {}, "identifier": None}
        if row.sealed_claims is not None:
            sealed = self._sealer.open_json(row.sealed_claims, _place(row.id))
        return Certificate(
            id=row.id,
            holder=Subject(SubjectKind(row.holder_kind), row.holder_id),
            type_code=row.type_code,
            state=CertificateState(row.state),
            claims=sealed["claims"],
            issuer=row.issuer,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            source=row.source,
            as_of=row.as_of,
            registered_at=row.registered_at,
            version=row.version,
            identifier=sealed["identifier"],
        )


def _place(certificate_id: str) -> str:
    return f"certificate.sealed_claims:{certificate_id}"

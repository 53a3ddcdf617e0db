"""The ledger of scans in the store; what the verifier wrote as purpose is sealed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.adapters.store.database import Database
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.verification import scan
from services.kernel.principal import Subject, SubjectKind
from services.verification.model import Disclosure, Scan


class SqlScanLedger:
    """`services.verification.ports.ScanLedger`."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def add(self, one: Scan) -> bool:
        insert_into = sqlite_insert if self._database.is_sqlite else postgresql_insert
        values = {
            "id": one.id,
            "presentation_id": one.presentation_id,
            "holder_kind": one.holder.kind.value,
            "holder_id": one.holder.id,
            "certificate_id": one.certificate_id,
            "type_code": one.type_code,
            "disclosure": one.disclosure.value,
            "fields": list(one.fields),
            "verifier": one.verifier,
            "sealed_purpose": None if one.purpose is None else self._sealer.seal(one.purpose.encode(), _place(one.id)),
            "scanned_at": one.scanned_at,
        }
        async with self._database.writing() as connection:
            added = await connection.execute(insert_into(scan).values(values).on_conflict_do_nothing())
        return added.rowcount == 1

    async def of_presentation(self, presentation_id: str) -> Scan | None:
        statement = select(scan).where(scan.c.presentation_id == presentation_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else self._opened(row)

    async def of_holder(self, holder: Subject, limit: int, before_id: str | None = None) -> Sequence[Scan]:
        statement = (
            select(scan)
            .where(scan.c.holder_kind == holder.kind.value, scan.c.holder_id == holder.id)
            .order_by(scan.c.id.desc())  # ids sort by time
            .limit(limit)
        )
        if before_id is not None:
            statement = statement.where(scan.c.id < before_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [self._opened(row) for row in rows]

    async def count(self, holder: Subject) -> int:
        mine = (scan.c.holder_kind == holder.kind.value, scan.c.holder_id == holder.id)
        async with self._database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(scan).where(*mine))).scalar_one()

    def _opened(self, row: Row[Any]) -> Scan:
        purpose = None if row.sealed_purpose is None else self._sealer.open(row.sealed_purpose, _place(row.id)).decode()
        return Scan(
            id=row.id,
            presentation_id=row.presentation_id,
            holder=Subject(SubjectKind(row.holder_kind), row.holder_id),
            certificate_id=row.certificate_id,
            type_code=row.type_code,
            disclosure=Disclosure(row.disclosure),
            fields=tuple(row.fields),
            verifier=row.verifier,
            purpose=purpose,
            scanned_at=row.scanned_at,
        )


def _place(scan_id: str) -> str:
    return f"scan.sealed_purpose:{scan_id}"

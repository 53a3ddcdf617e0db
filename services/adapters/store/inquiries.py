"""Last known answers of departments in the store: sealed, found by a keyed hash of the question."""

from datetime import datetime

import orjson
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.adapters.store.database import Database
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.inquiries import inquiry_answer
from services.inquiries.model import AnswerKey, Block


class SqlLastKnown:
    """`services.inquiries.ports.LastKnown`."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._insert = sqlite_insert if database.is_sqlite else postgresql_insert

    async def keep(self, key: AnswerKey, block: Block, now: datetime) -> None:
        key_hash = self._hash(key)
        answer = {
            "total": block.total,
            "asOf": block.as_of.isoformat(),
            "source": block.source,
            "records": list(block.records),
        }
        values = {
            "key_hash": key_hash,
            "subject_kind": None if key.subject is None else key.subject.kind.value,
            "subject_id": None if key.subject is None else key.subject.id,
            "item_code": key.item_code,
            "sealed_answer": self._sealer.seal_json(answer, _place(key_hash)),
            "saved_at": now,
        }
        statement = self._insert(inquiry_answer).values(values)
        async with self._database.writing() as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["key_hash"],
                    set_={
                        "sealed_answer": statement.excluded.sealed_answer,
                        "saved_at": statement.excluded.saved_at,
                    },
                )
            )

    async def find(self, key: AnswerKey) -> Block | None:
        key_hash = self._hash(key)
        statement = select(inquiry_answer.c.sealed_answer).where(inquiry_answer.c.key_hash == key_hash)
        async with self._database.reading() as connection:
            sealed = (await connection.execute(statement)).scalar_one_or_none()
        if sealed is None:
            return None
        answer = self._sealer.open_json(sealed, _place(key_hash))
        as_of = datetime.fromisoformat(answer["asOf"])
        return Block(answer["total"], as_of, answer["source"], tuple(answer["records"]))

    async def purge(self, before: datetime) -> int:
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(inquiry_answer).where(inquiry_answer.c.saved_at < before))
        return gone.rowcount

    def _hash(self, key: AnswerKey) -> str:
        subject = None if key.subject is None else [key.subject.kind.value, key.subject.id]
        text = orjson.dumps([subject, key.item_code, key.conditions, key.start]).decode()
        return self._sealer.lookup("inquiry_answer.key", text)


def _place(key_hash: str) -> str:
    return f"inquiry_answer.answer:{key_hash}"

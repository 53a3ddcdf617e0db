"""Last known answers in both databases: one a question, sealed, and forgotten in time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from services.adapters.store import Database, Sealer
from services.adapters.store.inquiries import SqlLastKnown
from services.inquiries.model import AnswerKey, Block
from services.kernel.principal import Subject, SubjectKind

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
KEY = AnswerKey(Subject(SubjectKind.PERSON, "p-1"), "YB-032", '{"year":2026}', 0)
BLOCK = Block(1, NOW, "聊城市医疗保障局", ({"place": "示例大药房", "balanceFen": 325640},))


@pytest.fixture
def known(database: Database) -> SqlLastKnown:
    return SqlLastKnown(database, Sealer(b"k" * 32))


async def test_the_newest_answer_takes_the_place_of_the_older_one(known: SqlLastKnown) -> None:
    await known.keep(KEY, BLOCK, NOW)
    assert await known.find(KEY) == BLOCK
    newer = replace(BLOCK, total=0, records=(), as_of=NOW + timedelta(hours=1))
    await known.keep(KEY, newer, NOW + timedelta(hours=1))
    assert await known.find(KEY) == newer


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, subject=Subject(SubjectKind.PERSON, "p-2")),
        replace(KEY, subject=Subject(SubjectKind.COMPANY, "p-1")),
        replace(KEY, subject=None),
        replace(KEY, item_code="YB-031"),
        replace(KEY, conditions="{}"),
        replace(KEY, start=100),
    ],
)
async def test_another_question_finds_nothing(known: SqlLastKnown, other: AnswerKey) -> None:
    await known.keep(KEY, BLOCK, NOW)
    assert await known.find(other) is None


async def test_nothing_personal_lies_open_in_the_table(known: SqlLastKnown, database: Database) -> None:
    await known.keep(KEY, BLOCK, NOW)
    async with database.reading() as connection:
        row = (await connection.execute(text("SELECT * FROM inquiry_answer"))).one()
    whole = b" ".join(bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in row)
    for secret in ("示例大药房", "325640", "2026}"):
        assert secret.encode() not in whole


async def test_old_answers_are_forgotten(known: SqlLastKnown) -> None:
    await known.keep(KEY, BLOCK, NOW)
    await known.keep(replace(KEY, start=100), BLOCK, NOW + timedelta(days=1))
    assert await known.purge(NOW + timedelta(hours=1)) == 1
    assert await known.find(KEY) is None
    assert await known.find(replace(KEY, start=100)) == BLOCK

"""Applications in both databases: one writer wins, lists stay on an index, personal data is sealed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from services.adapters.store import Database, Sealer
from services.adapters.store.applications import SqlApplicationStore
from services.applications.model import Actor, Application, Change, Reason, State
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.principal import Subject, SubjectKind

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
OWNER = Subject(SubjectKind.PERSON, "p-1")


@pytest.fixture
def store(database: Database) -> SqlApplicationStore:
    return SqlApplicationStore(database, Sealer(b"k" * 32))


def new(owner: Subject = OWNER, number: str | None = None) -> Change:
    key = new_id()
    form = {"contactPhone": "10000000001"}
    change = Change(
        Application(
            key, number or key[-12:], "YB-010", "n", "YBJ", "YB-CORE", "371502", owner, "p-1", form, False, 5, NOW, NOW
        )
    )
    change.move(State.SUBMITTED, Actor.APPLICANT, NOW)
    return change


async def test_what_is_kept_comes_back_whole(store: SqlApplicationStore) -> None:
    change = new()
    await store.add(change)
    assert await store.get(change.application.id) == change.application
    second = Change(change.application)
    second.application = replace(second.application, due_at=NOW + timedelta(days=7), due_provisional=True)
    second.move(State.ACCEPTED, Actor.DEPARTMENT, NOW)
    second.move(State.DENIED, Actor.DEPARTMENT, NOW, Reason("X", "理由。", ("复核", "复议")))
    await store.save(second)
    assert await store.get(change.application.id) == second.application
    record = (await store.events([change.application.id, "none"]))[change.application.id]
    assert list(record) == [*change.events, *second.events]


async def test_of_two_writers_one_wins_and_the_other_leaves_nothing(store: SqlApplicationStore) -> None:
    change = new()
    await store.add(change)
    first, second = Change(change.application), Change(change.application)
    first.move(State.ACCEPTED, Actor.DEPARTMENT, NOW)
    second.move(State.WITHDRAWN, Actor.APPLICANT, NOW)
    results = await asyncio.gather(store.save(first), store.save(second), return_exceptions=True)
    assert [type(one) for one in results if one is not None] == [Conflict]
    kept = await store.get(change.application.id)
    assert kept is not None
    record = (await store.events([kept.id]))[kept.id]
    assert [event.state for event in record] == [State.SUBMITTED, kept.state]
    assert kept.version == 2


async def test_the_form_and_the_reason_are_sealed_at_rest(store: SqlApplicationStore, database: Database) -> None:
    change = new()
    change.application = replace(change.application, reason=Reason("X", "张三的理由"))
    await store.add(change)
    async with database.reading() as connection:
        raw = (await connection.execute(text("SELECT * FROM application"))).one()
    everything = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in raw)
    assert b"10000000001" not in everything
    assert "张三".encode() not in everything


async def test_a_nonce_is_good_once_for_each_system_until_it_expires(store: SqlApplicationStore) -> None:
    later = NOW + timedelta(minutes=10)
    assert await store.use_nonce("a", "n", "first", NOW, later) is None
    assert await store.use_nonce("a", "n", "second", NOW, later) == "first"
    assert await store.use_nonce("b", "n", "third", NOW, later) is None
    assert await store.use_nonce("a", "n", "x", later + timedelta(seconds=1), later + timedelta(minutes=10)) is None


async def test_pages_are_the_owners_newest_first_and_by_state(store: SqlApplicationStore) -> None:
    made = [new() for _ in range(5)]
    for change in [*made, new(Subject(SubjectKind.COMPANY, "p-1"))]:
        await store.add(change)
    ids = sorted((change.application.id for change in made), reverse=True)
    first = await store.page(OWNER, (), None, 3)
    assert ([one.id for one in first.applications], first.total, first.has_next) == (ids[:3], 5, True)
    rest = await store.page(OWNER, (), ids[2], 3)
    assert ([one.id for one in rest.applications], rest.total, rest.has_next) == (ids[3:], 5, False)
    assert (await store.page(OWNER, (State.CLOSED,), None, 3)).total == 0
    assert (await store.page(OWNER, (State.CLOSED, State.SUBMITTED), None, 9)).total == 5


LISTS = """SELECT * FROM application WHERE owner_kind = 'PERSON' AND owner_id = 'p-7' AND id < 'z'
           ORDER BY id DESC LIMIT 21"""
OVERDUE = (
    "SELECT id FROM application WHERE closed_at IS NULL AND due_at < '2000-01-01 00:00:00' ORDER BY due_at LIMIT 50"
)


@pytest.mark.parametrize(
    ("statement", "index"), [(LISTS, "ix_application_owner"), (OVERDUE, "ix_application_open_due")]
)
async def test_the_list_and_the_overdue_scan_stay_on_an_index(
    store: SqlApplicationStore, database: Database, statement: str, index: str
) -> None:
    async with database.unit_of_work():
        for n in range(300):
            await store.add(new(Subject(SubjectKind.PERSON, f"p-{n % 30}")))
    async with database.writing() as connection:
        await connection.execute(text("ANALYZE"))
        if not database.is_sqlite:
            await connection.execute(text("SET LOCAL enable_seqscan = off"))  # 300 rows fit in few pages
        explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        plan = str((await connection.execute(text(explain + statement))).all())
    assert index in plan
    assert 'SCAN application"' not in plan
    assert "Seq Scan" not in plan

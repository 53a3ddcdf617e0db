"""Sessions in the store: all others end in one statement, and what is long over is forgotten."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from services.adapters.store import purging
from services.adapters.store.database import Database
from services.adapters.store.identity_sessions import SqlSessionStore
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.identity import person, refresh_token, session
from services.identity.model import Company, Person, RefreshToken, Relation, RelationKind, Session, self_subject
from services.identity.service import _order
from services.kernel.clock import FixedClock
from services.kernel.errors import StoreDown
from services.kernel.principal import Assurance, Subject, SubjectKind

DAY = timedelta(days=1)


@pytest.fixture
async def store(database: Database, clock: FixedClock) -> SqlSessionStore:
    now = clock.now()
    async with database.writing() as connection:
        for one in ("p-1", "p-2"):
            values = {"id": one, "id_number_hash": one, "sealed_profile": b"", "created_at": now, "updated_at": now}
            await connection.execute(person.insert().values(values))
    return SqlSessionStore(database, Sealer(b"k" * 32))


async def opened(store: SqlSessionStore, clock: FixedClock, id_: str, person_id: str = "p-1") -> None:
    now = clock.now()
    made = Session(
        id=id_, person_id=person_id, device="手机", assurance=Assurance.REAL_NAME, subject=self_subject(person_id),
        authenticated_at=now, created_at=now, last_used_at=now, expires_at=now + 90 * DAY,
    )  # fmt: skip
    await store.open(made, RefreshToken(f"token of {id_}", id_, now, now + 20 * DAY))


async def test_all_other_sessions_of_a_person_end_however_many_there_are(
    store: SqlSessionStore, clock: FixedClock
) -> None:
    for number in range(105):
        await opened(store, clock, f"s-{number}")
    await opened(store, clock, "another's", "p-2")
    assert await store.end_others("p-1", "s-7", clock.now(), "CITIZEN") == 104
    assert [one.id for one in await store.of_person("p-1", clock.now())] == ["s-7"]
    assert [one.id for one in await store.of_person("p-2", clock.now())] == ["another's"]
    assert await store.end_others("p-1", "s-7", clock.now(), "CITIZEN") == 0


async def test_sessions_that_are_long_over_are_forgotten_with_their_tokens(
    store: SqlSessionStore, database: Database, clock: FixedClock
) -> None:
    await opened(store, clock, "ended")
    await store.end(["ended"], clock.now(), "CITIZEN")
    await opened(store, clock, "expired")
    clock.advance(20 * DAY)
    await opened(store, clock, "live")
    assert await store.purge(clock.now() - 30 * DAY) == 0
    clock.advance(11 * DAY)
    assert await store.purge(clock.now() - 30 * DAY) == 1
    clock.advance(20 * DAY)
    assert await store.purge(clock.now() - 30 * DAY) == 1
    async with database.reading() as connection:
        assert (await connection.scalars(select(session.c.id))).all() == ["live"]
        assert (await connection.scalars(select(refresh_token.c.session_id))).all() == ["live"]


async def test_one_purge_that_fails_does_not_keep_the_others_from_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "EVERY_SECONDS", 0.0)
    purged = asyncio.Event()

    async def down() -> int:
        raise StoreDown()

    async def works() -> int:
        purged.set()
        return 1

    task = asyncio.create_task(purging.purge_hourly({"a": down, "b": works}))
    async with asyncio.timeout(5):
        await purged.wait()
    task.cancel()
    await asyncio.wait([task])


def test_whom_one_may_act_for_comes_in_order_children_by_age_then_companies_by_name() -> None:
    def child(id_: str, born: date) -> Relation:
        party = Person(id_, "张小", "371599201001010011", "1", born, "", "371502")
        return Relation(Subject(SubjectKind.PERSON, id_), RelationKind.GUARDIAN, party, None)

    def company(id_: str, name: str) -> Relation:
        party = Company(id_, name, "91371500MA00000000", "371502")
        return Relation(Subject(SubjectKind.COMPANY, id_), RelationKind.LEGAL_REPRESENTATIVE, party, None)

    mixed = [company("1", "B"), child("2", date(2015, 1, 1)), company("3", "A"), child("4", date(2012, 1, 1))]
    assert [one.subject.id for one in sorted(mixed, key=_order)] == ["4", "2", "3", "1"]

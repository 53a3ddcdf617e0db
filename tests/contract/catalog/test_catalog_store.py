"""The catalogue's repositories, on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from services.adapters.store import Database
from services.adapters.store.catalog import SqlCatalogueVersions, SqlPersonalItems, SqlUseCounts
from services.catalog.model import UseKind

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FIRST = {("ITEM", "A-001"): "1", ("ITEM", "B-001"): "1", ("THEMES", ""): "t"}


@pytest.fixture
async def second_worker(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


async def told(versions: SqlCatalogueVersions, since: int = 0) -> list[tuple[int, str, str, str]]:
    return [(c.version, c.kind.value, c.part.value, c.code) for c in await versions.changes(since, 100)]


async def test_the_first_load_adds_everything_one_version_each(database: Database) -> None:
    versions = SqlCatalogueVersions(database)
    assert await versions.newest() == 0
    assert await versions.synchronise(FIRST, "d1", NOW) == 3
    assert await told(versions) == [
        (1, "ADDED", "THEMES", ""),
        (2, "ADDED", "ITEM", "A-001"),
        (3, "ADDED", "ITEM", "B-001"),
    ]
    assert (await versions.changes(0, 1))[0].at == NOW


async def test_the_same_content_makes_no_new_version(database: Database) -> None:
    versions = SqlCatalogueVersions(database)
    await versions.synchronise(FIRST, "d1", NOW)
    assert await versions.synchronise(FIRST, "d1", NOW + timedelta(days=1)) == 3
    assert len(await told(versions)) == 3


async def test_changes_are_told_once_and_the_version_only_grows(database: Database) -> None:
    versions = SqlCatalogueVersions(database)
    await versions.synchronise(FIRST, "d1", NOW)
    second = {("ITEM", "B-001"): "2", ("ITEM", "C-001"): "1", ("THEMES", ""): "t"}
    assert await versions.synchronise(second, "d2", NOW) == 6
    assert await told(versions, 3) == [
        (4, "REMOVED", "ITEM", "A-001"),
        (5, "CHANGED", "ITEM", "B-001"),
        (6, "ADDED", "ITEM", "C-001"),
    ]
    assert await versions.synchronise(FIRST, "d1", NOW) == 9  # going back is a change too
    assert await versions.newest() == 9


async def test_of_many_workers_with_new_content_one_alone_writes_it(
    database: Database, second_worker: Database
) -> None:
    workers = [SqlCatalogueVersions(database), SqlCatalogueVersions(second_worker)] * 4
    found = await asyncio.gather(*(w.synchronise(FIRST, "d1", NOW) for w in workers))
    assert found == [3] * 8
    assert len(await told(workers[0])) == 3


async def test_the_feed_is_bounded_and_can_be_gone_on_with(database: Database) -> None:
    versions = SqlCatalogueVersions(database)
    await versions.synchronise({("ITEM", f"A-{n:03}"): "1" for n in range(250)}, "d", NOW)
    seen: list[int] = []
    while page := await versions.changes(seen[-1] if seen else 0, 100):
        seen += [change.version for change in page]
    assert seen == list(range(1, 251))


async def test_favourites_are_kept_once_newest_first_and_bounded(database: Database) -> None:
    personal = SqlPersonalItems(database)
    for n, code in enumerate(("A-001", "B-001", "A-001")):
        assert await personal.add_favourite("p1", code, NOW + timedelta(seconds=n), 2)
    assert not await personal.add_favourite("p1", "C-001", NOW, 2)
    assert await personal.add_favourite("p2", "C-001", NOW, 2)
    assert [m.code for m in await personal.favourites("p1", 10)] == ["B-001", "A-001"]
    await personal.remove_favourite("p1", "B-001")
    await personal.remove_favourite("p1", "B-001")
    assert [(m.code, m.at) for m in await personal.favourites("p1", 10)] == [("A-001", NOW)]


async def test_favourites_added_at_the_same_time_never_pass_the_limit(
    database: Database, second_worker: Database
) -> None:
    both = [SqlPersonalItems(database), SqlPersonalItems(second_worker)]
    kept = await asyncio.gather(*(both[n % 2].add_favourite("p", f"A-{n:03}", NOW, 3) for n in range(8)))
    assert sum(kept) == 3
    assert len(await both[0].favourites("p", 10)) == 3


async def test_recent_items_are_the_newest_twenty_of_each_person(database: Database) -> None:
    personal = SqlPersonalItems(database)
    await personal.remember([("p1", f"A-{n:03}", NOW + timedelta(seconds=n)) for n in range(25)])
    await personal.remember([("p2", "B-001", NOW), ("p1", "A-010", NOW + timedelta(hours=1))])
    await personal.remember([("p1", "A-010", NOW)])  # late: an older use never moves it back
    recent = await personal.recent("p1", 100)
    assert len(recent) == 20
    assert (recent[0].code, recent[0].at) == ("A-010", NOW + timedelta(hours=1))
    assert [m.code for m in recent[1:3]] == ["A-024", "A-023"]
    assert [m.code for m in await personal.recent("p2", 100)] == ["B-001"]


async def test_uses_add_up_by_day_and_the_most_used_come_first(database: Database) -> None:
    counts = SqlUseCounts(database)
    today, old = date(2026, 11, 23), date(2026, 9, 1)
    await counts.count({(today, "A-001", UseKind.VIEWED): 2, (today, "B-001", UseKind.APPLIED): 1})
    await counts.count({(today, "B-001", UseKind.APPLIED): 4, (old, "A-001", UseKind.VIEWED): 100})
    assert await counts.top(date(2026, 10, 24), 10) == [("B-001", 5), ("A-001", 2)]
    assert await counts.top(old, 1) == [("A-001", 102)]

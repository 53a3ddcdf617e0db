"""Development: an edited TOML file is live without a restart; a broken one leaves the last good version."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.adapters.fast_state import open_fast_state
from services.adapters.store import Database, Sealer
from services.adapters.store.catalog import SqlCatalogueVersions, SqlPersonalItems, SqlUseCounts
from services.adapters.store.idempotency import SqlIdempotencyStore
from services.catalog.catalogue import ROOT
from services.catalog.running import open_catalog, reload
from services.catalog.service import CatalogService
from services.kernel.clock import FixedClock
from services.kernel.errors import StoreDown
from services.kernel.unit_of_work import Idempotency


@asynccontextmanager
async def running(
    root: Path, cache_dir: Path, url: str, clock: FixedClock, live: bool = True, ready: bool = True
) -> AsyncIterator[CatalogService]:
    database = Database(url)
    fast_state = await open_fast_state(None)

    async def store_ready() -> None:
        if not ready:
            raise StoreDown()

    store = SqlIdempotencyStore(database, Sealer(b"k" * 32), clock)
    try:
        async with open_catalog(
            cache_dir=cache_dir,
            live=live,
            clock=clock,
            versions=SqlCatalogueVersions(database),
            personal=SqlPersonalItems(database),
            counts=SqlUseCounts(database),
            fast_state=fast_state.state,
            idempotency=Idempotency(database.unit_of_work, store),
            store_ready=store_ready,
            root=root,
        ) as service:
            yield service
    finally:
        await fast_state.close()
        await database.close()


def copy_of_catalogue(tmp_path: Path) -> Path:
    root = tmp_path / "catalog"
    for folder in ("data", "items"):
        shutil.copytree(ROOT / folder, root / folder)
    return root


async def until_digest_moves(service: CatalogService, old: str) -> None:
    async with asyncio.timeout(20):
        while service.digest == old:  # noqa: ASYNC110 - the watcher's own thread decides when
            await asyncio.sleep(0.02)


async def test_an_edited_guide_is_live_and_a_broken_one_leaves_the_last_good(
    sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    root = copy_of_catalogue(tmp_path)
    path = root / "items" / "ybj" / "YB-010.toml"
    good = path.read_text("utf-8")
    async with running(root, tmp_path, sqlite_url, clock) as service:
        first, digest = service.version, service.digest
        told: list[str] = []
        service.on_change.append(lambda: told.append(service.digest))
        while True:  # the watcher may start after the first write
            path.write_text(good.replace("synonyms = [", 'synonyms = ["看不懂的新词", ', 1), "utf-8")
            try:
                async with asyncio.timeout(2):
                    await until_digest_moves(service, digest)
                break
            except TimeoutError:
                path.write_text(good, "utf-8")
        assert service.search("看不懂的新词").hits[0].code == "YB-010"
        assert await service.synchronise() > first
        assert told == [service.digest]
        changes = await service.changes(first, 10)
        assert [(change.kind.value, change.code) for change in changes] == [("CHANGED", "YB-010")]

        live = service.digest
        path.write_text(good.replace("depth = ", "depht = ", 1), "utf-8")
        (root / "items" / "ybj" / "YB-011.toml").touch()

        assert not await reload(service, root, tmp_path)
        assert service.digest == live
        path.write_text(good, "utf-8")
        await until_digest_moves(service, live)
        assert service.digest == digest
        assert await service.synchronise() == first + 2  # going back is a change like any other


async def test_without_a_store_guides_are_served_and_the_version_waits(
    sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    async with running(ROOT, tmp_path, sqlite_url, clock, live=False, ready=False) as service:
        assert service.item("YB-010").name == "出具《参保凭证》"
        with pytest.raises(StoreDown):
            _ = service.version
        assert await service.synchronise() == 510
        assert service.version == 510


async def test_uses_wait_in_memory_while_the_store_is_away(sqlite_url: str, tmp_path: Path, clock: FixedClock) -> None:
    async with running(ROOT, tmp_path, sqlite_url, clock, live=False) as service:
        service.applied("YB-010", "person-1")
        counts = service.uses._counts

        class Away:
            async def count(self, uses: object) -> None:
                raise StoreDown()

        service.uses._counts = Away()  # type: ignore[assignment]  # the part that matters
        with pytest.raises(StoreDown):
            await service.uses.flush()
        service.uses._counts = counts
        await service.uses.flush()
        assert [(p.item.code, p.uses) for p in await service.popular(5)] == [("YB-010", 1)]

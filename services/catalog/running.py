"""Starts and stops the catalogue in a worker: load, write the change feed, count uses, follow edited files."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import structlog

from services.catalog.catalogue import ROOT, load
from services.catalog.errors import CatalogueInvalid
from services.catalog.ports import CatalogueVersions, PersonalItems, UseCounts
from services.catalog.service import CatalogService
from services.kernel.clock import Clock
from services.kernel.errors import CityError, StoreDown
from services.kernel.fast_state import FastState
from services.kernel.unit_of_work import Idempotency

EVERY_SECONDS = 2.0

log = structlog.get_logger("catalog")


@contextlib.asynccontextmanager
async def open_catalog(
    *,
    cache_dir: Path,
    live: bool,
    clock: Clock,
    versions: CatalogueVersions,
    personal: PersonalItems,
    counts: UseCounts,
    fast_state: FastState,
    idempotency: Idempotency,
    store_ready: Callable[[], Awaitable[None]],
    root: Path = ROOT,
) -> AsyncIterator[CatalogService]:
    """The service, kept up to date while the block runs. `live`: edited files show without a restart.

    Raises `CatalogueInvalid` when the files have faults. A store that is not ready delays the version and the
    counts, never the guides.
    """
    catalogue = load(root, cache_dir)  # not in a thread: nothing else runs yet, and its memory would stay apart
    service = CatalogService(catalogue, clock, versions, personal, counts, fast_state, idempotency)
    with contextlib.suppress(StoreDown):
        await store_ready()
        await service.synchronise()
    tasks = [asyncio.create_task(_keep(service, store_ready))]
    if live:
        tasks.append(asyncio.create_task(follow(service, root, cache_dir)))
    try:
        yield service
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(StoreDown):
            await service.uses.flush()


async def _keep(service: CatalogService, store_ready: Callable[[], Awaitable[None]]) -> None:
    """Every few seconds: counts to the store; a version for content that is new (a month began, files changed)."""
    ready = False
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await asyncio.to_thread(lambda: service.view.catalogue.index)  # made once, before somebody waits for it
        try:
            if not ready:
                await store_ready()
                ready = True
            await service.synchronise()
            await service.uses.flush()
        except CityError as error:
            log.warning("catalogue_waits_for_store", code=error.code)


async def reload(service: CatalogService, root: Path, cache_dir: Path) -> bool:
    """Load again and swap; with faults the last good catalogue stays. Whether it was swapped."""
    try:
        catalogue = await asyncio.to_thread(load, root, cache_dir, True)
    except CatalogueInvalid as error:
        log.error("catalogue_not_reloaded", faults=error.faults)
        return False
    service.replace(catalogue)
    try:
        version = await service.synchronise()
    except StoreDown as error:
        log.warning("catalogue_waits_for_store", code=error.code)
        return True
    log.info("catalogue_reloaded", version=version)
    return True


async def follow(service: CatalogService, root: Path, cache_dir: Path, stop: asyncio.Event | None = None) -> None:
    """Reload on each edit of a TOML file; for development."""
    from watchfiles import awatch  # noqa: PLC0415 - only in development

    def toml(_: object, path: str) -> bool:
        return path.endswith(".toml")

    async for _ in awatch(root / "items", root / "data", watch_filter=toml, stop_event=stop, debounce=200, step=50):
        await reload(service, root, cache_dir)

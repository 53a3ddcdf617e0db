"""What nobody needs any more is forgotten once an hour, by every worker: they do not disturb one another."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.kernel.errors import StoreDown

EVERY_SECONDS = 3600.0

log = structlog.get_logger(__name__)


async def purge_hourly(purges: Mapping[str, Callable[[], Awaitable[int]]]) -> None:
    """Runs until cancelled; a database that is down or not migrated is tried again an hour later."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        for what, purge in purges.items():
            try:
                log.info("purged", what=what, rows=await purge())
            except (StoreDown, SQLAlchemyError) as error:
                log.warning("not purged", what=what, error=type(error).__name__)

"""A city whose clock stands still, and the identity provider's knobs."""

from collections.abc import AsyncIterator

import pytest

from mocks.identity.app import Provider
from services.kernel.clock import FixedClock
from tests.city import City, running_city


@pytest.fixture
async def still_city(city_urls: tuple[str, str | None], clock: FixedClock) -> AsyncIterator[City]:
    """The city on a clock that moves only when told, once for each way to run it."""
    async with running_city(*city_urls, clock=clock) as opened:
        yield opened


@pytest.fixture
async def small_city(sqlite_url: str, clock: FixedClock) -> AsyncIterator[City]:
    """The same, embedded only."""
    async with running_city(sqlite_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def provider(small_city: City) -> Provider:
    """The mock provider of `small_city`."""
    found: Provider = small_city.mocks["identity"].state.provider
    return found

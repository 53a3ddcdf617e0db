"""Fixtures that every test may ask for: a clock that stands still, both databases, both fast states.

`DATABASE_URL` and `REDIS_URL` point the same tests at other servers; databases are created and dropped there.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from services.adapters.fast_state import open_fast_state
from services.adapters.fast_state.redis_state import RedisFastState
from services.adapters.store import Database, upgrade
from services.kernel.clock import FixedClock
from services.kernel.ids import new_id
from tests.city import city, city_urls, embedded_city  # noqa: F401 - fixtures for every test
from tests.servers import Postgres, Valkey

TEMPLATE = f"city_template_{os.getpid()}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI nothing may be missing: a skip there is a failure with the same sentence."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {call.excinfo.value if call.excinfo else item.name}"
    return report


def run_in_thread(work: Coroutine[Any, Any, None]) -> None:
    """Run to its end on a loop of its own, so that the test's loop is left alone."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def _migrate(url: str) -> None:
    database = Database(url)
    try:
        await upgrade(database)
    finally:
        await database.close()


async def _administer(server_url: str, *statements: str) -> None:
    url = make_url(server_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _named(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2026-11-23, 10:00 in China; moves only by `advance`."""
    return FixedClock(datetime(2026, 11, 23, 2, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey of this test process (0.05 s to start), or what REDIS_URL names."""
    if "REDIS_URL" in os.environ:
        yield os.environ["REDIS_URL"]
        return
    server = Valkey()
    yield server.url
    server.close()


@pytest.fixture(scope="session")
def valkey_cluster_url() -> Iterator[str]:
    """A real cluster of one node: it refuses every call that touches two hash slots."""
    server = Valkey(cluster=True)
    yield server.url
    server.close()


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """A real PostgreSQL of this test process, or what DATABASE_URL names; with a migrated template."""
    server = None if "DATABASE_URL" in os.environ else Postgres()
    url = os.environ["DATABASE_URL"] if server is None else server.url()
    run_in_thread(_administer(url, f"CREATE DATABASE {TEMPLATE}"))
    try:
        run_in_thread(_migrate(_named(url, TEMPLATE)))
        yield url
    finally:
        if server is None:
            run_in_thread(_administer(url, f"DROP DATABASE {TEMPLATE} WITH (FORCE)"))
        else:
            server.close()


@pytest.fixture
async def postgres_url(postgres_server_url: str) -> AsyncIterator[str]:
    """URL of a fresh, migrated PostgreSQL database of this test."""
    name = f"city_{new_id().replace('-', '')}"
    await _administer(postgres_server_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield _named(postgres_server_url, name)
    await _administer(postgres_server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    run_in_thread(_migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a fresh, migrated SQLite database of this test."""
    shutil.copyfile(sqlite_template, tmp_path / "city.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'city.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database, once on each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated database, once on each kind."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(params=["embedded", "valkey"])
def redis_url(request: pytest.FixtureRequest) -> str | None:
    """The setting REDIS_URL, once for each kind of fast state."""
    return None if request.param == "embedded" else request.getfixturevalue("valkey_url")


@pytest.fixture
async def fast_state(redis_url: str | None) -> AsyncIterator[RedisFastState]:
    """`services.kernel.fast_state.FastState`, once for each kind; its keys are of this test alone."""
    opened = await open_fast_state(redis_url, prefix=f"{new_id()}:")
    yield opened.state
    await opened.close()

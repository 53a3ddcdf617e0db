"""The whole city on real sockets, in this process: the gateway and every mock, each on a free port.

async def test_x(city): ...            once embedded (SQLite, in-process fast state), once on PostgreSQL and Valkey
async def test_x(embedded_city): ...   embedded only: cheaper
async with running_city(database_url, redis_url, max_depth=3) as city: ...   with other settings
"""

import asyncio
import importlib
import pkgutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import redis
import uvicorn
from starlette.applications import Starlette

import mocks
from gateway.app import create_app
from gateway.bootstrap import Services
from gateway.settings import Department, Settings
from mocks.config import MockConfig
from services.kernel.clock import Clock, SystemClock

SECRET = "secret-of-the-tests"
START_SECONDS = 20.0

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class GraphQLReply:
    """One GraphQL answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def data(self) -> Any:
        """`data` of an answer without errors; fails the test when there are any."""
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        errors: list[dict[str, Any]] = self.body.get("errors", [])
        return errors

    @property
    def codes(self) -> list[str]:
        """`extensions.code` of each error, in order."""
        return [e["extensions"]["code"] for e in self.errors]


@dataclass(slots=True)
class City:
    """A running city. `mocks` holds each mock's app and `mock_urls` where it listens, by folder name."""

    url: str
    app: Starlette
    settings: Settings
    http: aiohttp.ClientSession
    """A client whose relative URLs are the gateway's."""
    mocks: dict[str, Starlette] = field(default_factory=dict)
    mock_urls: dict[str, str] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    async def graphql(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> GraphQLReply:
        """POST one operation; `members` join the body (`operationName="X"`)."""
        sent = {"accept": "application/graphql-response+json", **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        body = {"query": query, "variables": dict(variables or {}), **members}
        async with self.http.post("/graphql", json=body, headers=sent) as answer:
            return GraphQLReply(answer.status, answer.headers, await answer.json(content_type=None))

    async def script(self, system: str, kind: str, **values: Any) -> None:
        """Script a mock: `await city.script("medical_insurance", "outage", times=1)`."""
        async with self.http.post(f"{self.mock_urls[system]}/__mock__/behaviour", json={"kind": kind, **values}) as got:
            assert got.status == 201, await got.text()


class _Server(uvicorn.Server):
    """A server that leaves the signals of the test process alone."""

    @contextmanager
    def capture_signals(self) -> Any:
        yield


def _listen() -> tuple[socket.socket, str]:
    listening = socket.socket(proto=socket.IPPROTO_TCP)  # named, or asyncio leaves Nagle on: 40 ms an answer
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}"


@asynccontextmanager
async def serving(app: Asgi, listening: socket.socket) -> AsyncIterator[None]:
    """Serve an ASGI app, lifespan included, until the block ends. Raises what its start raised."""
    failed: list[BaseException] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except BaseException as error:
            if scope["type"] == "lifespan":
                failed.append(error)
            raise

    config = uvicorn.Config(
        watched, lifespan="on", log_config=None, ws="websockets-sansio", timeout_graceful_shutdown=3
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        async with asyncio.timeout(START_SECONDS):
            while not server.started:
                if task.done():
                    raise failed[0] if failed else RuntimeError("the server did not start")
                await asyncio.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        await task
        listening.close()


def mock_systems() -> list[str]:
    """Folder names under `mocks/` that hold an app."""
    return sorted(m.name for m in pkgutil.iter_modules(mocks.__path__) if m.ispkg)


@asynccontextmanager
async def running_city(
    database_url: str, redis_url: str | None = None, clock: Clock | None = None, **values: Any
) -> AsyncIterator[City]:
    """The city on a migrated database; `values` are further settings by field name."""
    now = (clock or SystemClock()).now
    async with AsyncExitStack() as stack:
        gateway_socket, gateway_url = _listen()
        stack.callback(gateway_socket.close)
        apps: dict[str, Starlette] = {}
        urls: dict[str, str] = {}
        for system in mock_systems():
            listening, urls[system] = _listen()
            stack.callback(listening.close)
            module = importlib.import_module(f"mocks.{system}.app")
            apps[system] = module.create_app(MockConfig(gateway_url, urls[system], SECRET, now))
            await stack.enter_async_context(serving(apps[system], listening))
        departments = {name: Department(base_url=url, secret=SECRET, deadline_seconds=2) for name, url in urls.items()}
        given: dict[str, Any] = {"departments": departments, "public_url": gateway_url, "log_format": "console"}
        given["mutations_per_person"] = 10_000  # a test is quicker than a person, and its clock may stand still
        settings = Settings(database_url=database_url, redis_url=redis_url, **{**given, **values})
        app = create_app(settings, clock)
        await stack.enter_async_context(serving(app, gateway_socket))
        http = await stack.enter_async_context(aiohttp.ClientSession(gateway_url))
        yield City(gateway_url, app, settings, http, apps, urls)


@pytest.fixture(params=["embedded", pytest.param("servers", marks=pytest.mark.servers)])
def city_urls(request: pytest.FixtureRequest) -> tuple[str, str | None]:
    """DATABASE_URL and REDIS_URL of a fresh city, once for each way to run one."""
    if request.param == "embedded":
        return request.getfixturevalue("sqlite_url"), None
    valkey_url: str = request.getfixturevalue("valkey_url")
    with redis.Redis.from_url(valkey_url) as valkey:
        valkey.flushdb()  # limits counted in an earlier test, perhaps on another clock, are none of this one's
    return request.getfixturevalue("postgres_url"), valkey_url


@pytest.fixture
async def city(city_urls: tuple[str, str | None]) -> AsyncIterator[City]:
    """The city, once embedded and once on PostgreSQL and Valkey."""
    async with running_city(*city_urls) as opened:
        yield opened


@pytest.fixture
async def embedded_city(sqlite_url: str) -> AsyncIterator[City]:
    """The city on SQLite and the in-process fast state."""
    async with running_city(sqlite_url) as opened:
        yield opened

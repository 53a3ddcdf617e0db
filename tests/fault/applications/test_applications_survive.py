"""Applications outlive the process that took them: killed, restarted, or one of several."""

import asyncio
import importlib
import json
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette

from mocks.config import MockConfig
from tests.city import SECRET, GraphQLReply, mock_systems, serving
from tests.e2e.applications.operations import WHOLE_WAY, issues, submitted, until, until_noted
from tests.servers import free_port
from tests.sign_in import sign_in

LEASE_SECONDS = 60


@dataclass
class Outside:
    """The mocks, and gateways in processes of their own."""

    url: str
    port: int
    settings: dict[str, Any]
    http: aiohttp.ClientSession
    mocks: dict[str, Starlette]
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def graphql(
        self, query: str, variables: Mapping[str, Any] | None = None, token: str | None = None, url: str = ""
    ) -> GraphQLReply:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": query, "variables": dict(variables or {})}
        async with self.http.post(f"{url or self.url}/graphql", json=body, headers=headers) as answer:
            return GraphQLReply(answer.status, dict(answer.headers), await answer.json(content_type=None))

    async def start(self, port: int | None = None, ahead: float = 0) -> asyncio.subprocess.Process:
        """A gateway process, once it answers."""
        port = port or self.port
        given = json.dumps({"port": port, "ahead": ahead, "settings": self.settings})
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fault.applications.gateway_process", given, stdout=asyncio.subprocess.DEVNULL
        )
        self.processes.append(process)
        async with asyncio.timeout(30):
            while True:
                assert process.returncode is None, "the gateway did not start"
                try:
                    async with self.http.get(f"http://127.0.0.1:{port}/healthz") as answer:
                        if answer.status == 200:
                            return process
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)

    def core(self) -> Any:
        return self.mocks["medical_insurance"].state.core


@asynccontextmanager
async def outside(database_url: str, redis_url: str | None, data_dir: Path) -> AsyncIterator[Outside]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    departments: dict[str, Any] = {}
    apps: dict[str, Starlette] = {}
    async with AsyncExitStack() as stack:
        for system in mock_systems():
            listening = socket.create_server(("127.0.0.1", 0))
            own = f"http://127.0.0.1:{listening.getsockname()[1]}"
            apps[system] = importlib.import_module(f"mocks.{system}.app").create_app(MockConfig(url, own, SECRET))
            departments[system] = {"base_url": own, "secret": SECRET, "deadline_seconds": 4}
            await stack.enter_async_context(serving(apps[system], listening))
        settings = {
            "database_url": database_url,
            "redis_url": redis_url,
            "public_url": url,
            "departments": departments,
            "data_dir": str(data_dir),
        }
        http = await stack.enter_async_context(aiohttp.ClientSession())
        found = Outside(url, port, settings, http, apps)
        try:
            yield found
        finally:
            for process in found.processes:
                if process.returncode is None:
                    process.kill()
                await process.wait()


@pytest.fixture
async def hall(city_urls: tuple[str, str | None], tmp_path: Path) -> AsyncIterator[Outside]:
    """A city whose gateways are processes, embedded and on servers."""
    async with outside(*city_urls, tmp_path) as opened:
        yield opened


async def test_a_gateway_killed_between_submission_and_delivery_delivers_once_after_its_restart(hall: Outside) -> None:
    control = hall.core().control
    outage = control.script("outage")
    gateway = await hall.start()
    tokens = await sign_in(hall, "zhangsan")
    application = await submitted(hall, tokens)
    await until_noted(hall, tokens, application["id"], "DEPARTMENT_SILENT")
    gateway.kill()
    await gateway.wait()
    control.drop(outage.id)
    await hall.start(ahead=LEASE_SECONDS + 1)
    closed = await until(hall, tokens, application["id"], "CLOSED", seconds=30)
    assert [event["state"] for event in closed["timeline"] if event["reasonCode"] is None] == WHOLE_WAY
    assert [call["repeat"] for call in issues(hall)] == [False]


async def test_a_gateway_killed_while_the_department_works_asks_again_and_the_work_is_done_once(hall: Outside) -> None:
    control = hall.core().control
    control.script("delay", seconds=2, times=1)
    gateway = await hall.start()
    tokens = await sign_in(hall, "lisi")
    application = await submitted(hall, tokens)
    async with asyncio.timeout(10):
        while control.behaviours:  # noqa: ASYNC110 - the mock has no event to wait for
            await asyncio.sleep(0.02)
    gateway.kill()
    await gateway.wait()
    async with asyncio.timeout(10):
        while not hall.core().matters:  # noqa: ASYNC110 - the department finishes what it was asked
            await asyncio.sleep(0.05)
    await hall.start(ahead=LEASE_SECONDS + 1)
    closed = await until(hall, tokens, application["id"], "CLOSED", seconds=30)
    assert [event["state"] for event in closed["timeline"] if event["reasonCode"] is None] == WHOLE_WAY
    assert [call["repeat"] for call in issues(hall)] == [False, True]
    assert len(hall.core().matters) == 1


@pytest.mark.servers
async def test_two_gateways_share_the_work_and_none_is_done_twice(
    postgres_url: str, valkey_url: str, tmp_path: Path
) -> None:
    async with outside(postgres_url, valkey_url, tmp_path) as hall:
        await hall.start()
        await hall.start(free_port())
        tokens = await sign_in(hall, "zhangsan")
        made = await asyncio.gather(*(submitted(hall, tokens) for _ in range(20)))
        closed = [await until(hall, tokens, one["id"], "CLOSED", seconds=30) for one in made]
        assert all([event["state"] for event in one["timeline"]] == WHOLE_WAY for one in closed)
        assert len({one["result"]["certificateId"] for one in closed}) == 20
        assert Counter(call["idempotencyKey"] for call in issues(hall)).most_common(1)[0][1] == 1
        assert len(hall.core().matters) == 20

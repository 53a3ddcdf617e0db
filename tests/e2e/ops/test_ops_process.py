"""The process itself: it starts with one command, says when a port is taken, drains, and ends what it started."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from gateway.server import listen

ROOT = Path(__file__).resolve().parents[3]
MOCKS = sorted(app.parent.name for app in (ROOT / "mocks").glob("*/app.py"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def process(*command: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *command, cwd=ROOT, env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def ready(port: int, host: str = "127.0.0.1") -> None:
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with session.get(f"http://{host}:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)


async def test_one_command_opens_the_city_and_one_signal_closes_all_of_it(tmp_path: Path) -> None:
    port = free_port()
    mocks = {name: free_port() for name in MOCKS}
    serve = ("mocks", "--serve-with", "--", sys.executable, "-m", "gateway", "serve", "--migrate")
    environment = {
        "PORT": f"{port}",
        "DATA_DIR": str(tmp_path),
        **{f"MOCK_{name.upper()}_PORT": f"{taken}" for name, taken in mocks.items()},
    }
    async with process(*serve, **environment) as city:
        assert city.stdout is not None
        said = ""
        async with asyncio.timeout(40):
            while "Ctrl-C" not in said:
                line = await city.stdout.readline()
                assert line, f"the city ended before it was open:\n{said}"
                said += line.decode()
        assert f"http://localhost:{port}" in said
        assert "张三" in said
        await ready(port)
        discovery = f"http://127.0.0.1:{mocks['identity']}/.well-known/openid-configuration"
        async with aiohttp.ClientSession() as session, session.get(discovery) as answer:
            assert answer.status == 200
        city.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(city.wait(), 20) == 0
    for one in (port, *mocks.values()):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", one))


async def test_a_taken_port_is_told_in_a_sentence_with_the_setting(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("0.0.0.0", 0))
        holder.listen()
        port = holder.getsockname()[1]
        for command in (("gateway", "serve"), ("mocks", "--serve-with", "--", sys.executable, "-m", "gateway")):
            async with process(*command, PORT=f"{port}", DATA_DIR=str(tmp_path)) as refused:
                output, _ = await asyncio.wait_for(refused.communicate(), 30)
            assert refused.returncode == 1
            assert f"Port {port} is already in use" in output.decode()
            assert "PORT" in output.decode()
            assert "Traceback" not in output.decode()


async def test_a_stop_turns_readiness_red_first_and_lets_a_request_finish(tmp_path: Path) -> None:
    port = free_port()
    settings = {"PORT": f"{port}", "DATA_DIR": str(tmp_path), "DRAIN_NOTICE_SECONDS": "1.5", "DRAIN_SECONDS": "5"}
    async with process("gateway", "serve", "--migrate", **settings) as gateway:
        await ready(port)
        body = b'{"query":"{ __typename }"}'
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccept: application/json\r\n"
            + f"content-length: {len(body)}\r\n\r\n".encode() + body[:5]
        )  # fmt: skip
        await writer.drain()
        gateway.send_signal(signal.SIGTERM)
        async with aiohttp.ClientSession() as session, asyncio.timeout(5):
            status = 200
            while status == 200:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    status = answer.status
        assert status == 503
        writer.write(body[5:])
        answer_line = await asyncio.wait_for(reader.readline(), 10)
        assert answer_line == b"HTTP/1.1 200 OK\r\n"
        writer.close()
        assert await asyncio.wait_for(gateway.wait(), 15) in (0, -signal.SIGTERM)


def test_one_socket_hears_ipv6_and_ipv4() -> None:
    listener = listen("::", 0)
    try:
        port = listener.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), 2).close()
        if listener.family == socket.AF_INET6:
            socket.create_connection(("::1", port), 2).close()
    finally:
        listener.close()


async def test_help_lists_every_command() -> None:
    async with process("gateway", "--help") as told:
        output, _ = await told.communicate()
    for command in ("serve", "migrate", "schema", "keys", "settings-doc", "errors-doc"):
        assert f"  {command} " in output.decode()

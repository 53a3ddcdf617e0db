"""`python -m mocks`: every mock department on its own port, until Ctrl-C; on request with the gateway beside them.

    python -m mocks                                             the departments alone
    python -m mocks --serve-with -- python -m gateway serve     and this command as a child

The child learns from its environment where the departments are. When it ends, so do we; when we end,
so does it, even if we are killed.
"""

import argparse
import asyncio
import contextlib
import ctypes
import importlib
import importlib.util
import os
import pkgutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator

import aiohttp
import uvicorn
from starlette.applications import Starlette

import mocks
from mocks.config import MockConfig
from mocks.people import PEOPLE

PORTS = {"identity": 8101, "medical_insurance": 8102, "records": 8110, "unified_window": 8103}
"""Where each mock listens; MOCK_<NAME>_PORT moves one. A mock that is not named here takes a port above 8150."""
SECRET = "development-only-secret"
READY_SECONDS = 60.0
STOP_SECONDS = 30.0


class CannotStart(Exception):
    """Told to the developer as it is."""


class MockServer(uvicorn.Server):
    """Signals are the supervisor's, not each server's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def mock_names() -> list[str]:
    """Every package in `mocks/` that has an app."""
    packages = [m.name for m in pkgutil.iter_modules(mocks.__path__) if m.ispkg]
    return sorted(name for name in packages if importlib.util.find_spec(f"mocks.{name}.app"))


def port_of(name: str, position: int) -> int:
    return int(os.environ.get(f"MOCK_{name.upper()}_PORT", PORTS.get(name, 8150 + position)))


def listen(name: str, port: int) -> socket.socket:
    # The protocol is named, or asyncio leaves Nagle on.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as refused:
        listener.close()
        setting = f"MOCK_{name.upper()}_PORT"
        raise CannotStart(
            f"端口 {port}（模拟系统 {name}）已被占用：请先停掉占用它的程序，或设置 {setting}。\n"
            f"Port {port} (mock {name}) is already in use: stop that program, or set {setting}."
        ) from refused
    return listener


def free_or_say(port: int) -> None:
    """The gateway's port, tried before anything starts. Raises `CannotStart`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 - the gateway listens on every address
        except OSError as refused:
            raise CannotStart(
                f"端口 {port} 已被占用：请先停掉占用它的程序，或用 PORT 换一个，例如 PORT={port + 1} make run。\n"
                f"Port {port} is already in use: stop that program, or set PORT to another one."
            ) from refused


class City:
    """The mocks, and the gateway when asked for."""

    def __init__(self, gateway_port: int) -> None:
        self.gateway_url = f"http://localhost:{gateway_port}"
        self.addresses: dict[str, str] = {}
        self._servers: list[MockServer] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start_mocks(self) -> None:
        for position, name in enumerate(mock_names()):
            listener = listen(name, port_of(name, position))
            own_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            create_app: Callable[[MockConfig], Starlette] = importlib.import_module(f"mocks.{name}.app").create_app
            app = create_app(MockConfig(self.gateway_url, own_url, os.environ.get("MOCKS_SECRET", SECRET)))
            config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
            server = MockServer(config)
            self._servers.append(server)
            self._tasks.append(asyncio.create_task(server.serve([listener])))
            self.addresses[name] = own_url
        while not all(server.started for server in self._servers):
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.01)

    async def stop_mocks(self) -> None:
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def child_environment(self) -> dict[str, str]:
        """What a developer has set wins over what we know."""
        known = {"PUBLIC_URL": self.gateway_url}
        known |= {f"DEPARTMENTS__{name.upper()}__BASE_URL": url for name, url in self.addresses.items()}
        return {**known, **os.environ}

    async def wait_until_ready(self, child: asyncio.subprocess.Process) -> None:
        """Until the gateway says that it is ready. Raises `CannotStart`."""
        last = time.monotonic() + READY_SECONDS
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            while time.monotonic() < last:
                if child.returncode is not None:
                    raise CannotStart("网关没有启动，原因见上。The gateway did not start; the lines above say why.")
                with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                    async with session.get(f"{self.gateway_url}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)
        raise CannotStart(f"网关 {READY_SECONDS:.0f} 秒内没有就绪。The gateway is not ready after that time.")

    def welcome(self) -> str:
        people = "\n".join(f"    {one.name}  {one.id_number}  {one.story}" for one in PEOPLE.values())
        departments = "\n".join(f"    {name:<18} {url}" for name, url in self.addresses.items())
        return f"""
  爱山东·聊城分厅已经开门  The hall is open

    {self.gateway_url}

  演示市民 Demo people（均为虚构 all fictitious）
{people}

  可以试试 Try
    打开首页，以张三登录，搜索 ybpz        open the page, sign in as 张三, search ybpz
    {self.gateway_url}/graphiql   写一个查询 write a query
    make demo                           另开一个终端，从登录到核验走一遍 the whole journey, in a second terminal

  模拟部门 Mock departments
{departments}

  按 Ctrl-C 全部停止  Ctrl-C stops everything
"""


def _die_with_parent() -> None:
    """Linux: the kernel ends the child when we are gone, however that came about."""
    os.setsid()  # Ctrl-C reaches us alone; we tell the child
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 is PR_SET_PDEATHSIG


async def stop_child(child: asyncio.subprocess.Process) -> None:
    """Ask it to drain, and after that be firm."""
    if child.returncode is None:
        child.terminate()
        try:
            await asyncio.wait_for(child.wait(), STOP_SECONDS)
        except TimeoutError:
            os.killpg(child.pid, signal.SIGKILL)
            await child.wait()


async def run(command: list[str], gateway_port: int) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    city = City(gateway_port)
    child: asyncio.subprocess.Process | None = None
    try:
        if command:
            free_or_say(gateway_port)
        await city.start_mocks()
        if command:
            child = await asyncio.create_subprocess_exec(
                *command, env=city.child_environment(), preexec_fn=_die_with_parent
            )
        return await _until_stopped(city, child, stop)
    except CannotStart as reason:
        print(reason, file=sys.stderr)
        return 1
    finally:
        if child is not None:
            await stop_child(child)
        await city.stop_mocks()


async def _until_stopped(city: City, child: asyncio.subprocess.Process | None, stop: asyncio.Event) -> int:
    if child is None:
        print("\n".join(f"{name:<18} {url}" for name, url in city.addresses.items()), flush=True)
        await stop.wait()
        return 0
    stopped = asyncio.create_task(stop.wait())
    ready = asyncio.create_task(city.wait_until_ready(child))
    await asyncio.wait({stopped, ready}, return_when=asyncio.FIRST_COMPLETED)
    if stop.is_set():
        ready.cancel()
        return 0
    ready.result()
    print(city.welcome(), flush=True)
    ended = asyncio.create_task(child.wait())
    await asyncio.wait({stopped, ended}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    return 0 if stop.is_set() else child.returncode or 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mocks", description=__doc__)
    parser.add_argument("--gateway-port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--serve-with", action="store_true", help="run the command after -- as a child")
    parser.add_argument("command", nargs="*")
    asked = parser.parse_args()
    return asyncio.run(run(asked.command if asked.serve_with else [], asked.gateway_port))


if __name__ == "__main__":
    sys.exit(main())

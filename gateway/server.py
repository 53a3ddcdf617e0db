"""Starting and stopping: the listening socket, the workers, and a stop that drains."""

import argparse
import asyncio
import errno
import gc
import multiprocessing
import socket
import sys
import time
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from gateway import configuration
from gateway.draining import draining
from gateway.observability.logs import configure_logs
from gateway.settings import Settings

BACKLOG = 2048
NO_IPV6 = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT}


class PortTaken(Exception):
    """Somebody else listens on the port; the text says which and how to choose another."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. `::` takes IPv6 and IPv4 alike, and IPv4 alone where IPv6 is off.

    Raises `PortTaken`, or `OSError` for an address that is not this machine's.
    """
    try:
        return _listen(socket.AF_INET6 if ":" in host else socket.AF_INET, host, port)
    except OSError as refused:
        if host == "::" and refused.errno in NO_IPV6:
            return listen("0.0.0.0", port)  # noqa: S104 - the setting asked for every address
        if refused.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"端口 {port} 已被别的程序占用：请先停掉它，或用 PORT 换一个，例如 PORT={port + 1} make run。\n"
                f"Port {port} is already in use: stop that program, or set PORT to another one."
            ) from refused
        raise


def _listen(family: int, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.set_inheritable(True)
    except OSError:
        listener.close()
        raise
    return listener


class DrainingServer(uvicorn.Server):
    """Turns readiness red at the first signal, keeps serving for the notice time, then stops accepting.

    uvicorn then gives what is in flight DRAIN_SECONDS; the lifespan closes the services after that.
    A second signal ends the notice at once.
    """

    notice_seconds = 0.0
    _asked_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._asked_at is None:
            self._asked_at = time.monotonic()
            self._captured_signals.append(sig)
        else:
            super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()  # modules, graph and catalogue stay for good: no collection need walk over them again
        gc.enable()

    async def on_tick(self, counter: int) -> bool:
        if self._asked_at is not None:
            draining.begin()
            if time.monotonic() - self._asked_at >= self.notice_seconds:
                self.should_exit = True
        return await super().on_tick(counter)


class DrainingProcess(Process):
    """One worker process with a `DrainingServer`."""

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = draining_server(self.config)
        return self._server


class DrainingWorkers(Multiprocess):
    """Workers that drain; a dead one is replaced (uvicorn)."""

    def init_processes(self) -> None:
        for _ in range(self.processes_num):
            process = DrainingProcess(self.config, self.sockets)
            process.start()
            self.processes.append(process)


def draining_server(config: uvicorn.Config) -> uvicorn.Server:
    gc.disable()  # until it has started: nearly all that is made meanwhile stays, and looking for the rest takes 0.2 s
    server = DrainingServer(config)
    server.notice_seconds = configuration.load().effective_drain_notice_seconds
    return server


def application() -> ASGIApp:
    """What each worker serves; reads the settings from its environment."""
    from gateway.app import create_app  # noqa: PLC0415 - the parent of several workers never needs the graph

    settings = configuration.load()
    configure_logs(settings.log_format)
    return create_app(settings)


def uvicorn_config(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        "gateway.server:application",
        factory=True,
        workers=settings.workers,
        lifespan="on",
        loop="auto",
        http="auto",
        ws="websockets-sansio",
        ws_max_size=settings.max_body_bytes,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
    )


def serve(arguments: list[str]) -> int:
    """`python -m gateway serve`: until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m gateway serve")
    parser.add_argument("--migrate", action="store_true", help="bring the database to the newest revision first")
    asked = parser.parse_args(arguments)
    settings = configuration.load()
    configure_logs(settings.log_format)
    from gateway.catalog_files import faults  # noqa: PLC0415 - other commands of this module never need it

    wrong = faults(settings)
    if wrong is not None:
        print(wrong, file=sys.stderr)
        return 78
    try:
        listener = listen(settings.host, settings.port)
    except PortTaken as taken:
        print(taken, file=sys.stderr)
        return 1
    if asked.migrate and (failed := _migrate_apart(settings)):
        return failed
    config = uvicorn_config(settings)
    try:
        if settings.workers > 1:
            DrainingWorkers(config, [listener]).run()
            return 0
        server = draining_server(config)
        server.run([listener])
    except KeyboardInterrupt:  # uvicorn raises the signal again once it has drained
        return 0
    return 0 if server.started else 3


def migrate(arguments: list[str]) -> int:
    """`python -m gateway migrate`: from any revision to the newest, all in one transaction."""
    argparse.ArgumentParser(prog="python -m gateway migrate").parse_args(arguments)
    settings = configuration.load()
    configure_logs(settings.log_format)
    _migrate(settings)
    return 0


def _migrate(settings: Settings) -> None:
    from gateway.bootstrap import migrate_store  # noqa: PLC0415 - serve without --migrate starts faster

    asyncio.run(migrate_store(settings))


def _migrate_apart(settings: Settings) -> int:
    """Migrate in a child, whose tools for it, a dozen megabytes, leave memory with it. Its exit code."""
    from gateway.bootstrap import load_adapters  # noqa: PLC0415 - serve without --migrate starts faster

    load_adapters()  # this process needs them next, and the child finds them there
    child = multiprocessing.get_context("fork").Process(target=_migrate, args=(settings,))
    child.start()
    child.join()
    return child.exitcode or 0

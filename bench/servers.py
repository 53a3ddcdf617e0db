"""Starts one server process on a free port and one processor, and ends it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.load import pinned

START_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Server:
    """One server process."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time it has used; 0 where there is no /proc."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_megabytes(self) -> float:
        """Resident memory; 0 where there is no /proc."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except OSError:
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[Server]:
    """Run `command`, with the port as its last argument unless one is given; yields once it listens."""
    chosen = port or free_port()
    full = pinned(command if port else [*command, str(chosen)], 0)
    process = subprocess.Popen(full, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + START_SECONDS
        while not _listens(chosen):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[-2:]} did not start")
            time.sleep(0.02)
        yield Server(chosen, process.pid)
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def gateway() -> Iterator[Server]:
    """The real gateway, embedded, one worker, in a folder of its own."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "DATA_DIR": str(Path(folder)),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DRAIN_SECONDS": "0",
            "ACCESS_LOG": "false",
        }
        with running([sys.executable, "-m", "gateway", "serve", "--migrate"], environment, port) as server:
            yield server

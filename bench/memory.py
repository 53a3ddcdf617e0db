"""Cold start and resident memory of one worker, as an installation runs it. Figures of one run.

    python -m bench.memory

The first start has an empty data folder and an installed package, the later one finds both as the first left them.
The issue asks for the first answer within 2 s of the start, and less than 150 MB.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from bench.report import Line
from bench.servers import Server, free_port

START_SECONDS, MEGABYTES = 2.0, 150.0
REQUESTS = 2_000
INSTALLED = """import runpy, sys
sys.modules.update(dict.fromkeys(("rich", "pygments", "opentelemetry", "valkey", "psutil")))
runpy.run_module("gateway", run_name="__main__", alter_sys=True)"""
"""The gateway without the packages that only a development environment has: libraries load what they find there,
nine megabytes."""
QUERIES = (
    '{ serviceItem(code: "YB-%03d") { code name materials { name } } }',
    '{ searchServiceItems(text: "医保 %d", first: 5) { edges { node { code } } } }',
    "{ serviceItems(first: 240) { edges { node { code name materials { name } } } } } # %d",
    "{ viewer { applications(first: %d) { totalCount } } }",
)
"""Guides, searches, the longest answer there is, and refusals."""
ASYNC_WORK_SECONDS = 4.0
"""The search index is made within this time of the start."""


def post(port: int, query: str) -> bytes:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as got:  # noqa: S310 - our own server
        answer: bytes = got.read()
        return answer


@contextmanager
def started(folder: str) -> Iterator[tuple[Server, str, bool]]:
    """The gateway, with the time from its start to its first answer: in words, and whether it is short enough."""
    port = free_port()
    environment = {**os.environ, "DATA_DIR": folder, "HOST": "127.0.0.1", "PORT": str(port), "DRAIN_SECONDS": "0"}
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", INSTALLED, "serve", "--migrate"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                post(port, QUERIES[0] % 10)
                break
            except OSError:
                if process.poll() is not None:
                    raise
                time.sleep(0.005)
        server, seconds = Server(port, process.pid), time.perf_counter() - start
        yield server, f"{seconds:.2f} s ({server.cpu_seconds():.1f})", seconds < START_SECONDS
    finally:
        process.terminate()
        process.wait()


def main() -> list[Line]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATA_DIR": folder}
        subprocess.run([sys.executable, "-m", "gateway", "catalog-compile"], env=environment, check=True)
        with started(folder) as (_, first, first_ok):
            pass
        with started(folder) as (server, later, later_ok):
            time.sleep(ASYNC_WORK_SECONDS)
            fresh = server.resident_megabytes()
            for number in range(REQUESTS // len(QUERIES)):
                for query in QUERIES:
                    post(server.port, query % (number % 40 + 1))
            worked = server.resident_megabytes()
    time_target, space_target = f"< {START_SECONDS:.0f} s", f"< {MEGABYTES:.0f} MB"
    return [
        Line(
            "first start", first, time_target, first_ok, "to the first answer, empty store; in brackets, processor time"
        ),
        Line("later start", later, time_target, later_ok, "to the first answer, store and catalogue as they were left"),
        Line(
            "memory, started",
            f"{fresh:.0f} MB",
            space_target,
            fresh < MEGABYTES,
            "resident, one worker, embedded stores",
        ),
        Line(
            "memory, worked", f"{worked:.0f} MB", space_target, worked < MEGABYTES, f"after {REQUESTS} mixed requests"
        ),
    ]


if __name__ == "__main__":
    for line in main():
        print(line)

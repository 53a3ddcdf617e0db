"""`make bench`: every measurement, one after another, in one table. Some two minutes; no test depends on it."""

import asyncio
import os

from bench import memory, presentation, transport, viewer
from bench.load import client_name
from bench.report import Line
from tests.servers import Postgres


def viewer_on_postgresql() -> list[Line]:
    server = Postgres()
    try:
        return asyncio.run(viewer.main(1600, server.url()))
    finally:
        server.close()


if __name__ == "__main__":
    busy = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {busy:.1f} before the start; load client: {client_name()}")
    if busy > 1:
        print("The machine is busy: believe the processor time, not the clock.")
    for line in (
        *transport.main(2.0),
        *asyncio.run(viewer.main(1600)),
        *viewer_on_postgresql(),
        *presentation.main(0.3),
        *memory.main(),
    ):
        print(line)

"""No server outlives the tests: not even when pytest itself is killed with SIGKILL."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

PROGRAM = """
import time
from tests.servers import Postgres, Valkey
servers = [Valkey(), Postgres()]
print(*[server.process.pid for server in servers], *[server.folder for server in servers], flush=True)
time.sleep(600)
"""


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent died")
async def test_a_killed_test_process_takes_its_servers_with_it_and_the_next_sweeps_up() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    words = (await process.stdout.readline()).decode().split()
    pids, folders = [int(word) for word in words[:2]], [Path(word) for word in words[2:]]
    assert not any(gone(pid) for pid in pids)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    async with asyncio.timeout(10):
        while not all(gone(pid) for pid in pids):  # noqa: ASYNC110 - nobody tells when another's child dies
            await asyncio.sleep(0.02)
    sweep = "from tests.servers import working_folder; print(working_folder())"
    sweeper = await asyncio.create_subprocess_exec(sys.executable, "-c", sweep, stdout=asyncio.subprocess.PIPE)
    output, _ = await sweeper.communicate()
    os.rmdir(output.decode().strip())
    assert [folder for folder in folders if folder.exists()] == []

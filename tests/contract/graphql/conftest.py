"""Node and the npm packages, installed once into `var/`; without Node these tests are skipped with one line."""

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "node"
VAR = Path(__file__).parents[3] / "var"
RunNode = Callable[..., Awaitable[Any]]


def _installed() -> Path:
    """A folder with our scripts and `node_modules`, named after the versions in package.json."""
    package = (HERE / "package.json").read_bytes()
    folder = VAR / f"node-{hashlib.sha256(package).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes run side by side
        for file in HERE.iterdir():
            if file.is_file():
                shutil.copy(file, folder / file.name)
        if not (folder / "installed").exists():
            options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--loglevel=error"]
            subprocess.run(["npm", "install", *options], cwd=folder, check=True, capture_output=True, timeout=110)
            (folder / "installed").touch()
    return folder


@pytest.fixture(scope="session")
def node_folder() -> Path:
    if shutil.which("node") is None or shutil.which("npm") is None:
        if os.environ.get("REQUIRE_NODE"):
            pytest.fail("REQUIRE_NODE is set and there is no Node")
        pytest.skip("Node and npm are not installed: the npm conformance of the GraphQL transport is not checked")
    return _installed()


@pytest.fixture
def run_node(node_folder: Path) -> RunNode:
    """Run one of our scripts and read its JSON; the event loop goes on, since the server runs in it."""

    async def run(script: str, *arguments: str) -> Any:
        process = await asyncio.create_subprocess_exec(
            "node",
            script,
            *arguments,
            cwd=node_folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, err.decode()
        return json.loads(out)

    return run

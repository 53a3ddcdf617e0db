"""Presentations of every type read by an implementation that is not ours: the npm package `jose`."""

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from certs_schema.registry import TYPES
from tests.city import City
from tests.e2e.verification.test_verification_journey import shown
from tests.e2e.wallet.holding import give
from tests.sign_in import sign_in

pytestmark = pytest.mark.node
HERE = Path(__file__).parent / "node"
PATHS = sorted(TYPES.glob("*/vectors.json"))
VAR = Path(__file__).parents[3] / "var"


@pytest.fixture(scope="session")
def jose_folder() -> Path:
    """Our script beside an installed `jose`, named after package.json; installed once."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        if os.environ.get("REQUIRE_NODE"):
            pytest.fail("REQUIRE_NODE is set and there is no Node")
        pytest.skip("Node and npm are not installed: presentations are not cross-checked with jose")
    folder = VAR / f"jose-{hashlib.sha256((HERE / 'package.json').read_bytes()).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for file in HERE.iterdir():
            if file.is_file():
                shutil.copy(file, folder / file.name)
        if not (folder / "installed").exists():
            options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--loglevel=error"]
            subprocess.run(["npm", "install", *options], cwd=folder, check=True, capture_output=True, timeout=110)
            (folder / "installed").touch()
    return folder


async def read_by_jose(folder: Path, jwks: Any, issuer: str, now: float, tokens: list[str]) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        "node", "check.mjs", cwd=folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    given = {"jwks": jwks, "issuer": issuer, "now": now, "tokens": tokens}
    out, _ = await asyncio.wait_for(process.communicate(json.dumps(given).encode()), 60)
    answers: list[dict[str, Any]] = json.loads(out)
    return answers


async def test_jose_agrees_with_the_vectors_of_every_type(jose_folder: Path) -> None:
    """One process reads them all: they share key, issuer and moment."""
    every = [json.loads(path.read_text()) for path in PATHS]
    (shared,) = {json.dumps([one["jwks"], one["issuer"], one["now"]]) for one in every}
    tokens = [token for one in every for token in (one["valid"]["token"], *(bad["token"] for bad in one["refused"]))]
    jwks, issuer, now = json.loads(shared)
    answers = iter(await read_by_jose(jose_folder, jwks, issuer, now, tokens))
    for one, path in zip(every, PATHS, strict=True):
        good = next(answers)
        assert (good["valid"], good["payload"]["claims"]) == (True, one["valid"]["claims"]), path.parent.name
        assert [next(answers)["valid"] for _ in one["refused"]] == [False] * 5, path.parent.name


async def test_jose_reads_a_code_of_the_running_city_with_its_published_keys(
    embedded_city: City, jose_folder: Path
) -> None:
    city = embedded_city
    tokens = await sign_in(city, "zhangsan")
    code = await shown(city, tokens, await give(city, tokens))
    async with city.http.get("/.well-known/jwks/presentation.json") as answer:
        jwks = await answer.json(content_type=None)
    now = city.services.clock.now().timestamp()
    head, payload, signature = code["token"].split(".")
    altered = f"{head}.{payload[:-1]}{'A' if payload[-1] != 'A' else 'B'}.{signature}"
    read = await read_by_jose(jose_folder, jwks, city.settings.public_url, now, [code["token"], altered])
    assert [one["valid"] for one in read] == [True, False]
    assert read[0]["payload"]["holder"] == "张*"
    late = await read_by_jose(jose_folder, jwks, city.settings.public_url, now + 121, [code["token"]])
    assert late == [{"valid": False, "code": "ERR_JWT_EXPIRED"}]

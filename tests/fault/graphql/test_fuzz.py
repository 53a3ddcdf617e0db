"""Schemathesis makes up operations and requests from our own descriptions of them: none may get an unknown failure.

FUZZ_SECONDS bounds each run: 12 s by default, two minutes for all of them together in CI.
"""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.city import City
from tests.sign_in import sign_in

SECONDS = int(os.environ.get("FUZZ_SECONDS", "12"))

pytestmark = pytest.mark.timeout(SECONDS + 60)


async def _fuzz(tmp_path: Path, url: str, *options: str) -> None:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", url, "--checks", "no_unknown_failure"),
        *("--max-time", str(SECONDS), "--phases", "fuzzing", "--no-color", "--suppress-health-check", "all"),
        *("--request-timeout", "20", "--generation-database", "none", "--warnings", "off", *options),
    ]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.fault.graphql.fuzz_checks", "PYTHONPATH": os.getcwd()}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(process.communicate(), SECONDS + 45)

    assert process.returncode == 0, out.decode()[-6000:]


async def test_made_up_operations_of_nobody_get_no_unknown_failure(embedded_city: City, tmp_path: Path) -> None:
    await _fuzz(tmp_path, f"{embedded_city.url}/graphql")


async def test_made_up_operations_of_a_citizen_get_no_unknown_failure(embedded_city: City, tmp_path: Path) -> None:
    tokens = await sign_in(embedded_city)

    await _fuzz(tmp_path, f"{embedded_city.url}/graphql", "-H", f"Authorization: Bearer {tokens.access}")
    assert (await embedded_city.graphql("{ __typename }")).status == 200


async def test_made_up_requests_to_the_rest_endpoints_get_no_unknown_failure(
    embedded_city: City, tmp_path: Path
) -> None:
    await _fuzz(tmp_path, f"{embedded_city.url}/openapi.json")

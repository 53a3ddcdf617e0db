"""What README tells a newcomer to type gives the answer that it shows."""

import asyncio
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.city import City

README = Path(__file__).resolve().parents[3] / "README.md"


async def test_the_first_query_of_the_readme_gives_the_answer_that_it_shows(embedded_city: City) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl here")
    found = re.search(r"```\n(curl .+?)```\n\n```json\n(.+?)```", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    command = shlex.split(found[1].replace("localhost:8000", embedded_city.url.removeprefix("http://")))
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await child.communicate()
    assert json.loads(said) == json.loads(found[2])

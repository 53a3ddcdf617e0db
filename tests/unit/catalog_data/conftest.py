"""The catalogue's files, read once for all tests of this folder."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

import services.catalog

CATALOGUE = Path(services.catalog.__file__).parent


@pytest.fixture(scope="session")
def files() -> dict[Path, dict[str, Any]]:
    """Every item file by its path below ``items``. A file that is not TOML fails here, by name."""
    read = {}
    for path in sorted((CATALOGUE / "items").rglob("*")):
        if path.is_dir():
            continue
        try:
            read[path.relative_to(CATALOGUE / "items")] = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            pytest.fail(f"{path.name}: {error}")
    return read


@pytest.fixture(scope="session")
def items(files: dict[Path, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Every item by its code."""
    return {item["code"]: item for item in files.values()}


@pytest.fixture(scope="session")
def tables() -> dict[str, dict[str, Any]]:
    """The tables that items refer to, by the name of their file."""
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in (CATALOGUE / "data").glob("*.toml")}


def known(name: str) -> set[str]:
    """The words of a list that stands beside the tests, one a line."""
    return set((Path(__file__).parent / name).read_text(encoding="utf-8").split())


@pytest.fixture(scope="session")
def certificate_types() -> set[str]:
    return known("certificate_types.txt")


@pytest.fixture(scope="session")
def adapters() -> set[str]:
    return known("adapters.txt")

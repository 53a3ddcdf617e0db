"""The house keeps its own rules: sizes, names at every level, nothing that ties it to one machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("gateway", "services", "certs_schema", "mocks", "tests", "bench")
MOST_LINES = 400
REGISTRIES = re.compile(r"pyp" r"i\.o" r"rg|python" r"hosted|registry\.np" r"mjs|deb\.deb" r"ian")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


def test_no_hand_written_file_is_longer_than_four_hundred_lines() -> None:
    python_files = [path for folder in CODE for path in (ROOT / folder).rglob("*.py")]
    assert len(python_files) > 50
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert too_long == {}


def test_no_file_names_a_package_registry() -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix not in {".png", ".woff2"} and REGISTRIES.search(path.read_text(errors="replace"))
    ]
    assert naming == []


def test_top_level_folders_are_the_fixed_ones() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in tracked() if len(path.relative_to(ROOT).parts) > 1}
    assert folders <= {"gateway", "services", "certs_schema", "mocks", "tests", "docs", "bench", "deploy", ".ci"}


@pytest.mark.parametrize("mock", sorted(p.parent.name for p in (ROOT / "mocks").glob("*/app.py")))
def test_every_mock_has_its_adapter_and_a_contract_test_of_the_same_name(mock: str) -> None:
    assert (ROOT / "services" / "adapters" / mock / "__init__.py").exists()
    assert [p for p in (ROOT / "tests" / "contract").rglob("*.py") if mock in str(p.relative_to(ROOT))]


@pytest.mark.parametrize(
    "domain",
    sorted(
        p.parent.name
        for p in (ROOT / "services").glob("*/service.py")
        if (ROOT / "gateway" / "schema" / p.parent.name).is_dir()
    ),
)
def test_every_domain_with_a_graph_slice_explains_its_terms(domain: str) -> None:
    assert (ROOT / "services" / domain / "README.md").exists()

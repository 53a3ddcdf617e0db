"""`python -m gateway where <text>`: in which file a service item, certificate type or GraphQL field lives."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from gateway import configuration
from services.catalog.catalogue import ROOT as CATALOGUE
from services.catalog.catalogue import load
from services.catalog.selection import View
from services.catalog.text import fold, squeeze

ROOT = Path(__file__).resolve().parents[1]
MOST = 8
Place = tuple[str, str]
"""What it is, and where: a path from the top of the repository, with a line where that helps."""


def run(arguments: list[str]) -> int:
    """Print what the words lead to. Exit code 1 when nothing is found."""
    text = " ".join(arguments).strip()
    if not text:
        print("usage: python -m gateway where <text>", file=sys.stderr)
        return 2
    found = False
    for title, places in where(text):
        if places:
            found = True
            print(f"{title}:")
            width = max(len(what) for what, _ in places)
            for what, path in places:
                print(f"  {what:<{width}}  {path}")
    if not found:
        print(f"nothing is called {text!r}")
    return 0 if found else 1


def where(text: str) -> list[tuple[str, list[Place]]]:
    """Places by kind, the best first."""
    return [
        ("service items", _items(text)),
        ("certificate types", list(_certificates(squeeze(fold(text))))[:MOST]),
        ("GraphQL fields", list(_fields(squeeze(fold(text))))[:MOST]),
    ]


def _items(text: str) -> list[Place]:
    catalogue = load(CATALOGUE, configuration.load().data_dir)
    view = View.of(catalogue, "9999-12")
    home = CATALOGUE.relative_to(ROOT)
    return [
        (f"{hit.code} {view.items[hit.code].name}", str(home / catalogue.paths[hit.code]))
        for hit in view.search(text)[:MOST]
    ]


def _certificates(wanted: str) -> Iterator[Place]:
    """Folders whose name, or any text in whose files, holds the words."""
    for folder in sorted((ROOT / "certs_schema" / "types").glob("*/")):
        files = [path for path in sorted(folder.iterdir()) if path.suffix in {".py", ".json", ".toml", ".md"}]
        texts = [folder.name, *(path.read_text("utf-8") for path in files)]
        if any(wanted in squeeze(fold(one)) for one in texts):
            yield folder.name.upper(), str(folder.relative_to(ROOT))


def _fields(wanted: str) -> Iterator[Place]:
    """Fields of the graph's classes whose name or description holds the words; names before descriptions."""
    named, described = [], []
    for path in sorted((ROOT / "gateway" / "schema").rglob("*.py")):
        for owner in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(owner, ast.ClassDef):
                continue
            for node in owner.body:
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    place = (f"{owner.name}.{_camel(node.targets[0].id)}", f"{path.relative_to(ROOT)}:{node.lineno}")
                    if wanted in squeeze(fold(_camel(node.targets[0].id))):
                        named.append(place)
                    elif any(wanted in squeeze(fold(one)) for one in _texts(node)):
                        described.append(place)
    yield from named
    yield from described


def _texts(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)

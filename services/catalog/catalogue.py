"""The catalogue as one immutable snapshot, and its loading from files and cache."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import orjson

from services.catalog import parsing
from services.catalog.compiler import Compiled, compiled, content_hash, sources
from services.catalog.errors import CatalogueInvalid
from services.catalog.model import CataloguePart, Region, ServiceItem, Tables
from services.catalog.search import SearchIndex
from services.catalog.terms import Term

ROOT = Path(__file__).parent
"""Where the catalogue's own files are."""
CACHE_NAME = "catalog.cache"

_TABLES = {
    CataloguePart.DEPARTMENTS: "data/departments.toml",
    CataloguePart.REGIONS: "data/regions.toml",
    CataloguePart.THEMES: "data/themes.toml",
    CataloguePart.LIFE_EVENTS: "data/life_events.toml",
}


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Everything that the files say, checked. Never changed: a reload makes another."""

    items: Mapping[str, ServiceItem]
    """By code, in the order of codes; those not yet started too."""
    tables: Tables
    item_hashes: Mapping[str, str]
    table_hashes: Mapping[CataloguePart, str]
    paths: Mapping[str, str]
    """Each item's file, relative to `ROOT`."""
    forms: Mapping[str, bytes]
    """Each item's `[form]` as JSON, a tenth of the memory, with its first example; `services.forms` reads it."""
    children: Mapping[str, tuple[Region, ...]]
    """Regions below each region, in the order of the file."""
    make_index: Callable[[], SearchIndex]
    """Remembers what it made."""

    @property
    def index(self) -> SearchIndex:
        """Made by the first search, or by `running` soon after the start: a guide need not wait for it."""
        return self.make_index()

    def digest(self, month: str) -> str:
        """One hash over all that is shown in `month`."""
        whole = hashlib.blake2b(digest_size=12)
        for part, value in self.table_hashes.items():
            whole.update(f"{part}={value};".encode())
        for code, one in self.items.items():
            if one.started_by(month):
                whole.update(f"{code}={self.item_hashes[code]};".encode())
        return whole.hexdigest()


_last: tuple[dict[str, str], Catalogue] | None = None


def load(root: Path, cache_dir: Path, live: bool = False) -> Catalogue:
    """The catalogue below `root`. Raises `CatalogueInvalid` with every fault of every file.

    The snapshot of the same content is shared within a process: it never changes.
    """
    global _last
    hashes = {name: content_hash(content) for name, content in sources(root).items()}
    last = _last
    if last is not None and last[0] == hashes:
        return last[1]
    catalogue = build(compiled(root, cache_dir / CACHE_NAME, live))
    _last = hashes, catalogue
    return catalogue


def build(files: Compiled) -> Catalogue:
    """The snapshot from parsed files. Raises `CatalogueInvalid`."""
    faults = [f"{name}: {entry['fault']}" for name, entry in files.entries.items() if "fault" in entry]
    raw = {part: files.entries.get(name, {}).get("data") for part, name in _TABLES.items()}
    faults += [f"{_TABLES[part]}: the file is missing" for part, data in raw.items() if data is None and not faults]
    if faults:
        raise CatalogueInvalid(faults)
    try:
        tables = parsing.tables(*(raw[part] or {} for part in _TABLES))
    except parsing.Fault as fault:
        raise CatalogueInvalid([f"data: {fault}"]) from None
    items: dict[str, ServiceItem] = {}
    paths: dict[str, str] = {}
    hashes: dict[str, str] = {}
    forms: dict[str, bytes] = {}
    terms: list[tuple[str, str, str, bool]] = []
    for name, entry in files.entries.items():
        if not name.startswith("items/"):
            continue
        try:
            one = parsing.item(entry["data"])
        except parsing.Fault as fault:
            faults.append(f"{name}: {fault}")
            continue
        faults += [f"{name}: {misfit}" for misfit in parsing.misfits(one, tables)]
        if name != f"items/{one.department.lower()}/{one.code}.toml":
            faults.append(f"{name}: belongs at items/{one.department.lower()}/{one.code}.toml")
        if one.code in items:
            faults.append(f"{name}: the code {one.code} is also in {paths[one.code]}")
        items[one.code], paths[one.code] = one, name
        hashes[one.code] = _content(entry["data"])
        form = entry["data"].get("form")
        if isinstance(form, dict):
            examples = form.get("examples", [])
            forms[one.code] = orjson.dumps(form | {"examples": examples[:1] if isinstance(examples, list) else []})
        spelled = zip((one.name, *one.synonyms), entry["pinyin"], strict=True)
        terms += [(one.code, term, pinyin, n == 0) for n, (term, pinyin) in enumerate(spelled)]
    if not faults:  # else items are missing because they are faulty
        listed = {code for event in tables.life_events.values() for code in event.items}
        faults = [f"data/life_events.toml: {code} is no item" for code in sorted(listed - items.keys())]
    if faults:
        raise CatalogueInvalid(faults)
    return Catalogue(
        items=dict(sorted(items.items())),
        tables=tables,
        item_hashes=hashes,
        table_hashes={part: _content(data) for part, data in raw.items()},
        paths=paths,
        forms=forms,
        children=_children(tables),
        make_index=cache(partial(_index, items, tables, terms, files.characters)),
    )


def _index(
    items: dict[str, ServiceItem], tables: Tables, terms: list[tuple[str, str, str, bool]], characters: dict[str, str]
) -> SearchIndex:
    contexts = {code: _context(one, tables) for code, one in items.items()}
    return SearchIndex([Term.of(*term) for term in terms], contexts, characters)


def _children(tables: Tables) -> dict[str, tuple[Region, ...]]:
    below: dict[str, list[Region]] = {}
    for region in tables.regions.values():
        if region.parent is not None:
            below.setdefault(region.parent, []).append(region)
    return {code: tuple(regions) for code, regions in below.items()}


def _content(data: Any) -> str:
    """A hash of what a file says, whatever its spacing and comments."""
    return hashlib.blake2b(orjson.dumps(data, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def _context(one: ServiceItem, tables: Tables) -> str:
    """Words around an item that a query may hold besides its name."""
    department = tables.departments.get(one.department)
    short = department.short_name if department else ""
    materials = " ".join(m.name for m in one.materials)
    return " ".join((one.name, *one.synonyms, one.summary, *one.themes, *one.life_events, short, materials))

"""Compiles the TOML files to one cache file that a worker reads in milliseconds.

tomllib takes over half a second for all files, and pypinyin 57 MB: so a child process does both, and only
for files whose content changed. The cache is keyed by content, never by time stamps: images and archives
flatten those. It is written beside and renamed; a broken one is ignored and made again.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import orjson

from services.catalog import text

FORMAT = 1
"""Raise it when the cache's content changes for the same files."""

Entries = dict[str, dict[str, Any]]


def content_hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def sources(root: Path) -> dict[str, bytes]:
    """Every TOML file below `root` by its relative path."""
    found = {}
    for folder in (root / "data", root / "items"):
        for directory, _, names in os.walk(folder):
            for name in names:
                if name.endswith(".toml"):
                    path = Path(directory, name)
                    found[path.relative_to(root).as_posix()] = path.read_bytes()
    return dict(sorted(found.items()))


class Compiled:
    """The parsed files and the pinyin that search needs."""

    def __init__(self, entries: Entries, characters: dict[str, str]) -> None:
        self.entries = entries
        self.characters = characters
        """Reading of each common character, without tone."""

    def pack(self) -> bytes:
        body = orjson.dumps({"format": FORMAT, "entries": self.entries, "characters": self.characters})
        return hashlib.sha256(body).hexdigest().encode() + b"\n" + body

    @classmethod
    def unpack(cls, packed: bytes) -> "Compiled | None":
        """None when the bytes are not a whole cache of this format."""
        digest, _, body = packed.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return None
        data = orjson.loads(body)
        return cls(data["entries"], data["characters"]) if data.get("format") == FORMAT else None


def read_cache(path: Path) -> Compiled | None:
    try:
        return Compiled.unpack(path.read_bytes())
    except OSError:
        return None


def write_cache(path: Path, compiled: Compiled) -> None:
    """Workers that write at the same time each rename a whole file; the last one stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".catalog-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(compiled.pack())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def search_terms(data: dict[str, Any]) -> list[str]:
    """What people type to find an item: its name and synonyms."""
    synonyms = data.get("synonyms", [])
    names = [data.get("name", ""), *(synonyms if isinstance(synonyms, list) else [])]
    return [name for name in names if isinstance(name, str)]


def parse(name: str, content: bytes, pinyin: "Pinyin | None") -> dict[str, Any]:
    """One file's entry: its hash, and its data or its fault; `pinyin` of the terms for items."""
    entry: dict[str, Any] = {"hash": content_hash(content)}
    try:
        entry["data"] = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        entry["fault"] = f"not TOML: {error}"
        return entry
    if name.startswith("items/") and pinyin is not None:
        entry["pinyin"] = [pinyin.of(term) for term in search_terms(entry["data"])]
    return entry


class Pinyin:
    """Readings by pypinyin, which knows phrases: 重名 is chong ming. Made only in the child process."""

    def __init__(self) -> None:
        from pypinyin import lazy_pinyin  # noqa: PLC0415 - 57 MB and 0.3 s, only when compiling

        self._read = lazy_pinyin

    def of(self, term: str) -> str:
        """Syllables between spaces, one for each unit of the folded term."""
        readings: list[str] = []
        for unit in text.units(text.fold(term)):
            readings.append(unit)
        han = [i for i, unit in enumerate(readings) if text.has_han(unit)]
        syllables = self._read("".join(readings[i] for i in han))
        if len(syllables) == len(han):
            for i, syllable in zip(han, syllables, strict=True):
                readings[i] = syllable
        return " ".join(readings)

    def characters(self) -> dict[str, str]:
        """Reading of each character of GB 2312."""
        table = {}
        for high in range(0xB0, 0xF8):
            for low in range(0xA1, 0xFF):
                try:
                    character = bytes((high, low)).decode("gb2312")
                except UnicodeDecodeError:
                    continue
                table[character] = self._read(character)[0]
        return table


def compile_all(root: Path, cache: Path | None) -> Compiled:
    """Parse what changed since `cache` and write it anew. Imports pypinyin."""
    old = read_cache(cache) if cache else None
    known = old.entries if old else {}
    pinyin = Pinyin()
    entries: Entries = {}
    for name, content in sources(root).items():
        entry = known.get(name)
        fresh = entry is not None and entry["hash"] == content_hash(content) and not entry.get("rough")
        entries[name] = entry if entry is not None and fresh else parse(name, content, pinyin)
    compiled = Compiled(entries, old.characters if old else pinyin.characters())
    if cache:
        write_cache(cache, compiled)
    return compiled


def compiled(root: Path, cache: Path, live: bool = False) -> Compiled:
    """The compiled files: from the cache, or by a child process when files have changed.

    `live`: edited files are read here, at once, with pinyin character by character; for development.
    """
    found = read_cache(cache)
    files = sources(root)
    if found is not None:
        stale = [n for n, c in files.items() if (e := found.entries.get(n)) is None or e["hash"] != content_hash(c)]
        if not stale and len(files) == len(found.entries):
            return found
        if live:
            characters = found.characters
            entries = {name: found.entries.get(name, {}) for name in files}
            for name in stale:
                entries[name] = parse(name, files[name], None)
                if "data" in entries[name]:
                    entries[name]["pinyin"] = [spell(term, characters) for term in search_terms(entries[name]["data"])]
                    entries[name]["rough"] = True
            return Compiled(entries, characters)
    command = [sys.executable, "-m", "services.catalog.compiler", str(root), str(cache)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own module
    again = read_cache(cache) if done.returncode == 0 else None
    return again or compile_all(root, None)  # a read-only or lost DATA_DIR costs memory and time, not the start


def spell(term: str, characters: dict[str, str]) -> str:
    """Pinyin character by character, without the knowledge of phrases."""
    return " ".join(characters.get(unit, unit) for unit in text.units(text.fold(term)))


if __name__ == "__main__":
    compile_all(Path(sys.argv[1]), Path(sys.argv[2]))

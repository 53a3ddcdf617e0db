"""What the departments know: one file a system in `data/`, one table an item, rows by whose they are.

    ["YB-032"]
    fields = ["tradedOn", "kind", …]             what a row's values are, in order
    match = {year = "prefix:tradedOn"}           how a condition picks rows: eq, prefix, contains of one of the fields
    rows.zhangsan = [["2026-10-15", "SALARY", …]]   of a demo person or company; rows.public for everybody

No row for 赵六 (zhaoliu): she is new in the city.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mocks.people import COMPANIES, PEOPLE

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Resource:
    """What one system knows on one subject."""

    system: str
    fields: tuple[str, ...]
    match: Mapping[str, str]
    rows: Mapping[str, list[list[Any]]]

    def records(self, owner: str) -> list[dict[str, Any]]:
        """A value "" or one that is left out is unknown."""
        found = []
        for row in self.rows.get(owner, []):
            values = [None if value == "" else value for value in row]
            found.append(dict(zip(self.fields, values, strict=True)))
        return found

    def find(self, owner: str, conditions: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The owner's records that meet every condition; one that we do not know is met by all."""
        return [
            record
            for record in self.records(owner)
            if all(
                self._meets(record, self.match[key], value) for key, value in conditions.items() if key in self.match
            )
        ]

    @staticmethod
    def _meets(record: Mapping[str, Any], rule: str, value: Any) -> bool:
        how, _, names = rule.partition(":")
        held = ["" if record.get(name) is None else str(record[name]) for name in names.split("|")]
        match how:
            case "prefix":
                return any(one.startswith(str(value)) for one in held)
            case "contains":
                return any(str(value).casefold() in one.casefold() for one in held)
            case _:
                return any(one == str(value) for one in held)


@cache
def resources() -> Mapping[str, Resource]:
    """By item code."""
    found = {}
    for path in sorted(DATA.glob("*.toml")):
        for code, table in tomllib.loads(path.read_text()).items():
            fields = tuple(table["fields"])
            found[code] = Resource(path.stem, fields, table.get("match", {}), table["rows"])
    return found


def owner_of(party: Mapping[str, Any] | None) -> str | None:
    """Key of the demo person or company whose number and name agree; "public" for no party; None for strangers."""
    if party is None:
        return "public"
    who = (party.get("number"), party.get("name"))
    for person in PEOPLE.values():
        if (person.id_number, person.name) == who:
            return person.key
    return next((one.key for one in COMPANIES.values() if (one.uscc, one.name) == who), None)

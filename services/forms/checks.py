"""What a schema cannot say of one value: check digits, days and ages, places, letters that nobody sees."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date
from typing import Any

from services.forms.dates import age_on, moment, spoken, text_of
from services.forms.formats import FORMATS, id_birth_date
from services.forms.model import Field, Form, Kind, Rule
from services.forms.ports import Places
from services.forms.rules import broken
from services.forms.sentences import sentence

Path = tuple[str | int, ...]
Found = tuple[Path, str, str]

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def custom_problems(
    form: Form, values: Mapping[str, Any], today: date, places: Places, bad: Set[Path]
) -> Iterator[Found]:
    """Path, code and sentence of each. `bad`: places that are wrong already and are not looked at again."""
    return _Walk(today, places, bad).group(form.fields, form.rules, values, ())


def value_problem(field: Field, value: Any, today: date, places: Places) -> str | None:
    """The code of what is wrong with one value beyond its schema; None when it will do."""
    told = _Walk(today, places, frozenset()).value(field, value)
    return None if told is None else told[0]


class _Walk:
    def __init__(self, today: date, places: Places, bad: Set[Path]) -> None:
        self._today = today
        self._places = places
        self._bad = bad

    def group(self, fields: Sequence[Field], rules: Sequence[Rule], values: Any, at: Path) -> Iterator[Found]:
        if not isinstance(values, dict):
            return
        wrong = set(self._bad)
        for field in fields:
            path = (*at, field.key)
            if field.key not in values or path in self._bad:
                continue
            for found in self._field(field, values[field.key], path):
                wrong.add(found[0])
                yield found
        for rule in rules:
            named = [(*at, *path.split(".")) for path in rule.fields]
            if any(tuple(path[:n]) in wrong for path in named for n in range(len(at) + 1, len(path) + 1)):
                continue
            told = broken(rule, fields, values, self._places)
            if told is not None:
                yield (*at, *told[0].split(".")), told[1], told[2]

    def _field(self, field: Field, value: Any, path: Path) -> Iterator[Found]:
        if field.kind is Kind.GROUP:
            yield from self.group(field.fields, field.rules, value, path)
        elif field.kind is Kind.LIST:
            for number, entry in enumerate(value):
                yield from self.group(field.fields, field.rules, entry, (*path, number))
            yield from self._repeated(field, value, path)
        else:
            told = self.value(field, value)
            if told is not None:
                yield path, told[0], sentence(field, told[0], **told[1])

    def value(self, field: Field, value: Any) -> tuple[str, dict[str, Any]] | None:
        match field.kind:
            case Kind.TEXT | Kind.LONG_TEXT:
                if not value.strip():
                    return "REQUIRED", {}
                if _UNSEEN.search(value):
                    return "CHARACTERS", {}
                form = FORMATS[field.format] if field.format else None
                if form and not form.matches(value):
                    return "PATTERN", {}
                if form and form.check and not form.check(value):
                    return "CHECK_DIGIT", {}
                if field.format == "resident_id":
                    return self._born(field, id_birth_date(value))
            case Kind.DATE | Kind.MONTH:
                return self._day(field, value)
            case Kind.DECIMAL:
                if round(value, field.places) != value:
                    return "DECIMALS", {"limit": field.places}
            case Kind.COUNTY:
                if not self._places.is_county(value):
                    return "UNKNOWN_REGION", {}
            case Kind.STREET:
                if not self._places.county_of(value):
                    return "UNKNOWN_REGION", {}
        return None

    def _day(self, field: Field, value: str) -> tuple[str, dict[str, Any]] | None:
        for bound, code in ((field.earliest, "DATE_TOO_EARLY"), (field.latest, "DATE_TOO_LATE")):
            if bound is None:
                continue
            day = moment(bound, self._today)
            limit = text_of(day, field.kind)
            if (value < limit) if code == "DATE_TOO_EARLY" else (value > limit):
                said = "今天" if bound == "today" and field.kind is Kind.DATE else spoken(day, field.kind)
                return code, {"text": said}
        if field.min_age is None and field.max_age is None:
            return None
        return self._born(field, date.fromisoformat(value))

    def _born(self, field: Field, born: date | None) -> tuple[str, dict[str, Any]] | None:
        if born is None or born > self._today:
            return "PATTERN", {}
        age = age_on(self._today, born)
        if field.min_age is not None and age < field.min_age:
            return "AGE_TOO_LOW", {"limit": field.min_age}
        if field.max_age is not None and age > field.max_age:
            return "AGE_TOO_HIGH", {"limit": field.max_age}
        return None

    def _repeated(self, field: Field, entries: Sequence[Any], path: Path) -> Iterator[Found]:
        seen: dict[Any, int] = {}
        for number, entry in enumerate(entries):
            value = entry.get(field.unique) if field.unique and isinstance(entry, dict) else None
            if not isinstance(value, str | int):
                continue
            if value in seen and field.unique:
                inner = next(one for one in field.fields if one.key == field.unique)
                text = f"与第 {seen[value] + 1} 条重复，请删去一条"
                yield (*path, number, field.unique), "REPEATED", sentence(inner, "REPEATED", text=text)
            seen.setdefault(value, number)

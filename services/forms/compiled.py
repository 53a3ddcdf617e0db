"""A form ready for use: its JSON Schema, a validator made on first use, and all problems of what was filled in."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson

from services.forms.checks import custom_problems
from services.forms.model import Field, Form, Kind
from services.forms.ports import Places
from services.forms.schema import schema_of
from services.forms.sentences import NOT_A_FORM, TOO_DEEP, TOO_LARGE, UNKNOWN_FIELD, sentence
from services.kernel.problems import Problem

MOST_BYTES = 64_000
MOST_DEPTH = 8
MOST_PROBLEMS = 100
KEPT_VALIDATORS = 32
"""A validator takes 0.1 MB and is made in 0.3 ms: the most used ones are kept, not those of every item."""
Path = tuple[str | int, ...]
_SHOWN = frozenset({"title", "description", "$schema"})

_CODES = {
    "required": "REQUIRED",
    "enum": "ENUM",
    "const": "CONSENT",
    "type": "TYPE",
    "pattern": "PATTERN",
    "format": "PATTERN",
    "minLength": "TOO_SHORT",
    "maxLength": "TOO_LONG",
    "minimum": "TOO_SMALL",
    "maximum": "TOO_LARGE",
    "minItems": "TOO_FEW",
    "maxItems": "TOO_MANY",
    "uniqueItems": "REPEATED",
    "falseSchema": "NOT_APPLICABLE",
}
_RANK = ("UNKNOWN_FIELD", "NOT_APPLICABLE", "REQUIRED", "CONSENT", "TYPE")
"""Of several problems at one place the first of these is told, else the first found."""


class CompiledForm:
    """One item's form. Never changed; checking is pure but for the day and the tree of regions it is given."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.schema_bytes = orjson.dumps(schema_of(form))
        """As bytes: a tenth of the memory of the document, which few requests ask for."""
        self.version = hashlib.blake2b(self.schema_bytes, digest_size=8).hexdigest()

    @property
    def schema(self) -> dict[str, Any]:
        document: dict[str, Any] = orjson.loads(self.schema_bytes)
        return document

    def problems(self, values: Any, today: date, places: Places) -> tuple[Problem, ...]:
        """All that is wrong with `values`, one a place, in the order of the form; at most `MOST_PROBLEMS`."""
        if not isinstance(values, dict):
            return (NOT_A_FORM,)
        if _depth(values) > MOST_DEPTH:
            return (TOO_DEEP,)
        try:
            if len(orjson.dumps(values)) > MOST_BYTES:
                return (TOO_LARGE,)
        except TypeError:  # a number beyond 64 bits, or half a surrogate pair
            return (NOT_A_FORM,)
        found: dict[Path, tuple[str, str]] = {}
        for error in _validator(self.schema_bytes).iter_errors(values):
            for path, code, text in self._told(error, values):
                kept = found.get(path)
                if kept is None or _rank(code) < _rank(kept[0]):
                    found[path] = code, text
        bad = frozenset(found)
        self._forgive(found)
        for path, code, text in custom_problems(self.form, values, today, places, bad):
            found.setdefault(path, (code, text))
        ordered = sorted(found.items(), key=lambda one: self._place(one[0]))
        return tuple(Problem(_dotted(p), code, self._whole(p, text)) for p, (code, text) in ordered[:MOST_PROBLEMS])

    # -- from the validator's words to ours ----------------------------------------------------------

    def _told(self, error: jsonschema_rs.ValidationError, values: Any) -> Iterator[tuple[Path, str, str]]:
        name, kind, path = error.kind.name, error.kind.as_dict(), tuple(error.instance_path)
        if name == "required":
            path = (*path, str(kind["property"]))
            field = self.field_at(path)
            yield path, "REQUIRED", sentence(field, "REQUIRED") if field else UNKNOWN_FIELD
            return
        if name in {"additionalProperties", "unevaluatedProperties"}:
            for unexpected in kind["unexpected"]:
                yield (*path, str(unexpected)[:40]), "UNKNOWN_FIELD", UNKNOWN_FIELD
            return
        field = self.field_at(path)
        if field is None:
            yield path, "TYPE", NOT_A_FORM.message
            return
        value = _reached(values, path)
        code = _CODES.get(name, "PATTERN")
        if value is None or (name == "minLength" and not value) or (name == "minItems" and not value):
            code = "REQUIRED"
        yield path, code, sentence(field, code, limit=kind.get("limit", 0))

    def _forgive(self, found: dict[Path, tuple[str, str]]) -> None:
        """A wrong answer to the question before is not also blamed on the fields that depend on it.

        And nothing is said of what is inside of a field that is not to be there at all.
        """
        unasked = [p for p, (code, _) in found.items() if code == "NOT_APPLICABLE"]
        for path in unasked:
            for inner in [p for p in found if len(p) > len(path) and p[: len(path)] == path]:
                del found[inner]
        for path in unasked:
            field = self.field_at(path) if path in found else None
            if field and any((*path[:-1], one.field) in found for one in field.when):
                del found[path]

    def field_at(self, path: Sequence[str | int]) -> Field | None:
        """The field at a path of the values; an entry of a list, or of choices, is the field itself."""
        fields, found = self.form.fields, None
        for part in path:
            if isinstance(part, int):
                continue
            found = next((one for one in fields if one.key == part), None)
            if found is None:
                return None
            fields = found.fields
        return found

    def _place(self, path: Path) -> tuple[int, ...]:
        fields, place = self.form.fields, []
        for part in path:
            if isinstance(part, int):
                place.append(part)
                continue
            number = next((n for n, one in enumerate(fields) if one.key == part), len(fields))
            place.append(number)
            fields = fields[number].fields if number < len(fields) else ()
        return tuple(place)

    def _whole(self, path: Path, text: str) -> str:
        """In a list the sentence says which entry."""
        for place, part in enumerate(path):
            if isinstance(part, int) and place + 1 < len(path):
                field = self.field_at(path[:place])
                if field and field.kind is Kind.LIST:
                    return f"第 {part + 1} 条{field.label}：{text}"
        return text


@lru_cache(maxsize=KEPT_VALIDATORS)
def _validator(schema_bytes: bytes) -> jsonschema_rs.Draft202012Validator:
    schema = _rules_only(orjson.loads(schema_bytes))
    return jsonschema_rs.Draft202012Validator(schema, offline=True, validate_formats=True)


def _rules_only(schema: Any) -> Any:
    """`schema` without what is only shown, and without the patterns of named formats, which `checks` knows.

    A validator keeps a copy of all it is given, and each compiled pattern takes tens of kilobytes.
    """
    if isinstance(schema, list):
        return [_rules_only(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {k: v for k, v in schema.items() if k not in _SHOWN and not k.startswith("x-")}
    if "x-format" in schema:
        kept.pop("pattern", None)
    if "properties" in kept:
        inner = {key: _rules_only(one) for key, one in kept.pop("properties").items()}
        return {key: _rules_only(one) for key, one in kept.items()} | {"properties": inner}
    return {key: _rules_only(one) for key, one in kept.items()}


def _rank(code: str) -> int:
    return _RANK.index(code) if code in _RANK else len(_RANK)


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _reached(values: Any, path: Path) -> Any:
    for part in path:
        values = values[part]
    return values


def _depth(value: Any) -> int:
    """Levels of nesting, counted only as far as needed."""
    level, here = 0, [value]
    while here and level <= MOST_DEPTH:
        level += 1
        below: list[Any] = []
        for one in here:
            inner: Mapping[str, Any] | list[Any] = one if isinstance(one, dict | list) else []
            below += inner.values() if isinstance(inner, dict) else inner
        here = [one for one in below if isinstance(one, dict | list)]
    return level

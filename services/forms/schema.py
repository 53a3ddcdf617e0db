"""From the model to a JSON Schema 2020-12 document, with `x-` annotations for what a form shows."""

from collections.abc import Sequence
from typing import Any

from services.forms.formats import FORMATS
from services.forms.model import Condition, Field, Form, Kind, Rule

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_NUMBER = 1_000_000_000
MOST_FEN = 1_000_000_000_000
"""Ten thousand million yuan."""


def schema_of(form: Form) -> Schema:
    """The document. Paths of problems are paths of its properties."""
    made = _object(form.fields, form.rules)
    sections = [{"title": s.title, "hint": s.hint, "fields": [one.key for one in s.fields]} for s in form.sections]
    document = {"$schema": DIALECT, "title": form.title, **made, "x-sections": sections}
    if form.intro:
        document["description"] = form.intro
    return document


def _object(fields: Sequence[Field], rules: Sequence[Rule]) -> Schema:
    made: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": [one.key for one in fields if one.required and not one.when],
        "properties": {one.key: _property(one, place) for place, one in enumerate(fields)},
    }
    conditional = _conditional(fields)
    if conditional:
        made["allOf"] = conditional
    if rules:
        made["x-rules"] = [{"rule": r.name, "fields": list(r.fields)} for r in rules]
    return made


def _conditional(fields: Sequence[Field]) -> list[Schema]:
    """For each set of conditions: then required where needed, else not to be there."""
    grouped: dict[tuple[Condition, ...], list[Field]] = {}
    for one in fields:
        if one.when:
            grouped.setdefault(one.when, []).append(one)
    parts = []
    for when, asked in grouped.items():
        part: Schema = {"if": _all_of(when)}
        required = [one.key for one in asked if one.required]
        if required:
            part["then"] = {"required": required}
        part["else"] = {"properties": {one.key: False for one in asked}}
        parts.append(part)
    return parts


def _all_of(when: tuple[Condition, ...]) -> Schema:
    conditions: dict[str, Schema] = {}
    for one in when:
        value: Schema = {"contains": {"const": one.values[0]}} if one.includes else {"enum": list(one.values)}
        conditions[one.field] = {"allOf": [conditions[one.field], value]} if one.field in conditions else value
    return {"required": list(conditions), "properties": conditions}


def _property(one: Field, place: int) -> Schema:
    made: Schema = {"title": one.label}
    if one.hint:
        made["description"] = one.hint
    made.update(_content(one))
    made["x-order"] = place
    made["x-widget"] = one.widget.value
    for name, value in (
        ("x-format", one.format),
        ("x-unit", one.unit or ("分" if one.kind is Kind.MONEY else None)),
        ("x-prefill", one.prefill),
        ("x-earliest", one.earliest),
        ("x-latest", one.latest),
        ("x-min-age", one.min_age),
        ("x-max-age", one.max_age),
        ("x-unique", one.unique),
        ("x-places", one.places if one.kind is Kind.DECIMAL else None),
    ):
        if value is not None:
            made[name] = value
    if one.options:
        made["x-labels"] = dict(one.options)
    if one.when:
        made["x-when"] = [{"field": c.field, "includes" if c.includes else "in": list(c.values)} for c in one.when]
    return made


def _content(one: Field) -> Schema:
    match one.kind:
        case Kind.TEXT | Kind.LONG_TEXT:
            made: Schema = {"type": "string", "minLength": one.shortest, "maxLength": one.longest}
            if one.format:
                made["pattern"] = FORMATS[one.format].pattern
            return made
        case Kind.CHOICE:
            return {"type": "string", "enum": list(one.options)}
        case Kind.CHOICES:
            return {
                "type": "array",
                "items": {"type": "string", "enum": list(one.options)},
                "uniqueItems": True,
                "minItems": one.shortest,
                "maxItems": one.longest,
            }
        case Kind.YES_NO:
            return {"type": "boolean"}
        case Kind.CONSENT:
            return {"type": "boolean", "const": True}
        case Kind.DATE:
            return {"type": "string", "format": "date", "maxLength": 10}
        case Kind.MONTH:
            return {"type": "string", "pattern": "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$"}
        case Kind.YEAR:
            return {"type": "integer", **_bounds(one, 1900, 2100)}
        case Kind.INTEGER:
            return {"type": "integer", **_bounds(one, 0, MOST_NUMBER)}
        case Kind.DECIMAL:
            return {"type": "number", **_bounds(one, 0, MOST_NUMBER)}
        case Kind.MONEY:
            return {"type": "integer", **_bounds(one, 0, MOST_FEN)}
        case Kind.COUNTY:
            return {"type": "string", "pattern": "^37[0-9]{4}(-[A-Z]{2})?$"}
        case Kind.STREET:
            return {"type": "string", "pattern": "^37[0-9]{7}$"}
        case Kind.GROUP:
            return _object(one.fields, one.rules)
        case Kind.LIST:
            return {
                "type": "array",
                "items": _object(one.fields, one.rules),
                "minItems": one.shortest,
                "maxItems": one.longest,
            }


def _bounds(one: Field, least: float, most: float) -> Schema:
    return {
        "minimum": least if one.least is None else one.least,
        "maximum": most if one.most is None else one.most,
    }

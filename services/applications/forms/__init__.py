"""Forms as data: one JSON Schema (2020-12) an item, beside this file, named by the item's code.

Errors come back all at once, by dotted path, as Chinese sentences. `x-messages` in a property says
what to tell the citizen for a keyword; without it the sentence is made from the keyword and `title`.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from services.applications.model import Problem
from services.kernel.unit_of_work import Json

_HERE = Path(__file__).parent
MOST_BYTES = 100_000

NO_FORM: Mapping[str, Json] = {"type": "object", "additionalProperties": False, "properties": {}}
"""Of an item that asks nothing beyond who the applicant is."""


@cache
def form_schema(item_code: str) -> Mapping[str, Json]:
    """The form of an item. `item_code` comes from the catalogue, never straight from a request."""
    path = _HERE / f"{item_code}.json"
    if not path.is_file():
        return NO_FORM
    schema: Mapping[str, Json] = json.loads(path.read_text(encoding="utf-8"))
    return schema


@cache
def _validator(item_code: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(dict(form_schema(item_code)), offline=True, validate_formats=True)


def problems_of(item_code: str, form: Json) -> tuple[Problem, ...]:
    """All that is wrong with `form`, in the order of the form's fields."""
    if not isinstance(form, dict):
        return (Problem("form", "TYPE", "表单内容须为一组“字段: 值”。"),)
    if len(json.dumps(form, ensure_ascii=False, default=str)) > MOST_BYTES:
        return (Problem("form", "TOO_LARGE", "表单内容过长，请精简后再提交。"),)
    schema = form_schema(item_code)
    order = {name: place for place, name in enumerate(schema.get("properties", {}))}
    found = [one for error in _validator(item_code).iter_errors(form) for one in _problems(error, schema)]
    found.sort(key=lambda p: (order.get(p.path.split(".")[1] if "." in p.path else "", len(order)), p.path))
    return tuple(dict.fromkeys(found))


def _problems(error: jsonschema_rs.ValidationError, schema: Mapping[str, Json]) -> Iterator[Problem]:
    kind = error.kind.as_dict()
    path = [str(part) for part in error.instance_path]
    if error.kind.name == "required":
        yield _problem([*path, str(kind["property"])], "required", schema, kind)
    elif error.kind.name in ("additionalProperties", "unevaluatedProperties"):
        for name in kind["unexpected"]:
            # The name was typed by the caller: cut it, it is only echoed in the path.
            yield Problem(".".join(["form", *path, str(name)[:40]]), "UNKNOWN_FIELD", "表单里没有这一项，请删除。")
    else:
        yield _problem(path, error.kind.name, schema, kind)


class JsonForms:
    """`services.applications.ports.FormSource` on these files. An item without one takes the empty form."""

    def problems_of(self, item_code: str, form: Json) -> tuple[Problem, ...]:
        return problems_of(item_code, form)


_SENTENCES = {
    "required": "请填写{title}。",
    "enum": "请从列出的选项中选择{title}。",
    "const": "{title}的内容不符合要求。",
    "type": "{title}的填写类型不对。",
    "pattern": "{title}的格式不对。",
    "format": "{title}的格式不对。",
    "minLength": "{title}太短，至少{limit}个字。",
    "maxLength": "{title}太长，最多{limit}个字。",
    "minimum": "{title}不能小于{limit}。",
    "maximum": "{title}不能大于{limit}。",
    "minItems": "{title}至少选{limit}项。",
    "maxItems": "{title}最多选{limit}项。",
}


def _problem(path: list[str], keyword: str, schema: Mapping[str, Json], kind: Mapping[str, Any]) -> Problem:
    field: Mapping[str, Json] = schema
    for part in path:
        inner = field.get("items", {}) if part.isdigit() else field.get("properties", {}).get(part, {})
        field = inner if isinstance(inner, Mapping) else {}
    own = field.get("x-messages", {}).get(keyword)
    template = _SENTENCES.get(keyword, "{title}的填写有误，请检查。")
    sentence = own or template.format(title=field.get("title", "这一项"), limit=kind.get("limit", ""))
    return Problem(".".join(["form", *path]), _code(keyword), sentence)


def _code(keyword: str) -> str:
    """``minLength`` → ``MIN_LENGTH``."""
    return "".join(f"_{c}" if c.isupper() else c.upper() for c in keyword)

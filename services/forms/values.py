"""The examples in a form's TOML: whole valid values, or a few changes to the last valid ones."""

import copy
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.forms.dates import moment
from services.forms.model import Example

_RELATIVE = re.compile(r"@(month:)?(today(?:[+-]\d{1,4}[dmy])?)")
_EXPECTED = re.compile(r"([A-Za-z0-9.]*) ?([A-Z][A-Z_]+)")


def example_values(raw: Mapping[str, Any], before: Sequence[Example]) -> tuple[Mapping[str, Any], str]:
    """The values of one example and "", or what is wrong with how it is written."""
    expect = raw.get("expect", [])
    if "valid" in raw:
        if not isinstance(raw["valid"], dict) or expect or "change" in raw or "remove" in raw:
            return {}, "valid 是整张表的一组正确值，不能再有 change、remove、expect"
        return raw["valid"], ""
    valid = [one for one in before if not one.problems]
    if not valid:
        return {}, "第一个例子须是 valid：一组全部正确的值"
    if not isinstance(expect, list) or not expect or not all(_EXPECTED.fullmatch(str(one)) for one in expect):
        return {}, '错误的例子须写 expect，如 expect = ["bankAccount.number CHECK_DIGIT"]'
    changed = copy.deepcopy(dict(valid[-1].values))
    try:
        for path in raw.get("remove", []):
            inner, last = _reach(changed, path)
            del inner[last]
        for path, value in raw.get("change", {}).items():
            inner, last = _reach(changed, path)
            if isinstance(inner, list) and last == len(inner):
                inner.append(value)
            else:
                inner[last] = value
    except (KeyError, IndexError, TypeError, ValueError):
        return {}, f"change 或 remove 里的 {path} 在前面的正确例子中找不到"
    return changed, ""


def _reach(values: Any, path: str) -> tuple[Any, Any]:
    """What holds the value at `path`, and its key or place there."""
    *outer, last = path.split(".")
    for part in outer:
        values = values[int(part) if isinstance(values, list) else part]
    return values, int(last) if isinstance(values, list) else last


def on_day(value: Any, today: date) -> Any:
    """`value` with each ``@today-3d`` and ``@month:today`` as it is on `today`."""
    if isinstance(value, dict):
        return {key: on_day(inner, today) for key, inner in value.items()}
    if isinstance(value, list):
        return [on_day(inner, today) for inner in value]
    found = _RELATIVE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    day = moment(found[2], today)
    return f"{day:%Y-%m}" if found[1] else day.isoformat()

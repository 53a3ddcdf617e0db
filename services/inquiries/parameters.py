"""What a citizen gives, checked against the declaration: every problem at once, by path, in Chinese."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from services.inquiries.model import Parameter, ParameterType
from services.kernel.problems import Problem

MOST_TEXT = 60
EARLIEST_YEAR = 1949
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def check(
    declared: tuple[Parameter, ...], given: object, today: date, has_region: Callable[[str], bool]
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The values to ask with, and what is wrong. With problems the values are of no use."""
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        return {}, (Problem("parameters", "TYPE", "查询条件应当按名称逐项填写。"),)
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    known = {one.key for one in declared}
    for key in sorted(str(key) for key in given if key not in known)[:10]:
        problems.append(Problem(f"parameters.{key[:40]}", "UNKNOWN_PARAMETER", "这项查询没有这个条件，请去掉。"))
    for one in declared:
        value = given.get(one.key)
        if isinstance(value, str):
            value = value.strip()
        if value is None or value == "":
            if one.required:
                problems.append(_problem(one, "REQUIRED", f"请填写{one.label}。"))
            continue
        wrong = _wrong(one, value, today, has_region)
        if wrong is None:
            values[one.key] = value
        else:
            problems.append(wrong)
    return values, tuple(problems)


def _wrong(one: Parameter, value: Any, today: date, has_region: Callable[[str], bool]) -> Problem | None:
    match one.type:
        case ParameterType.INTEGER | ParameterType.YEAR:
            if not isinstance(value, int) or isinstance(value, bool):
                return _problem(one, "TYPE", f"{one.label}应当是整数。")
            least, most = one.least, one.most
            if one.type is ParameterType.YEAR:
                least, most = least or EARLIEST_YEAR, most or today.year
            if (least is not None and value < least) or (most is not None and value > most):
                return _problem(one, "RANGE", f"{one.label}应当在{_range(least, most)}。")
            return None
        case _ if not isinstance(value, str):
            return _problem(one, "TYPE", f"{one.label}应当是文字。")
        case ParameterType.ENUM:
            choices = "、".join(one.labels.values())
            return None if value in one.labels else _problem(one, "NOT_ONE_OF", f"{one.label}请从{choices}中选择。")
        case ParameterType.REGION:
            return None if has_region(value) else _problem(one, "UNKNOWN_REGION", f"{one.label}不在聊城市，请重选。")
        case ParameterType.MONTH:
            return None if _MONTH.fullmatch(value) else _problem(one, "FORMAT", f"{one.label}应当像2026-10这样填写。")
        case ParameterType.DATE:
            try:
                date.fromisoformat(value)
            except ValueError:
                return _problem(one, "FORMAT", f"{one.label}应当像2026-10-31这样填写。")
            return None
        case _:
            return _text_wrong(one, value)


def _text_wrong(one: Parameter, value: str) -> Problem | None:
    if len(value) > (one.most or MOST_TEXT):
        return _problem(one, "TOO_LONG", f"{one.label}最多{one.most or MOST_TEXT}个字。")
    if one.least is not None and len(value) < one.least:
        return _problem(one, "TOO_SHORT", f"{one.label}至少{one.least}个字。")
    if not value.isprintable() or (one.pattern is not None and not re.fullmatch(one.pattern, value)):
        return _problem(one, "PATTERN", one.hint or f"{one.label}格式不正确，请核对后重填。")
    return None


def _range(least: int | None, most: int | None) -> str:
    if least is None:
        return f"{most}以内"
    return f"{least}以上" if most is None else f"{least}至{most}之间"


def _problem(one: Parameter, code: str, message: str) -> Problem:
    return Problem(f"parameters.{one.key}", code, message)

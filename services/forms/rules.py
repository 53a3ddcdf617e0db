"""Rules between fields of one group, for what a schema cannot say. Each names the last field as the wrong one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.forms.dates import moment, shifted
from services.forms.formats import id_birth_date, id_gender
from services.forms.model import Field, Kind, Rule
from services.forms.ports import Places

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """How a rule is checked. `holds` is asked only when all its fields are filled in and right by themselves."""

    code: str
    sentence: str
    """`{a}` and `{b}` are the labels of the first and the last field, `{limit}` the rule's limit."""
    holds: Callable[[Rule, Sequence[Any], Places], bool]
    kinds: frozenset[Kind] | None = None
    least_fields: int = 2
    needs_limit: bool = False


def _within(rule: Rule, values: Sequence[Any], places: Places) -> bool:
    start, end = _day(values[0]), _day(values[-1])
    return (end - start).days <= (rule.limit or 0)


def _within_months(rule: Rule, values: Sequence[Any], places: Places) -> bool:
    return _day(values[-1]) <= shifted(_day(values[0]), rule.limit or 0)


def _day(value: str) -> date:
    return moment(value, date.min)


_ORDERED = frozenset({Kind.DATE, Kind.MONTH, Kind.YEAR, Kind.INTEGER, Kind.DECIMAL, Kind.MONEY})
_DATED = frozenset({Kind.DATE, Kind.MONTH})

RULES: Mapping[str, Check] = {
    "order": Check("ORDER", "{b}不能{less}{a}。", lambda r, v, p: v[0] <= v[-1], _ORDERED),
    "before": Check("ORDER", "{b}须{more}{a}。", lambda r, v, p: v[0] < v[-1], _ORDERED),
    "differ": Check("SAME_VALUE", "{b}不能与{a}相同。", lambda r, v, p: v[0] != v[-1]),
    "same": Check("DIFFERENT_VALUE", "{b}须与{a}一致。", lambda r, v, p: v[0] == v[-1]),
    "street_in_county": Check(
        "WRONG_STREET",
        "所选的街道（乡镇）不在所选的县（市、区）里，请重选。",
        lambda r, v, p: v[0] in p.county_of(v[-1]),
    ),
    "birth_of_id": Check(
        "ID_BIRTH_DATE",
        "{b}与身份证号码里的出生日期不一样，请核对。",
        lambda r, v, p: (born := id_birth_date(v[0])) is None or born.isoformat() == v[-1],
    ),
    "gender_of_id": Check(
        "ID_GENDER", "{b}与身份证号码里的性别不一样，请核对。", lambda r, v, p: id_gender(v[0]) == v[-1]
    ),
    "within_days": Check("TOO_LONG_PERIOD", "{a}到{b}最长{limit}天。", _within, _DATED, needs_limit=True),
    "within_months": Check("TOO_LONG_PERIOD", "{a}到{b}最长{limit}个月。", _within_months, _DATED, needs_limit=True),
    "sum_at_most": Check(
        "SUM_TOO_LARGE", "各项加起来不能超过{b}。", lambda r, v, p: sum(v[:-1]) <= v[-1], _ORDERED - _DATED
    ),
    "any_of": Check("REQUIRED_ANY", "{labels}至少填一项。", lambda r, v, p: any(one is not None for one in v)),
}


def field_at(fields: Sequence[Field], path: str) -> Field | None:
    """The field at a dotted path through groups; None through a list or past the end."""
    found: Field | None = None
    for part in path.split("."):
        if found is not None and found.kind is not Kind.GROUP:
            return None
        found = next((one for one in (fields if found is None else found.fields) if one.key == part), None)
        if found is None:
            return None
    return found


def rule_faults(rule: Rule, fields: Sequence[Field]) -> str:
    """What is wrong with how a rule is written, or ""."""
    check = RULES.get(rule.name)
    if check is None:
        return f"没有名为 {rule.name} 的规则，可用：{'、'.join(RULES)}"
    if len(rule.fields) < check.least_fields:
        return f"{rule.name} 的 fields 至少写两个字段"
    for path in rule.fields:
        field = field_at(fields, path)
        if field is None:
            return f"{rule.name} 里的 {path} 不是这一层的字段"
        if check.kinds is not None and field.kind not in check.kinds:
            return f"{rule.name} 不用于 {path}（{field.kind}）"
    return f"{rule.name} 要有 limit" if check.needs_limit and rule.limit is None else ""


def value_at(values: Any, path: str) -> Any:
    """The value at a dotted path; None when it is not there."""
    for part in path.split("."):
        if not isinstance(values, dict):
            return None
        values = values.get(part)
    return values


def broken(rule: Rule, fields: Sequence[Field], values: Values, places: Places) -> tuple[str, str, str] | None:
    """Path, code and sentence when the rule does not hold."""
    check, found = RULES[rule.name], [value_at(values, path) for path in rule.fields]
    if rule.name == "any_of":
        if check.holds(rule, found, places):
            return None
        named = "、".join(one.label for path in rule.fields if (one := field_at(fields, path)))
        return rule.fields[0], check.code, rule.message or check.sentence.format(labels=named)
    if any(one is None for one in found) or check.holds(rule, found, places):
        return None
    first, last = field_at(fields, rule.fields[0]), field_at(fields, rule.fields[-1])
    assert first is not None  # noqa: S101 - `rule_faults` found both when the form was read
    assert last is not None  # noqa: S101 - likewise
    dated = last.kind in _DATED
    sentence = rule.message or check.sentence.format(
        a=first.label,
        b=last.label,
        less="早于" if dated else "小于",
        more="晚于" if dated else "大于",
        limit=rule.limit,
    )
    return rule.fields[-1], check.code, sentence

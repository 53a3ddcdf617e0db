"""From the `[form]` table of an item's TOML to the model. All faults at once, in Chinese, for who edits the file."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from services.forms.dates import is_moment
from services.forms.errors import FormFault
from services.forms.formats import FORMATS
from services.forms.library import library
from services.forms.model import Condition, Example, Field, Form, Kind, Rule, Section
from services.forms.rules import RULES, rule_faults
from services.forms.values import example_values

Raw = Mapping[str, Any]

_KEY = re.compile(r"[a-z][A-Za-z0-9]{1,39}")
_PREFILL = re.compile(
    r"profile\.(name|idNumber|phone|gender|birthDate|region)|subject\.(name|idNumber|phone|gender|birthDate|region|uscc)"
    r"|certificate:[A-Z][A-Z0-9_]*\.[A-Za-z][A-Za-z0-9_]*|registry:[A-Z][A-Z0-9-]*\.[A-Za-z][A-Za-z0-9_]*"
)
_FIELD_KEYS = frozenset(
    {
        *("key", "kind", "label", "hint", "required", "when", "options", "format", "min", "max", "unit", "places"),
        *("earliest", "latest", "min_age", "max_age", "fields", "rules", "unique", "prefill", "messages"),
    }
)
_USE_KEYS = frozenset({"use", "without", "add", "set"})
_TEXTS = {Kind.TEXT, Kind.LONG_TEXT}
_NUMBERS = {Kind.INTEGER, Kind.DECIMAL, Kind.MONEY, Kind.YEAR}
_COUNTED = {Kind.CHOICES, Kind.LIST}
_DATES = {Kind.DATE, Kind.MONTH}
DEEPEST = 4


def near(word: str, known: Iterable[str]) -> str:
    """``（是不是 phone？）`` for a slip of the pen."""
    close = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f"（是不是 {close[0]}？）" if close else ""


class Reader:
    """Reads one form; `faults` grows as it goes."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, where: str, what: str) -> None:
        self.faults.append(f"{where}：{what}")

    def form(self, raw: Any, title: str) -> Form:
        if not isinstance(raw, dict):
            self.fault("form", "须是一个 [form] 表")
            return Form(title, ())
        self._only(raw, {"intro", "sections", "rules", "examples"}, "form")
        sections = tuple(
            self._section(one, f"form.sections 第 {n} 节") for n, one in self._tables(raw, "sections", "form")
        )
        if not sections:
            self.fault("form.sections", "至少要有一节，一节至少一个字段")
        fields = tuple(one for section in sections for one in section.fields)
        self._neighbours(fields, "form")
        rules = self._rules(raw, fields, "form")
        examples = self._examples(raw)
        return Form(title, sections, rules, examples, self._text(raw, "intro", "form", False))

    def _section(self, raw: Raw, where: str) -> Section:
        self._only(raw, {"title", "hint", "when", "fields"}, where)
        common = self._when(raw, where)
        fields = tuple(
            self.field(one, f"{where} 第 {n} 个字段", 0, common) for n, one in self._tables(raw, "fields", where)
        )
        if not fields:
            self.fault(where, "fields 里还没有字段")
        return Section(self._text(raw, "title", where) or "", self._text(raw, "hint", where, False), fields)

    def field(self, written: Raw, where: str, depth: int, common: tuple[Condition, ...] = ()) -> Field:
        """One field, with what the library says of it. `common`: conditions of the section."""
        raw, name = self._merged(written, where)
        key = str(raw.get("key", ""))
        where = f"{where}（{key or name or '没有 key'}）"
        if not _KEY.fullmatch(key):
            self.fault(where, "key 须以小写字母开头，只用字母和数字，如 contactPhone")
        self._only(raw, _FIELD_KEYS, where)
        kind = self._kind(raw, where)
        minimum, maximum = self._number(raw, "min", where), self._number(raw, "max", where)
        one = Field(
            key=key,
            kind=kind,
            label=self._text(raw, "label", where) or key,
            hint=self._text(raw, "hint", where, False),
            required=self._flag(raw, "required", where),
            when=(*common, *self._when(raw, where)),
            options=self._options(raw, kind, where),
            format=self._format(raw, kind, where),
            shortest=int(minimum or 1) if kind in _TEXTS | _COUNTED else 1,
            longest=int(maximum or _longest(raw, kind)),
            least=minimum if kind in _NUMBERS else None,
            most=maximum if kind in _NUMBERS else None,
            unit=self._text(raw, "unit", where, False),
            places=int(self._number(raw, "places", where) or 2),
            earliest=self._moment(raw, "earliest", kind, where),
            latest=self._moment(raw, "latest", kind, where),
            min_age=self._age(raw, "min_age", kind, where),
            max_age=self._age(raw, "max_age", kind, where),
            fields=self._inner(raw, kind, where, depth),
            unique=self._text(raw, "unique", where, False),
            prefill=self._prefill(raw, where),
            messages=self._messages(raw, where),
            library=name,
        )
        self._fitting(raw, one, minimum, maximum, where)
        self._neighbours(one.fields, where)
        rules = self._rules(raw, one.fields, where)
        return one if not rules else _with_rules(one, rules)

    # -- parts of a field ----------------------------------------------------------------------------

    def _merged(self, written: Raw, where: str) -> tuple[Raw, str | None]:
        """`written` over what the library says; `without`, `add` and `set` change a group's own fields."""
        name = written.get("use")
        if name is None:
            return written, None
        base = library().get(str(name))
        if base is None:
            self.fault(where, f"共享字段库里没有 {name}{near(str(name), library())}")
            return {"label": str(name), "kind": "text", **written, "use": None} | {"key": written.get("key", "x")}, None
        base, deeper = self._merged(base, where)
        merged = {**base, **{k: v for k, v in written.items() if k not in _USE_KEYS}}
        if "without" in written or "add" in written or "set" in written:
            merged["fields"] = self._changed(base, written, where)
            left = {self._key_of(one) for one in merged["fields"]}
            merged["rules"] = [r for r in merged.get("rules", []) if left.issuperset(r.get("fields", []))]
        return merged, str(name) or deeper

    def _changed(self, base: Raw, written: Raw, where: str) -> list[Raw]:
        fields = [dict(one) for one in base.get("fields", [])]
        known = [self._key_of(one) for one in fields]
        without, changes = written.get("without", []), written.get("set", {})
        for key in [*without, *changes]:
            if key not in known:
                self.fault(where, f"without 或 set 里的 {key} 不是 {written['use']} 的字段{near(key, known)}")
        kept = [one | changes.get(key, {}) for key, one in zip(known, fields, strict=True) if key not in without]
        return kept + list(written.get("add", []))

    @staticmethod
    def _key_of(raw: Raw) -> str:
        base = library().get(str(raw.get("use")), {})
        return str(raw.get("key", base.get("key", "")))

    def _kind(self, raw: Raw, where: str) -> Kind:
        word = str(raw.get("kind", ""))
        try:
            return Kind(word)
        except ValueError:
            self.fault(where, f"kind 是 {word!r}，须是 {'、'.join(Kind)} 之一{near(word, Kind)}")
            return Kind.TEXT

    def _options(self, raw: Raw, kind: Kind, where: str) -> dict[str, str]:
        options = raw.get("options", {})
        if (kind in {Kind.CHOICE, Kind.CHOICES}) != bool(options):
            self.fault(where, "options 只用于 choice 和 choices，而且必须有")
        if not isinstance(options, dict) or not all(isinstance(v, str) and v for v in options.values()):
            self.fault(where, 'options 的写法是 { VALUE = "选项名称" }')
            return {}
        if kind is Kind.CHOICE and len(options) == 1:
            self.fault(where, "只有一个选项，不用让人选")
        return options

    def _format(self, raw: Raw, kind: Kind, where: str) -> str | None:
        name = raw.get("format")
        if name is not None and (name not in FORMATS or kind is not Kind.TEXT):
            self.fault(where, f"format {name!r} 不存在或不用于 {kind}{near(str(name), FORMATS)}")
            return None
        return name

    def _moment(self, raw: Raw, key: str, kind: Kind, where: str) -> str | None:
        value = raw.get(key)
        if value is not None and (kind not in _DATES or not isinstance(value, str) or not is_moment(value, kind)):
            self.fault(
                where, f"{key} 只用于 date、month，写法如 today、today+30d、today-18y、2020-01-01（月份 2020-01）"
            )
            return None
        return value

    def _age(self, raw: Raw, key: str, kind: Kind, where: str) -> int | None:
        value = self._number(raw, key, where)
        if value is not None and not (kind is Kind.DATE or raw.get("format") == "resident_id"):
            self.fault(where, f"{key} 只用于出生日期和身份证号码")
        return None if value is None else int(value)

    def _prefill(self, raw: Raw, where: str) -> str | None:
        value = raw.get("prefill")
        if value and not _PREFILL.fullmatch(str(value)):
            self.fault(where, f"prefill {value!r} 的写法须如 profile.name、subject.uscc、certificate:ID_CARD.address")
            return None
        return value or None

    def _messages(self, raw: Raw, where: str) -> dict[str, str]:
        value = raw.get("messages", {})
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            self.fault(where, 'messages 的写法是 { CODE = "一句话。" }')
            return {}
        return value

    def _inner(self, raw: Raw, kind: Kind, where: str, depth: int) -> tuple[Field, ...]:
        if kind not in {Kind.GROUP, Kind.LIST}:
            if "fields" in raw:
                self.fault(where, "fields 只用于 group 和 list")
            return ()
        if depth >= DEEPEST:
            self.fault(where, f"嵌套超过 {DEEPEST} 层")
            return ()
        inner = self._tables(raw, "fields", where)
        if not inner:
            self.fault(where, "group 和 list 要有 fields")
        return tuple(self.field(one, f"{where} 第 {n} 个字段", depth + 1) for n, one in inner)

    def _when(self, raw: Raw, where: str) -> tuple[Condition, ...]:
        value = raw.get("when")
        if value is None:
            return ()
        made = []
        for one in value if isinstance(value, list) else [value]:
            told = [k for k in ("equals", "in", "includes") if isinstance(one, dict) and k in one]
            if len(told) != 1 or set(one) != {"field", told[0]} or (told[0] == "in") != isinstance(one[told[0]], list):
                self.fault(where, 'when 的写法是 { field = "x", equals = "A" }、in = ["A", "B"] 或 includes = "A"')
                continue
            values = one[told[0]] if told[0] == "in" else [one[told[0]]]
            made.append(Condition(str(one["field"]), tuple(values), told[0] == "includes"))
        return tuple(made)

    def _rules(self, raw: Raw, fields: tuple[Field, ...], where: str) -> tuple[Rule, ...]:
        made = []
        for _, one in self._tables(raw, "rules", where):
            self._only(one, {"rule", "fields", "message", "limit"}, f"{where} rules")
            rule = Rule(str(one.get("rule")), tuple(one.get("fields", [])), one.get("message"), self._limit(one, where))
            wrong = rule_faults(rule, fields)
            if wrong:
                self.fault(f"{where} rules", f"{wrong}{near(rule.name, RULES) if rule.name not in RULES else ''}")
            else:
                made.append(rule)
        return tuple(made)

    def _limit(self, raw: Raw, where: str) -> int | None:
        value = self._number(raw, "limit", where)
        return None if value is None else int(value)

    # -- what must fit together ----------------------------------------------------------------------

    def _fitting(self, raw: Raw, one: Field, minimum: float | None, maximum: float | None, where: str) -> None:
        if (minimum is not None or maximum is not None) and one.kind not in _TEXTS | _NUMBERS | _COUNTED:
            self.fault(where, f"min、max 不用于 {one.kind}")
        if minimum is not None and maximum is not None and minimum > maximum:
            self.fault(where, "min 大于 max")
        if one.unique is not None and one.unique not in {inner.key for inner in one.fields}:
            self.fault(where, f"unique {one.unique!r} 不是这个 list 里的字段")
        if one.prefill and one.kind in {Kind.GROUP, Kind.LIST, Kind.CONSENT}:
            self.fault(where, f"prefill 不用于 {one.kind}，写到它里面的字段上")
        if one.kind is Kind.CONSENT and "required" in raw and not one.required:
            self.fault(where, "consent 总是必填的")

    def _neighbours(self, fields: tuple[Field, ...], where: str) -> None:
        """Keys are unique, and conditions name a field beside them that can have the value."""
        by_key: dict[str, Field] = {}
        for one in fields:
            if one.key in by_key:
                self.fault(where, f"key {one.key} 出现了两次")
            for condition in one.when:
                asked = by_key.get(condition.field)
                if asked is None:
                    self.fault(
                        f"{where}（{one.key}）",
                        f"when 里的 {condition.field} 须是同一层、排在它前面的字段{near(condition.field, by_key)}",
                    )
                elif asked.kind in {Kind.CHOICE, Kind.CHOICES}:
                    for value in condition.values:
                        if value not in asked.options:
                            self.fault(f"{where}（{one.key}）", f"when 里的 {value!r} 不是 {condition.field} 的选项")
                    if condition.includes != (asked.kind is Kind.CHOICES):
                        self.fault(f"{where}（{one.key}）", "when：choices 用 includes，choice 用 equals 或 in")
                elif asked.kind is Kind.YES_NO and not all(isinstance(v, bool) for v in condition.values):
                    self.fault(f"{where}（{one.key}）", f"when：{condition.field} 是 yesno，只能等于 true 或 false")
            by_key[one.key] = one

    # -- words, numbers, tables ----------------------------------------------------------------------

    def _only(self, raw: Raw, known: Iterable[str], where: str) -> None:
        names = list(known)
        for key in raw:
            if key not in names:
                self.fault(where, f"不认识 {key}{near(key, names)}")

    def _text(self, raw: Raw, key: str, where: str, needed: bool = True) -> str | None:
        value = raw.get(key)
        if value in (None, "") and not needed:
            return None
        if not isinstance(value, str) or not value.strip():
            self.fault(where, f"缺少 {key}，须是一段文字")
            return None
        return value

    def _flag(self, raw: Raw, key: str, where: str) -> bool:
        value = raw.get(key, True)
        if not isinstance(value, bool):
            self.fault(where, f"{key} 只能是 true 或 false")
            return True
        return value

    def _number(self, raw: Raw, key: str, where: str) -> float | None:
        value = raw.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            self.fault(where, f"{key} 须是数字")
            return None
        return value

    def _tables(self, raw: Raw, key: str, where: str) -> list[tuple[int, Raw]]:
        value = raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.fault(f"{where} {key}", "须是一列表格，如 [ { … }, { … } ]")
            return []
        return list(enumerate(value, 1))

    def _examples(self, raw: Raw) -> tuple[Example, ...]:
        made: list[Example] = []
        for number, one in self._tables(raw, "examples", "form"):
            where = f"form.examples 第 {number} 个"
            self._only(one, {"valid", "change", "remove", "expect", "note"}, where)
            values, wrong = example_values(one, made)
            if wrong:
                self.fault(where, wrong)
            else:
                made.append(Example(values, tuple(one.get("expect", ())), one.get("note")))
        return tuple(made)


def _longest(raw: Raw, kind: Kind) -> int:
    if kind is Kind.TEXT and raw.get("format") in FORMATS:
        return FORMATS[raw["format"]].longest
    return {Kind.LONG_TEXT: 500, Kind.LIST: 20, Kind.CHOICES: max(1, len(raw.get("options", {})))}.get(kind, 100)


def _with_rules(one: Field, rules: tuple[Rule, ...]) -> Field:
    return Field(**{name: getattr(one, name) for name in Field.__slots__ if name != "rules"}, rules=rules)


def read(raw: Any, title: str) -> Form:
    """The form. Raises `FormFault` with every fault."""
    reader = Reader()
    form = reader.form(raw, title)
    if reader.faults:
        raise FormFault(reader.faults)
    return form


def form_faults(raw: bytes) -> list[str]:
    """What is wrong with a definition that is kept as JSON."""
    reader = Reader()
    reader.form(orjson.loads(raw), "")
    return reader.faults

"""Values, declarations and parameters by themselves."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs_schema.masks import Mask
from services.inquiries.declaration import Fault, parse
from services.inquiries.model import Column, ColumnType, Parameter, ParameterType, Sensitivity
from services.inquiries.parameters import check
from services.inquiries.values import MalformedRecord, cells, money_text

TODAY = date(2026, 11, 23)
LABELS = {"PAID": "已缴"}


def column(kind: ColumnType, mask: Mask = Mask.NONE, unit: str | None = None) -> Column:
    labels = LABELS if kind in (ColumnType.ENUM, ColumnType.STATUS) else {}
    return Column("one", "一", kind, unit, mask, Sensitivity.PERSONAL, labels)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (ColumnType.TEXT, "示例", "示例"),
        (ColumnType.DATE, "2026-01-05", "2026年1月5日"),
        (ColumnType.MONTH, "2026-01", "2026年1月"),
        (ColumnType.DATE_TIME, "2026-01-05T00:30:00+00:00", "2026年1月5日08:30"),
        (ColumnType.INTEGER, 0, "0"),
        (ColumnType.NUMBER, 2.5, "2.5"),
        (ColumnType.MONEY_FEN, -5, "-0.05元"),
        (ColumnType.STATUS, "PAID", "已缴"),
        (ColumnType.STATUS, "NEW_CODE", "其他"),
        (ColumnType.INTEGER, None, "—"),
    ],
)
def test_a_value_is_written_as_a_citizen_reads_it(kind: ColumnType, value: Any, text: str) -> None:
    (cell,) = cells((column(kind),), {"one": value})
    assert (cell.text, cell.value) == (text, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ColumnType.TEXT, 5),
        (ColumnType.TEXT, "x" * 2001),
        (ColumnType.DATE, "2026-02-30"),
        (ColumnType.DATE, 20260105),
        (ColumnType.MONTH, "2026-13"),
        (ColumnType.DATE_TIME, "2026-01-05T00:30:00"),
        (ColumnType.INTEGER, True),
        (ColumnType.INTEGER, 1.5),
        (ColumnType.NUMBER, "2.5"),
        (ColumnType.MONEY_FEN, 12.5),
        (ColumnType.ENUM, 1),
    ],
)
def test_a_value_of_another_type_is_garbage_masked_or_not(kind: ColumnType, value: Any) -> None:
    with pytest.raises(MalformedRecord, match="one"):
        cells((column(kind),), {"one": value})
    if kind is ColumnType.TEXT:
        with pytest.raises(MalformedRecord):
            cells((column(kind, Mask.BANK),), {"one": value})


def test_a_masked_value_leaves_no_raw_value() -> None:
    (cell,) = cells((column(ColumnType.TEXT, Mask.BANK),), {"one": "6217000000001234"})
    assert (cell.text, cell.value) == ("************1234", None)
    (hidden,) = cells((column(ColumnType.TEXT, Mask.HIDDEN),), {"one": "阳性"})
    assert (hidden.text, hidden.value) == ("****", None)


@given(st.integers(-(10**15), 10**15))
def test_money_text_says_the_amount_exactly(fen: int) -> None:
    text = money_text(fen)
    assert text.endswith("元")
    assert int(text.removesuffix("元").replace(",", "").replace(".", "")) == fen


GOOD: dict[str, Any] = {
    "of": ["person"],
    "empty": "没有记录。",
    "columns": [{"key": key, "label": key, "type": "text"} for key in ("one", "two", "three")],
}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"of": []}, "query.of"),
        ({"of": ["public", "person"]}, "query.of"),
        ({"of": ["dog"]}, "query.of"),
        ({"of": ["public"]}, "public data have only public columns"),
        ({"assurance": "FINGER"}, "query.assurance"),
        ({"page_size": 0}, "query.page_size"),
        ({"empty": " "}, "query.empty"),
        ({"colour": 1}, "colour: no such key"),
        ({"columns": GOOD["columns"][:2]}, "at least three"),
        ({"columns": [*GOOD["columns"], GOOD["columns"][0]]}, "a key comes twice"),
        ({"columns": [*GOOD["columns"], {"key": "four", "label": "4", "type": "enum"}]}, "columns 4: labels"),
        ({"columns": [*GOOD["columns"], {"key": "Four", "label": "4", "type": "text"}]}, "columns 4: key"),
        (
            {"columns": [*GOOD["columns"], {"key": "four", "label": "4", "type": "integer", "mask": "bank"}]},
            "only texts and dates are masked",
        ),
        (
            {"columns": [*GOOD["columns"], {"key": "four", "label": "4", "type": "text", "sensitivity": "sensitive"}]},
            "a sensitive column has one",
        ),
        ({"parameters": [{"key": "year", "label": "年", "type": "text", "pattern": "("}]}, "parameters 1: pattern"),
    ],
)
def test_a_faulty_declaration_is_refused_with_the_key(change: dict[str, Any], sentence: str) -> None:
    assert len(parse(GOOD).columns) == 3
    with pytest.raises(Fault, match=sentence):
        parse(GOOD | change)


def parameter(kind: ParameterType, **values: Any) -> Parameter:
    given = {"required": False, "labels": {}, "pattern": None, "hint": None, "least": None, "most": None, **values}
    return Parameter("one", "条件", kind, **given)


@pytest.mark.parametrize(
    ("declared", "value", "code"),
    [
        (parameter(ParameterType.YEAR), 2027, "RANGE"),
        (parameter(ParameterType.YEAR), 1900, "RANGE"),
        (parameter(ParameterType.YEAR), "2026", "TYPE"),
        (parameter(ParameterType.INTEGER), True, "TYPE"),
        (parameter(ParameterType.INTEGER, least=50, most=65), 49, "RANGE"),
        (parameter(ParameterType.MONTH), "2026-1", "FORMAT"),
        (parameter(ParameterType.DATE), "2026-02-30", "FORMAT"),
        (parameter(ParameterType.ENUM, labels={"A": "甲"}), "B", "NOT_ONE_OF"),
        (parameter(ParameterType.REGION), "110101", "UNKNOWN_REGION"),
        (parameter(ParameterType.TEXT), "x" * 61, "TOO_LONG"),
        (parameter(ParameterType.TEXT, least=2), "x", "TOO_SHORT"),
        (parameter(ParameterType.TEXT, pattern="[0-9]+"), "x", "PATTERN"),
        (parameter(ParameterType.TEXT), "a\x00b", "PATTERN"),
        (parameter(ParameterType.TEXT), ["x"], "TYPE"),
        (parameter(ParameterType.TEXT, required=True), "  ", "REQUIRED"),
    ],
)
def test_each_kind_of_mistake_has_its_code(declared: Parameter, value: Any, code: str) -> None:
    _, problems = check((declared,), {"one": value}, TODAY, lambda region: region == "371502")
    assert [(one.path, one.code) for one in problems] == [("parameters.one", code)]
    assert problems[0].message.endswith("。")


def test_good_values_pass_and_are_trimmed() -> None:
    values, problems = check((parameter(ParameterType.TEXT),), {"one": " 阿莫西林 "}, TODAY, lambda _: False)
    assert (values, problems) == ({"one": "阿莫西林"}, ())
    assert check((parameter(ParameterType.TEXT),), None, TODAY, lambda _: False) == ({}, ())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_no_json_value_breaks_the_check(value: Any) -> None:
    declared = tuple(
        Parameter(kind.value, kind.value, kind, False, {"A": "甲"}, None, None, None, None) for kind in ParameterType
    )
    for asked in (value, {kind.value: value for kind in ParameterType}):
        values, problems = check(declared, asked, TODAY, lambda _: False)
        assert len(values) + len(problems) <= 10 + len(declared)

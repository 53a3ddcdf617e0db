"""Checking what was filled in: all problems at once, by path, in sentences that a citizen can act on."""

import tomllib
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.catalogue import ROOT
from services.forms.compiled import MOST_BYTES, MOST_DEPTH, CompiledForm
from services.forms.formats import id_check_digit, luhn, uscc_check_digit
from services.forms.lint import places_of
from services.forms.reading import read
from services.forms.sentences import CODES

TODAY = date(2026, 11, 23)
PLACES = places_of(ROOT)
WHOLE = """
[[sections]]
title = "全部种类"
fields = [
  { use = "applicant" },
  { key = "way", kind = "choice", label = "方式", options = { BANK = "转账", CASH = "现金", NONE = "不领" } },
  { use = "bank_account", when = { field = "way", equals = "BANK" } },
  { key = "likes", required = false, kind = "choices", label = "项", max = 2, options = { A = "1", B = "2", C = "3" } },
  { key = "extra", kind = "text", label = "丙的说明", when = { field = "likes", includes = "C" } },
  { use = "address", required = false },
  { use = "date_range", required = false },
  { key = "born", kind = "date", label = "出生日期", required = false, latest = "today", min_age = 18 },
  { key = "area", kind = "decimal", label = "面积", required = false, unit = "平方米", min = 1, max = 999.5 },
  { key = "costFen", kind = "money", label = "费用", required = false, max = 1000000 },
  { key = "story", kind = "longtext", label = "经过", required = false, min = 4, max = 20 },
  { key = "people", kind = "list", label = "家人", required = false, max = 3, unique = "idNumber", fields = [
    { use = "name" }, { use = "id_number" }, { use = "relation", required = false },
  ] },
  { use = "truth_promise" },
]
"""
FORM = CompiledForm(read(tomllib.loads(WHOLE), "全部种类"))
ZHANG = {"name": "张三", "idNumber": "371599199001010011", "mobile": "10000000001"}
GOOD: dict[str, Any] = {"applicant": ZHANG, "way": "CASH", "truthPromise": True}


def told(values: Any) -> list[tuple[str, str]]:
    return [(one.path, one.code) for one in FORM.problems(values, TODAY, PLACES)]


def sentence(**changes: Any) -> str:
    found = FORM.problems({**GOOD, **changes}, TODAY, PLACES)
    assert len(found) == 1
    return found[0].message


def test_a_good_form_has_no_problems() -> None:
    assert told(GOOD) == []


def test_all_problems_come_at_once_in_the_order_of_the_form() -> None:
    values = {
        "zzz": 1,
        "truthPromise": False,
        "people": [{"name": "张小一", "idNumber": "371599201009010121"}, {"idNumber": 5, "nick": "x"}],
        "costFen": 1000001,
        "way": "CARD",
        "applicant": {**ZHANG, "mobile": ""},
    }
    assert told(values) == [
        ("applicant.mobile", "REQUIRED"),
        ("way", "ENUM"),
        ("costFen", "TOO_LARGE"),
        ("people.0.idNumber", "CHECK_DIGIT"),
        ("people.1.name", "REQUIRED"),
        ("people.1.idNumber", "TYPE"),
        ("people.1.nick", "UNKNOWN_FIELD"),
        ("truthPromise", "CONSENT"),
        ("zzz", "UNKNOWN_FIELD"),
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"applicant": {**ZHANG, "idNumber": "371599199001010012"}}, "身份证号码最后一位不对，请核对后重填。"),
        ({"way": "WIRE"}, "请从列出的选项中选择方式。"),
        ({"way": "BANK"}, "请填写收款账户。"),
        ({"likes": ["A", "B", "B"]}, "项最多选2项。"),
        ({"likes": ["B", "B"]}, "项里有重复的内容，请删去重复的。"),
        ({"likes": ["C"]}, "请填写丙的说明。"),
        ({"area": 0.5}, "面积不能小于1平方米。"),
        ({"area": 3.141}, "面积最多保留2位小数。"),
        ({"costFen": 1000001}, "费用不能大于10,000元。"),
        ({"costFen": "12.50"}, "费用须填金额。"),
        ({"story": "短"}, "经过至少写4个字。"),
        ({"story": "长" * 21}, "经过最多写20个字，请精简。"),
        ({"story": "看不见\u200b的字"}, "经过里有看不见或不能使用的字符，请删去后重填。"),
        ({"story": "     "}, "请填写经过。"),
        ({"born": "2026-11-24"}, "出生日期不能晚于今天。"),
        ({"born": "2008-11-24"}, "按出生日期，还不满18周岁，请核对。"),
        ({"born": "2008-02-30"}, "出生日期须填日期，如 2020-06-05。"),
        ({"period": {"from": "2020-06-05", "to": "2020-06-04"}}, "结束日期不能早于开始日期。"),
        ({"people": [{"name": "李四", "idNumber": ""}]}, "第 1 条家人：请填写身份证号码。"),
        ({"truthPromise": False}, "请阅读并勾选“我承诺以上内容真实，愿意承担填报不实的责任”，否则不能提交。"),
    ],
)  # fmt: skip
def test_each_problem_is_a_sentence_in_the_words_of_the_form(changes: dict[str, Any], said: str) -> None:
    assert sentence(**changes) == said


def test_someone_is_grown_up_on_the_very_birthday() -> None:
    assert told({**GOOD, "born": "2008-11-23"}) == []


def test_a_field_whose_condition_does_not_hold_must_not_be_there() -> None:
    account = {"holder": "张三", "bank": "中国工商银行聊城分行", "number": "6222020000000000000"}
    assert told({**GOOD, "way": "BANK", "bankAccount": account}) == []
    assert told({**GOOD, "bankAccount": account}) == [("bankAccount", "NOT_APPLICABLE")]
    assert told({**GOOD, "bankAccount": {"what": 1}}) == [("bankAccount", "NOT_APPLICABLE")]


@pytest.mark.parametrize("way", ["CARD", 5, None])
def test_a_wrong_answer_is_not_also_blamed_on_what_depends_on_it(way: Any) -> None:
    account = {"holder": "张三", "bank": "中国工商银行聊城分行", "number": "6222020000000000000"}
    assert [path for path, _ in told({**GOOD, "way": way, "bankAccount": account})] == ["way"]


def test_a_street_belongs_to_its_county_or_to_the_zone_that_manages_it() -> None:
    def address(county: str, street: str) -> list[tuple[str, str]]:
        return told({**GOOD, "address": {"county": county, "street": street, "detail": "示例小区1号楼"}})

    assert address("371502", "371502004") == []
    assert address("371500-DJ", "371502004") == []
    assert address("371526", "371502004") == [("address.street", "WRONG_STREET")]
    assert address("371523", "371502004") == [("address.county", "UNKNOWN_REGION")]
    assert address("371502", "371502999") == [("address.street", "UNKNOWN_REGION")]


def test_two_entries_of_a_list_do_not_share_what_is_unique() -> None:
    entry = {"name": "李四", "idNumber": "371599198506120027"}
    assert told({**GOOD, "people": [entry, entry]}) == [("people.1.idNumber", "REPEATED")]


def test_what_is_too_long_too_deep_or_no_form_at_all_is_refused_before_it_is_looked_at() -> None:
    deep: Any = 1
    for _ in range(MOST_DEPTH + 1):
        deep = [deep]
    for values in (None, [], "x", 7, {"applicant": 10**30}, {"applicant": "\ud800"}):
        assert told(values) == [("", "TYPE")]
    assert told({"story": "长" * MOST_BYTES}) == [("", "TOO_LARGE")]
    assert told({"applicant": deep}) == [("", "TOO_DEEP")]
    assert len(told({f"x{n}": 1 for n in range(500)})) == 100


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("371599199001010011"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["applicant", "way", "people", "idNumber", "address", "county", "period", "from", "a.b"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_gets_documented_codes_and_sentences_and_never_an_error(values: Any) -> None:
    paths = set()
    for one in FORM.problems(values, TODAY, PLACES):
        assert one.code in CODES
        assert one.message.endswith("。")
        assert one.path not in paths
        paths.add(one.path)


@given(st.integers(0, 16), st.integers(1, 9))
def test_no_single_wrong_digit_of_an_id_number_passes(place: int, step: int) -> None:
    number = "371599198506120027"
    changed = str((int(number[place]) + step) % 10)
    assert not id_check_digit(number[:place] + changed + number[place + 1 :])


def test_check_digits_agree_with_numbers_that_the_standards_print() -> None:
    assert id_check_digit("11010519491231002X")  # GB 11643-1999, annex
    assert uscc_check_digit("11100000000013338W")  # the ministry of housing's own
    assert uscc_check_digit("91371500LC9000011J")
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")


def test_what_only_shows_does_not_count_as_a_problem_but_the_version_follows_the_content() -> None:
    again = CompiledForm(read(tomllib.loads(WHOLE), "全部种类"))
    other = CompiledForm(read(tomllib.loads(WHOLE.replace("丙的说明", "丙的原因")), "全部种类"))
    assert again.version == FORM.version != other.version

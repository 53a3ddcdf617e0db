"""Forms: all problems at once, by path, in Chinese."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.applications.forms import form_schema, problems_of

GOOD = {"insuranceType": "EMPLOYEE", "purpose": "TRANSFER"}


@pytest.mark.parametrize("form", [GOOD, {**GOOD, "contactPhone": "10000000001"}])
def test_a_good_form_has_no_problems(form: dict[str, Any]) -> None:
    assert problems_of("YB-010", form) == ()


def test_all_problems_come_in_the_order_of_the_fields() -> None:
    found = problems_of("YB-010", {"x": 1, "contactPhone": "abc"})
    assert [(p.path, p.code, p.message) for p in found] == [
        ("form.insuranceType", "REQUIRED", "请填写险种。"),
        ("form.purpose", "REQUIRED", "请填写用途。"),
        ("form.contactPhone", "PATTERN", "联系电话须为11位手机号码。"),
        ("form.x", "UNKNOWN_FIELD", "表单里没有这一项，请删除。"),
    ]


def test_an_item_without_a_form_takes_nothing_but_an_empty_one() -> None:
    assert problems_of("YB-000", {}) == ()
    assert [p.code for p in problems_of("YB-000", {"a": 1})] == ["UNKNOWN_FIELD"]


def test_a_form_that_is_too_long_is_refused_before_it_is_looked_at() -> None:
    assert [p.code for p in problems_of("YB-010", {"purpose": "长" * 100_001})] == ["TOO_LARGE"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["purpose", "insuranceType", "a.b"]), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_any_json_gets_sentences_and_never_an_error(form: Any) -> None:
    for problem in problems_of("YB-010", form):
        assert problem.path.startswith("form")
        assert problem.code.replace("_", "").isupper()
        assert problem.message.endswith("。")


def test_every_field_of_a_form_has_a_title_and_every_choice_a_label() -> None:
    for field in form_schema("YB-010")["properties"].values():
        assert field["title"]
        assert set(field.get("x-labels", {})) == set(field.get("enum", []))

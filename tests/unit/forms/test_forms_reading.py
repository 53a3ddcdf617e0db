"""Reading a form's definition: each fault is a Chinese sentence that names the place and the key."""

import tomllib
from datetime import date
from typing import Any

import pytest

from services.catalog.catalogue import ROOT
from services.forms.errors import FormFault
from services.forms.formats import FORMATS
from services.forms.library import library
from services.forms.lint import ItemFile, faults_of, lint, places_of, twins
from services.forms.reading import Reader, read

TODAY = date(2026, 11, 23)


def faults(fields: str, rest: str = "") -> list[str]:
    with pytest.raises(FormFault) as caught:
        read(tomllib.loads(f'[[sections]]\ntitle = "一"\nfields = [{fields}]\n{rest}'), "试")
    return caught.value.faults


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ('{ use = "mobil" }', "共享字段库里没有 mobil（是不是 mobile？）"),
        ('{ key = "Phone", kind = "text", label = "电话" }', "key 须以小写字母开头"),
        ('{ key = "x1", kind = "txt", label = "电话" }', "kind 是 'txt'，须是 text、"),
        ('{ key = "x1", kind = "text" }', "缺少 label"),
        ('{ key = "x1", kind = "text", label = "甲", lable = "乙" }', "不认识 lable（是不是 label？）"),
        ('{ key = "x1", kind = "choice", label = "甲" }', "options 只用于 choice 和 choices，而且必须有"),
        ('{ key = "x1", kind = "choice", label = "甲", options = { A = "甲" } }', "只有一个选项"),
        ('{ key = "x1", kind = "text", label = "甲", format = "mobil" }', "format 'mobil' 不存在"),
        ('{ key = "x1", kind = "date", label = "甲", latest = "tomorrow" }', "latest 只用于 date、month，写法如 today"),
        ('{ key = "x1", kind = "text", label = "甲", latest = "today" }', "latest 只用于 date、month"),
        ('{ key = "x1", kind = "text", label = "甲", min_age = 18 }', "min_age 只用于出生日期和身份证号码"),
        ('{ key = "x1", kind = "text", label = "甲", min = 9, max = 3 }', "min 大于 max"),
        ('{ key = "x1", kind = "text", label = "甲", prefill = "wallet.name" }', "prefill 'wallet.name' 的写法须如"),
        ('{ key = "x1", kind = "group", label = "甲" }', "group 和 list 要有 fields"),
        ('{ use = "mobile" }, { use = "mobile" }', "key mobile 出现了两次"),
        ('{ use = "remark", when = { field = "way", equals = "A" } }', "when 里的 way 须是同一层、排在它前面的字段"),
        ('{ use = "gender" }, { use = "remark", when = { field = "gender", equals = "3" } }', "'3' 不是 gender 的选项"),
        ('{ use = "gender" }, { use = "remark", when = { field = "gender" } }', "when 的写法是"),
        ('{ use = "person", without = ["phone"] }', "without 或 set 里的 phone 不是 person 的字段"),
        ('{ use = "truth_promise", required = false }', "consent 总是必填的"),
        ('{ use = "staff_list", unique = "number" }', "unique 'number' 不是这个 list 里的字段"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place_and_what_was_probably_meant(fields: str, said: str) -> None:
    found = faults(fields)
    assert [one for one in found if said in one], found
    assert all(one.startswith("form") and "：" in one for one in found)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ('[[rules]]\nrule = "oder"\nfields = ["gender", "mobile"]', "没有名为 oder 的规则"),
        ('[[rules]]\nrule = "order"\nfields = ["gender", "mobile"]', "order 不用于 gender（choice）"),
        ('[[rules]]\nrule = "differ"\nfields = ["gender", "name"]', "differ 里的 name 不是这一层的字段"),
        ('[[rules]]\nrule = "differ"\nfields = ["gender"]', "fields 至少写两个字段"),
    ],
)
def test_a_rule_that_cannot_be_checked_is_a_fault(rules: str, said: str) -> None:
    assert [one for one in faults('{ use = "gender" }, { use = "mobile" }', rules) if said in one]


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ("[[examples]]\nchange = { mobile = 1 }\nexpect = ['mobile TYPE']", "第一个例子须是 valid"),
        ("[[examples]]\nvalid = {}\nexpect = ['mobile TYPE']", "valid 是整张表的一组正确值"),
        ("[[examples]]\nvalid = {}\n[[examples]]\nchange = { mobile = 1 }", "错误的例子须写 expect"),
        (
            "[[examples]]\nvalid = {}\n[[examples]]\nremove = ['mobile']\nexpect = ['mobile REQUIRED']",
            "change 或 remove 里的 mobile 在前面的正确例子中找不到",
        ),
    ],
)
def test_an_example_that_cannot_be_run_is_a_fault(example: str, said: str) -> None:
    assert [one for one in faults('{ use = "mobile" }', example) if said in one]


def item(form: Any, **changes: Any) -> ItemFile:
    data = {"code": "ZZ-001", "name": "试", "depth": "全程网办", "handheld": True, "form": form, **changes}
    return ItemFile("items/zz/ZZ-001.toml", data)


def test_an_example_that_does_otherwise_is_told_with_what_came_instead() -> None:
    form = tomllib.loads(
        '[[sections]]\ntitle = "一"\nfields = [{ use = "mobile" }]\n'
        "[[examples]]\nvalid = { mobile = '100' }\n"
        "[[examples]]\nchange = { mobile = '' }\nexpect = ['mobile PATTERN']\n"
    )
    assert faults_of(item(form), TODAY, places_of(ROOT)) == [
        "items/zz/ZZ-001.toml：form.examples 至少一个 valid、2 个错误的例子（change 或 remove，加 expect）",
        "items/zz/ZZ-001.toml：form.examples 第 1 个，应是 没有问题，"
        "实际是 mobile PATTERN（手机号码须为 11 位数字，以 1 开头。）",
        "items/zz/ZZ-001.toml：form.examples 第 2 个，应是 mobile PATTERN，实际是 mobile REQUIRED（请填写手机号码。）",
    ]


def test_a_query_has_no_form_and_two_items_do_not_ask_the_very_same() -> None:
    form = tomllib.loads('[[sections]]\ntitle = "一"\nfields = [{ use = "mobile" }]')
    other = tomllib.loads('[[sections]]\ntitle = "二"\nfields = [{ use = "mobile", label = "电话" }]')
    assert "不该有 [form]" in faults_of(item(form, depth="查询"), TODAY, places_of(ROOT))[0]
    again = ItemFile("items/zz/ZZ-002.toml", {"code": "ZZ-002", "form": other})
    assert "表单与 items/zz/ZZ-001.toml 完全一样" in twins([item(form), again])[0]


def test_every_shared_field_is_sound_by_itself() -> None:
    reader = Reader()
    for name in library():
        reader.field({"use": name}, name, 0)
    assert reader.faults == []
    assert len(library()) >= 60


def test_every_format_takes_its_own_length() -> None:
    for name, one in FORMATS.items():
        assert one.about, name
        assert 5 <= one.longest <= 330


def test_lint_names_an_item_that_does_not_exist() -> None:
    assert lint(ROOT, TODAY, ["ZZ-999"]) == ["没有事项 ZZ-999"]

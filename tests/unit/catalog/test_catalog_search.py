"""What people type finds what they mean: among the first three, for each of these queries."""

import statistics
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.catalogue import ROOT, Catalogue, load
from services.catalog.search import Reason
from services.catalog.selection import View
from services.catalog.text import fold, fold_query, split_syllables

EXPECTED = {
    "ybpz": ["YB-010"], "cbpz": ["YB-010"], "ＹＢＰＺ": ["YB-010"], "参保凭证": ["YB-010"], "參保憑證": ["YB-010"],
    "参保凭正": ["YB-010"], "canbaopingzheng": ["YB-010"], "can bao ping zheng": ["YB-010"], "YB-010": ["YB-010"],
    "yb010": ["YB-010"], "yibao zhuanyi": ["YB-011"], "yibaozhuangyi": ["YB-011"], "医保转出": ["YB-012"],
    "医保转入": ["YB-011"], "医保转移": ["YB-011"], "丢了身份证": ["GA-010", "GA-008"],
    "身份证丢了怎么办": ["GA-010", "GA-008"], "身份证挂失": ["GA-010"], "补办身份证": ["GA-008"],
    "社保卡丢了": ["RS-026", "RS-025"], "社保卡挂失": ["RS-026"], "SHEBAOKA guashi": ["RS-026"],
    "租房提取公积金": ["GJ-009"], "开饭店": ["SJ-008"], "開飯店": ["SJ-008"], "我想开饭店需要什么手续": ["SJ-008"],
    "生孩子报销": ["YB-021"], "生育津贴": ["YB-023"], "shengyujintie": ["YB-023"], "shengyujingtie": ["YB-023"],
    "异地就医备案": ["YB-039", "YB-038"], "外地看病": ["YB-016"], "养老金查询": ["RS-007"], "失业金": ["RS-019"],
    "没工作了能领钱吗": ["RS-019"], "低保": ["MZ-005"], "驾照丢了": ["JG-002"], "违章": ["JG-015"],
    "交罚款": ["JG-017"], "电动车上牌": ["JG-019"], "买二手房过户": ["BD-010"], "房产证丢了": ["BD-015"],
    "查房产": ["BD-001"], "孩子上户口": ["GA-001"], "新生儿医保": ["YB-003"], "转学": ["JY-002"],
    "结婚登记": ["MZ-001"], "离婚": ["MZ-002"], "护照": ["GA-016"], "港澳通行证": ["GA-018"], "营业执照": ["SJ-001"],
    "注册公司": ["SJ-001"], "开药店": ["SJ-012"], "小餐饮": ["SJ-010"], "公章": ["GA-024"], "交水费": ["GY-001"],
    "电费": ["GY-005"], "停水": ["GY-004"], "燃气过户": ["GY-012"], "12345": ["RX-001"], "拖欠工资": ["RS-055"],
    "工伤认定": ["RS-017"], "残疾证": ["CL-001"], "高龄补贴": ["MZ-011"], "退役军人优待证": ["TJ-001"],
    "公交到站": ["JT-012"], "图书馆借书证": ["WL-001"], "etc": ["JT-016"], "无犯罪记录证明": ["GA-014"],
    "居住证": ["GA-011"], "疫苗": ["WJ-005"], "挂号": ["WJ-002"], "健康码": ["WJ-024"], "天气": ["QX-001"],
    "空气质量": ["HJ-001"], "法律援助": ["SF-001"], "公证": ["SF-003"], "烟草证": ["YC-001"],
    "农机补贴": ["NY-006"], "医保余额": ["YB-032"], "慢性病": ["YB-017"], "家庭共济": ["YB-041"],
    "社会保障卡秘密重置": ["RS-029"], "gongjijindaikuan": ["GJ-014"], "jszhz": ["JG-001"],
}  # fmt: skip

HOSTILE = [
    "", " ", "　", "😀😀😀", "\x00\x01", "🏥医保🏥转出", "的了吗呢", "'; DROP TABLE items; --", "%_%", "(.*)+$",
    "ﷺ" * 5000,
    "a" * 1_000_000, "医" * 1_000_000, "保医" * 500_000, "zh" * 100_000, "\u202e\u200b医保", "e\u0301" * 1000,
    "𠮷野家", "xian" * 50, "1" * 10_000, "\ud800",
]  # fmt: skip


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return load(ROOT, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def view(catalogue: Catalogue) -> View:
    return View.of(catalogue, "2026-11")


@pytest.mark.parametrize("query", EXPECTED)
def test_a_realistic_query_finds_its_item_among_the_first_three(view: View, query: str) -> None:
    found = [hit.code for hit in view.search(query)[:3]]
    assert set(EXPECTED[query]) <= set(found), [(c, view.items[c].name) for c in found]


def test_who_lost_an_identity_card_is_shown_the_loss_report_first(view: View) -> None:
    assert view.search("丢了身份证")[0].code == "GA-010"


def test_withdrawing_the_housing_fund_finds_withdrawals_only(view: View) -> None:
    found = [view.items[hit.code].name for hit in view.search("公积金怎么取")[:3]]
    assert len(found) == 3
    assert all("提取" in name for name in found)


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_answered_quickly_and_safely(view: View, query: str) -> None:
    start = time.process_time()
    hits = view.search(query)
    view.suggestions(query)
    assert time.process_time() - start < 0.5
    assert len(hits) <= 50


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_existing_items_with_ranges_inside_the_matched_text(view: View, query: str) -> None:
    for hit in view.search(query):
        assert hit.code in view.items
        assert all(start >= 0 and start + length <= len(hit.matched) for start, length in hit.ranges)


def test_half_of_the_queries_take_less_than_five_milliseconds(view: View) -> None:
    times = []
    for query in EXPECTED:
        start = time.process_time()
        view.search(query)
        times.append(time.process_time() - start)
    assert statistics.median(times) < 0.005


@pytest.mark.parametrize(
    ("query", "code", "reason", "lit"),
    [
        ("參保憑證", "YB-010", Reason.NAME, "参保凭证"),
        ("cbpz", "YB-010", Reason.INITIALS, "参保凭证"),
        ("医保转出", "YB-012", Reason.SYNONYM, "医保转出"),
        ("canbao", "YB-010", Reason.PINYIN, "参保"),
        ("参保凭正", "YB-010", Reason.PINYIN, "参保凭证"),
        ("YB-010", "YB-010", Reason.CODE, "YB-010"),
    ],
)
def test_a_hit_says_why_and_which_characters_matched(
    view: View, query: str, code: str, reason: Reason, lit: str
) -> None:
    hit = next(hit for hit in view.search(query) if hit.code == code)
    assert hit.reason is reason
    assert "".join(hit.matched[start : start + length] for start, length in hit.ranges) == lit


def test_a_query_without_hits_gets_suggestions(view: View) -> None:
    assert view.search("qqqqzzzz") == []
    assert view.suggestions("医抱转宜") != []
    assert len(view.suggestions("医抱转宜")) <= 5


def test_an_item_that_has_not_started_is_not_found(catalogue: Catalogue) -> None:
    before = View.of(catalogue, "2022-11")
    assert "YB-041" not in [hit.code for hit in before.search("家庭共济")]
    assert "YB-041" in [hit.code for hit in View.of(catalogue, "2022-12").search("家庭共济")]


def test_folding_unites_width_case_and_script() -> None:
    assert fold("ＥＴＣ辦理（預約）") == "etc办理 预约"
    assert fold_query("医" * 1000) == "医" * 40


def test_pinyin_splits_into_the_fewest_syllables() -> None:
    known = frozenset({"zhuan", "yi", "xi", "an", "xian", "zhu"})
    assert split_syllables("zhuanyi", known) == ["zhuan", "yi"]
    assert split_syllables("xian", known) == ["xian"]
    assert split_syllables("qq", known) is None


def test_every_traditional_character_of_the_table_has_one_simplified_form() -> None:
    lines = (Path(ROOT) / "traditional.txt").read_text("utf-8").splitlines()[1:]
    assert [len(a) for a in lines[::2]] == [len(b) for b in lines[1::2]]
    assert unicodedata.normalize("NFC", lines[0]) == lines[0]

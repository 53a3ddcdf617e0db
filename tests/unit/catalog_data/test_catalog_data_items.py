"""The item files: all there, in their place, complete, and pointing only at things that exist."""

from pathlib import Path
from typing import Any

Items = dict[str, dict[str, Any]]

NUMBERS = {
    "YB": 47, "RS": 56, "GJ": 20, "GA": 30, "JG": 22, "MZ": 23, "WJ": 27, "JY": 19, "ZJ": 24, "BD": 25, "SW": 13,
    "SJ": 22, "JT": 17, "NY": 12, "SL": 5, "CG": 7, "CL": 8, "TJ": 9, "SF": 11, "GY": 17, "WL": 13, "QX": 4, "DZ": 2,
    "HJ": 7, "RX": 8, "XY": 10, "GC": 10, "YJ": 5, "XF": 1, "YC": 2, "SWT": 3, "HQ": 4, "GG": 24,
}  # fmt: skip
NEVER_GIVEN = {"GG-019"}

KINDS = {"行政许可", "行政确认", "行政给付", "其他行政权力", "行政裁决", "公共服务"}
DEPTHS = {"全程网办", "在线申请", "查询", "指引"}
CERTAINTIES = {"certain", "likely", "assumed", "unknown"}


def wrong(items: Items, rule: Any) -> list[str]:
    """The codes of the items that break a rule, so that a failure names them."""
    return [code for code, item in items.items() if not rule(item)]


def test_every_code_of_the_list_has_a_file_and_no_other_code_has_one(items: Items) -> None:
    codes = {f"{prefix}-{n:03}" for prefix, count in NUMBERS.items() for n in range(1, count + 1)} - NEVER_GIVEN

    assert len(codes) == 506
    assert set(items) == codes


def test_a_file_is_named_after_its_code_and_stands_in_the_folder_of_its_department(
    files: dict[Path, dict[str, Any]],
) -> None:
    misplaced = [
        str(path) for path, one in files.items() if path != Path(one["department"].lower(), f"{one['code']}.toml")
    ]

    assert misplaced == []


def test_every_word_from_a_closed_list_is_in_that_list(items: Items) -> None:
    assert wrong(items, lambda i: i["kind"] in KINDS) == []
    assert wrong(items, lambda i: i["depth"] in DEPTHS) == []
    assert wrong(items, lambda i: i["subjects"] and set(i["subjects"]) <= {"个人", "法人"}) == []
    assert wrong(items, lambda i: i["time"]["legal_unit"] in {"工作日", "自然日"}) == []
    assert wrong(items, lambda i: i["handled_by"]["level"] in {"COUNTY", "CITY", "PROVINCE"}) == []


def test_every_item_points_only_at_departments_themes_and_life_events_of_the_tables(
    items: Items, tables: dict[str, dict[str, Any]]
) -> None:
    departments = {row["code"] for row in tables["departments"]["departments"]}
    themes = {row["name"] for row in tables["themes"]["themes"]}
    life_events = {row["name"] for row in tables["life_events"]["life_events"]}

    assert wrong(items, lambda i: i["department"] in departments) == []
    assert wrong(items, lambda i: i["themes"] and set(i["themes"]) <= themes) == []
    assert wrong(items, lambda i: set(i["life_events"]) <= life_events) == []


def test_every_adapter_is_a_known_system(items: Items, adapters: set[str]) -> None:
    assert len(adapters) == 66
    assert wrong(items, lambda i: i["adapter"] in adapters) == []


def test_every_certificate_that_replaces_paper_or_is_issued_is_one_of_the_49_types(
    items: Items, certificate_types: set[str]
) -> None:
    assert len(certificate_types) == 49
    assert wrong(items, lambda i: i.get("result_certificate", "ID_CARD") in certificate_types) == []
    assert wrong(items, lambda i: all(m.get("certificate", "ID_CARD") in certificate_types for m in materials(i))) == []


def materials(item: dict[str, Any]) -> list[dict[str, Any]]:
    return list(item.get("materials", []))


def test_a_material_names_a_certificate_exactly_when_a_certificate_replaces_it(items: Items) -> None:
    assert (
        wrong(items, lambda i: all(m["source"] in {"CERTIFICATE", "SHARED_DATA", "UPLOAD"} for m in materials(i))) == []
    )
    assert (
        wrong(items, lambda i: all((m["source"] == "CERTIFICATE") == ("certificate" in m) for m in materials(i))) == []
    )
    assert wrong(items, lambda i: all(m["necessity"] in {"CORE", "DEFERRABLE", "PROMISE"} for m in materials(i))) == []


def test_no_item_asks_for_the_same_material_twice(items: Items) -> None:
    assert wrong(items, lambda i: len({m["name"] for m in materials(i)}) == len(materials(i))) == []


def test_a_query_asks_for_no_paper(items: Items) -> None:
    queries = {code: item for code, item in items.items() if item["depth"] == "查询"}

    assert len(queries) > 100
    assert wrong(queries, lambda i: all(m["source"] == "CERTIFICATE" for m in materials(i))) == []


def test_every_licence_confirmation_and_benefit_says_what_it_needs_and_what_it_rests_on(items: Items) -> None:
    powers = {c: i for c, i in items.items() if i["kind"] in {"行政许可", "行政确认", "行政给付", "行政裁决"}}
    # The abolished registration keeps a page that only explains; a face scan, a report of loss and the
    # payments that come without an application take nothing.
    without = {"SJ-016", "RS-008", "GA-010", "RS-020", "RS-022", "WJ-007"}

    assert wrong(powers, lambda i: materials(i) or i["code"] in without) == []
    assert len(wrong(powers, lambda i: i.get("legal_basis"))) <= 12


def test_a_thing_done_on_the_spot_promises_no_days_and_a_promise_is_kept_within_the_law(items: Items) -> None:
    assert wrong(items, lambda i: not i["immediate"] or i["time"]["promised_days"] == 0) == []
    assert wrong(items, lambda i: i["immediate"] or i["time"]["promised_days"] > 0) == []
    assert wrong(items, lambda i: i["time"]["promised_days"] <= max(i["time"]["legal_days"], 0)) == []


def test_a_fee_names_its_basis_and_an_amount_is_whole_fen(items: Items) -> None:
    charged = {code: item for code, item in items.items() if item["fee"]["charged"]}

    assert len(charged) >= 20
    assert wrong(charged, lambda i: len(i["fee"]["basis"]) >= 6) == []
    assert wrong(items, lambda i: i["fee"]["charged"] or "amount_fen" not in i["fee"]) == []
    assert wrong(charged, lambda i: isinstance(i["fee"].get("amount_fen", 1), int)) == []


def test_every_item_says_how_sure_its_facts_are(items: Items) -> None:
    assert wrong(items, lambda i: i["certainty"]["name"] in CERTAINTIES) == []
    assert wrong(items, lambda i: i["certainty"]["guide"] in CERTAINTIES) == []
    assert (
        wrong(items, lambda i: {i["certainty"]["legal_days"], i["certainty"]["promised_days"]} <= CERTAINTIES | {"n/a"})
        == []
    )
    assert wrong(items, lambda i: i["certainty"]["verified_by"]) == []
    assert wrong(items, lambda i: all(b["certainty"] in CERTAINTIES for b in i.get("legal_basis", []))) == []


def handheld(items: Items, month: str) -> list[dict[str, Any]]:
    return [i for i in items.values() if i["handheld"] and i.get("effective_from", "") <= month]


def test_491_items_were_on_the_phone_in_december_2020_and_497_are_now(items: Items) -> None:
    assert len(handheld(items, "2020-12")) == 491
    assert len(handheld(items, "9999-12")) == 497


def test_the_policy_target_of_200_items_on_the_phone_by_december_2020_is_met_without_counting_guides(
    items: Items,
) -> None:
    assert sum(item["depth"] != "指引" for item in handheld(items, "2020-12")) >= 200


def test_what_the_policy_says_is_marked_certain_and_kept(items: Items) -> None:
    promised = {
        "BD-003": 0, "BD-004": 0, "BD-005": 0, "BD-006": 0, "BD-007": 0, "BD-008": 1, "BD-009": 1,
        "RS-047": 2, "SJ-001": 0,
    }  # fmt: skip

    for code, days in promised.items():
        assert (code, items[code]["time"]["promised_days"]) == (code, days)
        assert (code, items[code]["certainty"]["promised_days"]) == (code, "certain")
    assert items["GC-006"]["time"]["legal_days"] == 20
    assert items["GC-006"]["certainty"]["legal_days"] == "certain"


def test_the_four_medical_insurance_items_that_the_policy_leaves_at_the_counter_are_guides(items: Items) -> None:
    counter = {c for c, i in items.items() if i["department"] == "YBJ" and not i["handheld"]}

    assert counter == {"YB-009", "YB-018", "YB-019", "YB-025"}
    assert {items[code]["depth"] for code in counter} == {"指引"}


def test_the_base_code_that_an_official_page_shows_is_kept(items: Items) -> None:
    assert items["YB-010"]["base_code"] == "002036003001"
    assert {c for c, i in items.items() if "base_code" in i} == {"YB-010", "YB-011", "YB-027"}
    assert all(len(i["base_code"]) == 12 for i in items.values() if "base_code" in i)

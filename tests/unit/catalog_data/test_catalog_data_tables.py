"""The tables beside the items: regions with their streets, departments, themes and life events."""

from typing import Any

from stdnum.cn import uscc

Tables = dict[str, dict[str, Any]]
Items = dict[str, dict[str, Any]]


def test_there_are_15_regions_and_136_streets_and_each_hangs_on_a_region_that_exists(tables: Tables) -> None:
    regions = {row["code"]: row for row in tables["regions"]["regions"]}
    streets = {row["code"]: row for row in tables["regions"]["streets"]}

    assert len(regions) == 15
    assert len(streets) == 136
    assert [row["code"] for row in regions.values() if row.get("parent", "370000") not in regions] == []
    assert [row["code"] for row in streets.values() if row["parent"] not in regions] == []
    assert [row["code"] for row in streets.values() if row["code"][:6] != row["parent"]] == []
    assert [row["code"] for row in streets.values() if row.get("managing_zone", "371500") not in regions] == []


def test_the_code_of_the_county_that_became_a_district_points_at_the_district(tables: Tables) -> None:
    replaced = {row["code"]: row["replaced_by"] for row in tables["regions"]["regions"] if "replaced_by" in row}

    assert replaced == {"371523": "371503"}


def test_every_department_has_a_well_formed_credit_code_and_all_say_that_it_is_made_up(tables: Tables) -> None:
    departments = tables["departments"]["departments"]

    assert len({row["code"] for row in departments}) == len(departments) == 53
    assert tables["departments"]["uscc_certainty"] == "assumed"
    assert [row["code"] for row in departments if not uscc.is_valid(row["uscc"])] == []


def test_every_theme_is_used_by_an_item_and_has_a_group_and_a_description(tables: Tables, items: Items) -> None:
    themes = tables["themes"]["themes"]

    assert {row["name"] for row in themes} == {theme for item in items.values() for theme in item["themes"]}
    assert all(row["group"] and row["description"] for row in themes)


def test_a_life_event_lists_exactly_the_items_that_name_it_once_each(tables: Tables, items: Items) -> None:
    for event in tables["life_events"]["life_events"]:
        naming = {code for code, item in items.items() if event["name"] in item["life_events"]}
        assert (event["name"], sorted(event["items"])) == (event["name"], sorted(naming))
        assert event["description"]

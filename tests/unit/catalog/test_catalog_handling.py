"""Who handles an item: county, zone, street, historical code, the city itself."""

from pathlib import Path

import pytest

from services.catalog.catalogue import ROOT, Catalogue, load
from services.catalog.errors import UnknownRegion
from services.catalog.handling import handled_by
from services.catalog.model import Certainty, Level
from services.catalog.selection import ItemFilter, View


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return load(Path(ROOT), tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize(
    ("item", "region", "name", "level"),
    [
        ("YB-010", "371524", "东阿县医疗保障局", Level.COUNTY),
        ("YB-010", "371581", "临清市医疗保障局", Level.COUNTY),
        ("YB-010", "371502", "东昌府区医疗保障局", Level.COUNTY),
        ("YB-010", "371599", "聊城市医疗保障局", Level.CITY),
        ("YB-010", "371500", "聊城市医疗保障局", Level.CITY),
        ("SW-006", "371503", "国家税务总局聊城市茌平区税务局", Level.COUNTY),
        ("SW-006", "371525", "国家税务总局冠县税务局", Level.COUNTY),
    ],
)
def test_the_body_is_the_countys_or_the_citys(
    whole: Catalogue, item: str, region: str, name: str, level: Level
) -> None:
    body = handled_by(whole.items[item], whole.tables, region)
    assert (body.name, body.level) == (name, level)


def test_a_composed_name_is_assumed_and_a_real_one_keeps_its_certainty(whole: Catalogue) -> None:
    assert handled_by(whole.items["GA-010"], whole.tables, "371524").certainty is Certainty.ASSUMED
    assert handled_by(whole.items["GA-010"], whole.tables, "371599").certainty is Certainty.CERTAIN


def test_a_zone_handles_its_own_and_says_that_this_is_assumed(whole: Catalogue) -> None:
    body = handled_by(whole.items["YB-010"], whole.tables, "371500-JK")
    assert body.name == "聊城经济技术开发区医疗保障局"
    assert "推定" in (body.note or "")


def test_the_code_of_former_chiping_county_leads_to_the_district_with_a_note(whole: Catalogue) -> None:
    body = handled_by(whole.items["YB-010"], whole.tables, "371523")
    assert body.region.code == "371503"
    assert body.name == "茌平区医疗保障局"
    assert body.note == "茌平县（371523）已改设为茌平区（371503），按茌平区办理。"


def test_a_street_leads_to_its_county_or_to_the_zone_that_manages_it(whole: Catalogue) -> None:
    assert handled_by(whole.items["YB-010"], whole.tables, "371502001").region.code == "371502"
    assert handled_by(whole.items["YB-010"], whole.tables, "371502009").region.code == "371500-JK"


def test_an_item_of_the_city_is_handled_by_the_city_wherever_one_lives(whole: Catalogue) -> None:
    city = next(one for one in whole.items.values() if one.level is Level.CITY)
    body = handled_by(city, whole.tables, "371524")
    assert body.level is Level.CITY
    assert body.name == whole.tables.departments[city.department].name
    assert "市级统一办理" in (body.note or "")


@pytest.mark.parametrize("region", ["", "371501", "110000", "370000", "聊城", "371524 OR 1=1", "3" * 10_000])
def test_an_unknown_region_is_refused_with_its_own_code(whole: Catalogue, region: str) -> None:
    with pytest.raises(UnknownRegion) as refused:
        handled_by(whole.items["YB-010"], whole.tables, region)
    assert refused.value.code == "UNKNOWN_REGION"
    assert refused.value.extensions["field"] == "region"


def test_every_item_has_a_body_in_every_region(whole: Catalogue) -> None:
    counties = [r.code for r in whole.tables.regions.values() if r.code != "370000"]
    for one in whole.items.values():
        for region in counties[:14]:
            assert handled_by(one, whole.tables, region).name


def test_the_region_filter_parts_the_catalogue_into_county_and_city(whole: Catalogue) -> None:
    view = View.of(whole, "2026-11")
    county, city = view.select(ItemFilter(region="371524")), view.select(ItemFilter(region="371599"))
    assert len(county) + len(city) == len(view.items)
    assert {one.level for one in county} == {Level.COUNTY}


def test_facets_leave_out_their_own_condition(whole: Catalogue) -> None:
    view = View.of(whole, "2026-11")
    wanted = ItemFilter(department="YBJ", theme="医疗保障")
    assert {f.value: f.count for f in view.theme_facets(wanted)}["医疗保障"] == len(view.select(wanted))
    assert len(view.department_facets(ItemFilter(department="YBJ"))) > 40
    assert sum(f.count for f in view.department_facets(ItemFilter())) == 506


def test_related_items_are_those_of_the_same_life_event_in_its_order(whole: Catalogue) -> None:
    view = View.of(whole, "2026-11")
    assert [one.code for one in view.related(view.item("YB-010"))] == ["YB-012", "YB-011", "YB-044"]
    assert view.related(view.item("QX-001")) == []

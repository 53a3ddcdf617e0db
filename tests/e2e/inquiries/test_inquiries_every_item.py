"""Each of the 118 query items answers the one it concerns with typed rows, and 赵六 with a proper "no record"."""

import re
import shutil
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from mocks.records.city import resources
from tests.city import City, running_city
from tests.e2e.applications.operations import acting_for
from tests.e2e.inquiries.operations import INQUIRY, ask, asked, query_codes
from tests.sign_in import sign_in

COMPANY = "聊城示例商贸有限公司"
RETIRED = {"RS-007": "wangwu"}
"""Items about which 张三, an employee with a car, a flat and a garden, has no record of his own."""
PUPIL = {"JY-005"}
"""Items that a guardian asks for a child."""
GIVEN: dict[str, dict[str, Any]] = {
    "YB-036": {"keyword": "二甲双胍"},
    "GA-015": {"fullName": "张三"},
    "MZ-023": {"keyword": "东昌"},
    "WJ-027": {"staffName": "周示例"},
    "JY-014": {"keyword": "示例花园"},
    "ZJ-001": {"keyword": "示例花园"},
    "ZJ-016": {"holderName": "张三"},
    "ZJ-017": {"engineerName": "张三"},
    "SW-007": {"invoiceNumber": "26372000000000012345", "invoiceDate": "2026-11-12", "totalFen": 113000},
    "SJ-007": {"keyword": "聊城示例商贸"},
    "SF-005": {"keyword": "山东示例"},
    "XY-005": {"name": "沈示例"},
    "GG-006": {"keyword": "新生儿"},
}
"""What a citizen must give; all other items are asked without any parameter."""


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """One city for the few tests here: each of them asks all items."""
    path = tmp_path_factory.mktemp("inquiries") / "city.db"
    shutil.copyfile(sqlite_template, path)
    async with running_city(f"sqlite+aiosqlite:///{path}") as opened:
        yield opened


def check_typed(code: str, declared: dict[str, Any], result: dict[str, Any]) -> None:
    """Every row has every column, each value typed as declared, masked where declared."""
    keys = [column["key"] for column in declared["columns"]]
    assert [column["key"] for column in result["columns"]] == keys, code
    for row in result["rows"]:
        assert [cell["key"] for cell in row["cells"]] == keys, code
        for column, cell in zip(declared["columns"], row["cells"], strict=True):
            where, value, text = f"{code}.{column['key']}", cell["value"], cell["text"]
            assert text, where
            if column["masked"]:
                assert value is None, where
                assert text == "—" or "*" in text, where
                continue
            if value is None:
                assert text == "—", where
                continue
            match column["type"]:
                case "INTEGER" | "MONEY_FEN":
                    assert type(value) is int, where
                case "NUMBER":
                    assert type(value) in (int, float), where
                case "DATE":
                    date.fromisoformat(value)
                case "MONTH":
                    assert re.fullmatch(r"\d{4}-\d{2}", value), where
                case "DATE_TIME":
                    assert datetime.fromisoformat(value).tzinfo is not None, where
                case "ENUM" | "STATUS":
                    assert text in {one["label"] for one in column["labels"]}, where
                case _:
                    assert isinstance(value, str), where
            assert text.endswith(column["unit"] or ""), where


async def test_every_query_item_answers_whom_it_concerns_with_typed_rows(city: City) -> None:
    own = await sign_in(city, "zhangsan", "FACE")
    company = await acting_for(city, await sign_in(city, "zhangsan", "FACE"), COMPANY)
    child = await acting_for(city, await sign_in(city, "zhangsan", "FACE"), "张小一")
    others = {key: (await sign_in(city, key, "FACE")).access for key in set(RETIRED.values())}
    codes = list(query_codes(city))
    assert len(codes) == 118
    for code in codes:
        declared = (await city.graphql(INQUIRY, {"code": code})).data["inquiry"]
        tokens: dict[str, str | None] = {"PUBLIC": None} if declared["public"] else {}
        if "PERSON" in declared["subjects"]:
            person = child if code in PUPIL else own.access
            tokens["PERSON"] = others.get(RETIRED.get(code, ""), person)
        if "COMPANY" in declared["subjects"]:
            tokens["COMPANY"] = company
        assert tokens, code
        for whose, token in tokens.items():
            result = await asked(city, code, token, parameters=GIVEN.get(code))
            assert result["problems"] == [], (code, whose)
            assert result["totalCount"] == len(result["rows"]) > 0, (code, whose)
            assert result["source"], code
            assert (result["stale"], result["staleMessage"], result["emptyMessage"]) == (False, None, None)
            assert datetime.fromisoformat(result["asOf"]).utcoffset() is not None
            check_typed(code, declared, result)


async def test_a_newcomer_is_told_in_the_items_own_words_that_there_is_no_record(city: City) -> None:
    newcomer = await sign_in(city, "zhaoliu", "FACE")
    personal = 0
    for code in query_codes(city):
        declared = (await city.graphql(INQUIRY, {"code": code})).data["inquiry"]
        if "PERSON" not in declared["subjects"]:
            continue
        personal += 1
        result = await asked(city, code, newcomer.access)
        assert (result["problems"], result["rows"], result["totalCount"]) == ([], [], 0), code
        assert result["emptyMessage"] == declared["emptyMessage"], code
        assert result["asOf"], code
    assert personal > 40


async def test_personal_items_are_closed_to_nobody_and_public_ones_open(city: City) -> None:
    for code in query_codes(city):
        declared = (await city.graphql(INQUIRY, {"code": code})).data["inquiry"]
        reply = await ask(city, code, parameters=GIVEN.get(code))
        if declared["public"]:
            assert reply.data["runInquiry"]["totalCount"] > 0, code
        else:
            assert reply.codes == ["UNAUTHENTICATED"], code
            assert declared["assurance"] in {"PHONE", "REAL_NAME", "FACE"}


async def test_no_two_items_share_columns_or_the_sentence_for_no_record(city: City) -> None:
    columns: dict[frozenset[str], str] = {}
    labels: dict[tuple[str, ...], str] = {}
    sentences: dict[str, str] = {}
    for code in query_codes(city):
        one = city.services.inquiries.declaration(code)
        for seen, key in (
            (columns, frozenset(column.key for column in one.columns)),
            (labels, tuple(column.label for column in one.columns)),
            (sentences, one.empty),
        ):
            assert key not in seen, (code, seen[key])  # type: ignore[index] - three dictionaries in one loop
            seen[key] = code  # type: ignore[index] - as above
        assert re.search("[\u4e00-\u9fff]", one.empty), code
        assert len(one.columns) >= 5, code


async def test_the_mock_knows_exactly_the_items_and_their_columns(city: City) -> None:
    known = resources()
    assert set(known) == set(query_codes(city))
    for code, resource in known.items():
        item = city.services.catalog.item(code)
        assert resource.system == item.adapter, code
        keys = tuple(column.key for column in city.services.inquiries.declaration(code).columns)
        assert resource.fields[: len(keys)] == keys, code
        declared = {parameter.key for parameter in city.services.inquiries.declaration(code).parameters}
        assert set(resource.match) == declared, code
        assert "zhaoliu" not in resource.rows, code

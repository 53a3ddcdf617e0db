"""Each field of the wallet as nobody, as the wrong citizen, as the right one."""

import pytest

from tests.city import City
from tests.e2e.wallet.holding import FULL, LIST, NODE, ONE, give
from tests.sign_in import sign_in


@pytest.mark.parametrize("query", [LIST, ONE, FULL, NODE])
async def test_nobody_sees_a_certificate(query: str, embedded_city: City) -> None:
    made = await give(embedded_city, await sign_in(embedded_city))
    assert (await embedded_city.graphql(query, {"id": made})).codes == ["UNAUTHENTICATED"]


async def test_another_citizen_does_not_learn_that_it_exists(city: City) -> None:
    made = await give(city, await sign_in(city, "zhangsan"))
    other = (await sign_in(city, "lisi", "FACE")).access
    missing = "Q2VydGlmaWNhdGU6bm9uZQ=="
    for query in (ONE, FULL, NODE):
        answers = [await city.graphql(query, {"id": one}, other) for one in (made, missing)]
        assert [answer.codes for answer in answers] == [["NOT_FOUND"], ["NOT_FOUND"]]
        assert answers[0].errors[0]["message"] == answers[1].errors[0]["message"]
    assert (await city.graphql(LIST, {}, other)).data["viewer"]["certificates"]["totalCount"] == 0


async def test_the_holder_sees_it_masked_with_source_and_as_of(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    made = await give(city, tokens)
    one = (await city.graphql(ONE, {"id": made}, tokens.access)).data["viewer"]["certificate"]
    assert (one["id"], one["typeCode"], one["typeName"]) == (made, "INSURED_PROOF", "参保凭证(基本医疗保险)")
    assert (one["state"], one["presentable"], one["holderName"]) == ("VALID", True, "张*")
    assert (one["validFrom"], one["validUntil"], one["source"]) == ("2026-11-23", None, "medical_insurance")
    assert one["asOf"].endswith("+08:00")
    values = {field["key"]: (field["label"], field["value"], field["masked"]) for field in one["fields"]}
    assert values["holder_name"] == ("姓名", "张*", True)
    assert values["id_number"] == ("公民身份号码", "371***********0011", True)
    assert values["birth_date"] == ("出生日期", "1990年", True)
    assert values["account_balance"] == ("个人账户余额", None, True)
    assert values["insutype"] == ("险种", "职工基本医疗保险", False)
    assert "371599199001010011" not in str(one)
    listed = (await city.graphql(LIST, {}, tokens.access)).data["viewer"]["certificates"]
    assert [edge["node"] for edge in listed["edges"]] == [one]
    assert (await city.graphql(NODE, {"id": made}, tokens.access)).data["node"]["typeCode"] == "INSURED_PROOF"


async def test_full_values_need_a_face(embedded_city: City) -> None:
    tokens = await sign_in(embedded_city, "zhangsan")
    made = await give(embedded_city, tokens)
    refused = await embedded_city.graphql(FULL, {"id": made}, tokens.access)
    assert refused.codes == ["STEP_UP_REQUIRED"]
    assert refused.errors[0]["extensions"]["required"] == "FACE"
    face = (await sign_in(embedded_city, "zhangsan", "FACE")).access
    fields = (await embedded_city.graphql(FULL, {"id": made}, face)).data["viewer"]["certificate"]["fields"]
    values = {field["key"]: (field["value"], field["masked"]) for field in fields}
    assert values["id_number"] == ("371599199001010011", False)
    assert values["account_balance"] == ("3256.40", False)


async def test_a_phone_sign_in_opens_no_wallet(embedded_city: City) -> None:
    made = await give(embedded_city, await sign_in(embedded_city))
    phone = (await sign_in(embedded_city, "zhangsan", "PHONE")).access
    for query in (LIST, ONE, NODE):
        assert (await embedded_city.graphql(query, {"id": made}, phone)).codes == ["STEP_UP_REQUIRED"]


async def test_the_list_pages_and_filters_by_state(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    old, new = await give(city, tokens), await give(city, tokens)
    social = await give(city, tokens, "SI_PROOF")
    page = (await city.graphql(LIST, {"first": 2}, tokens.access)).data["viewer"]["certificates"]
    assert [edge["node"]["id"] for edge in page["edges"]] == [social, new]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    after = page["pageInfo"]["endCursor"]
    rest = (await city.graphql(LIST, {"first": 2, "after": after}, tokens.access)).data["viewer"]["certificates"]
    assert [(edge["node"]["id"], edge["node"]["state"]) for edge in rest["edges"]] == [(old, "SUPERSEDED")]
    valid = (await city.graphql(LIST, {"states": ["VALID"]}, tokens.access)).data["viewer"]["certificates"]
    assert (valid["totalCount"], len(valid["edges"])) == (2, 2)
    for bad in ({"first": 0}, {"first": 101}, {"after": "%%%"}):
        assert (await city.graphql(LIST, bad, tokens.access)).codes == ["INVALID_INPUT"]


@pytest.mark.parametrize("bad", ["", "x", "Q2VydGlmaWNhdGU6", "UGVyc29uOjE=", "💥" * 50])
async def test_a_global_id_that_is_none_is_simply_not_found(bad: str, embedded_city: City) -> None:
    token = (await sign_in(embedded_city)).access
    assert (await embedded_city.graphql(ONE, {"id": bad}, token)).codes == ["NOT_FOUND"]

"""Forms over HTTP: public to read, checked without being kept, filled in only for whom they concern."""

from typing import Any

import jsonschema_rs

from services.kernel.ids import new_id
from tests.city import City, GraphQLReply
from tests.e2e.applications.operations import acting_for
from tests.sign_in import sign_in

FORM = """query($code: String!) { serviceItem(code: $code) { form { version intro schema
  sections { title hint fields { path } }
  fields { path key parentPath label hint widget required unit prefill
    options { value label } when { path values } } } } }"""
CHECK = "mutation($input: CheckFormInput!) { checkForm(input: $input) { problems { path code message } } }"
PREFILL = "query($code: String!) { viewer { prefill(itemCode: $code) { path value source sourceLabel } } }"


async def form_of(city: City, code: str) -> dict[str, Any]:
    found: dict[str, Any] = (await city.graphql(FORM, {"code": code})).data["serviceItem"]["form"]
    return found


async def check(city: City, code: str, values: Any) -> GraphQLReply:
    return await city.graphql(CHECK, {"input": {"itemCode": code, "values": values, "idempotencyKey": new_id()}})


async def test_anybody_reads_a_form_with_its_fields_in_order_and_its_conditions(embedded_city: City) -> None:
    form = await form_of(embedded_city, "YB-010")
    fields = {one["path"]: one for one in form["fields"]}
    assert list(fields) == [
        "insuranceType",
        "purpose",
        "otherPurpose",
        "months",
        "months.from",
        "months.to",
        "contactPhone",
    ]
    assert fields["purpose"]["widget"] == "RADIO"
    assert fields["purpose"]["options"][0] == {"value": "TRANSFER", "label": "办理医保关系转移接续"}
    assert fields["otherPurpose"]["when"] == [{"path": "purpose", "values": ["OTHER"]}]
    assert fields["months.from"]["parentPath"] == "months"
    assert fields["contactPhone"]["prefill"] == "profile.phone"
    assert [one["path"] for section in form["sections"] for one in section["fields"]] == list(fields)


async def test_the_schema_is_json_schema_that_takes_its_own_example(embedded_city: City) -> None:
    schema = (await form_of(embedded_city, "YB-001"))["schema"]
    jsonschema_rs.meta.validate(schema)
    example = schema["examples"][0]
    assert jsonschema_rs.Draft202012Validator(schema, offline=True).is_valid(example)
    assert (await check(embedded_city, "YB-001", example)).data["checkForm"]["problems"] == []


async def test_an_item_that_is_not_applied_for_has_no_form(embedded_city: City) -> None:
    assert await form_of(embedded_city, "YB-007") is None
    assert (await check(embedded_city, "YB-007", {})).codes == ["FORM_NOT_FOUND"]
    assert (await check(embedded_city, "ZZ-999", {})).codes == ["ITEM_NOT_FOUND"]


async def test_a_form_is_checked_without_sign_in_and_all_problems_come_at_once(embedded_city: City) -> None:
    answer = await check(embedded_city, "YB-010", {"purpose": "OTHER", "contactPhone": "1", "extra": 1})
    assert [(p["path"], p["code"], p["message"]) for p in answer.data["checkForm"]["problems"]] == [
        ("insuranceType", "REQUIRED", "请选择险种。"),
        ("otherPurpose", "REQUIRED", "请填写用途说明。"),
        ("contactPhone", "PATTERN", "联系电话须为 11 位数字，以 1 开头。"),
        ("extra", "UNKNOWN_FIELD", "这张表里没有这一项，请删去。"),
    ]


async def test_nobody_is_told_anything_to_reuse_and_a_phone_number_alone_is_not_enough(embedded_city: City) -> None:
    assert (await embedded_city.graphql(PREFILL, {"code": "YB-013"})).codes == ["UNAUTHENTICATED"]
    weak = await sign_in(embedded_city, "zhangsan", assurance="PHONE")
    assert (await embedded_city.graphql(PREFILL, {"code": "YB-013"}, weak.access)).codes == ["STEP_UP_REQUIRED"]


async def test_each_person_reuses_their_own_and_is_told_where_it_comes_from(embedded_city: City) -> None:
    found = {}
    for person in ("wangwu", "zhangsan"):
        tokens = await sign_in(embedded_city, person)
        values = (await embedded_city.graphql(PREFILL, {"code": "YB-014"}, tokens.access)).data["viewer"]["prefill"]
        found[person] = {one["path"]: one for one in values}
    assert found["wangwu"]["applicant.name"] == {
        "path": "applicant.name",
        "value": "王五",
        "source": "subject.name",
        "sourceLabel": "本人实名信息",
    }
    assert found["zhangsan"]["applicant.idNumber"]["value"] == "371599199001010011"
    assert found["zhangsan"]["applicant.mobile"]["value"] == "10000000001"


async def test_who_acts_for_a_child_reuses_the_childs_name_and_their_own_phone(embedded_city: City) -> None:
    tokens = await sign_in(embedded_city, "zhangsan")
    acting = await acting_for(embedded_city, tokens, "张小一")
    values = (await embedded_city.graphql(PREFILL, {"code": "YB-014"}, acting)).data["viewer"]["prefill"]
    found = {one["path"]: (one["value"], one["sourceLabel"]) for one in values}
    assert found["applicant.name"] == ("张小一", "所代办的个人或单位的登记信息")
    assert found["applicant.mobile"] == ("10000000001", "本人实名信息")


async def test_what_would_not_pass_the_form_is_not_offered(embedded_city: City) -> None:
    tokens = await sign_in(embedded_city, "zhangsan")
    values = (await embedded_city.graphql(PREFILL, {"code": "YB-013"}, tokens.access)).data["viewer"]["prefill"]
    assert "applicant.idNumber" not in {one["path"] for one in values}  # too young for that form


async def test_who_acts_for_a_company_reuses_its_name_and_code(embedded_city: City) -> None:
    tokens = await sign_in(embedded_city, "zhangsan")
    acting = await acting_for(embedded_city, tokens, "聊城示例商贸有限公司")
    values = (await embedded_city.graphql(PREFILL, {"code": "YB-001"}, acting)).data["viewer"]["prefill"]
    found = {one["path"]: one["value"] for one in values}
    assert found["company.name"] == "聊城示例商贸有限公司"
    assert found["company.uscc"] == "91371500LC9000011J"
    assert found["contact.phone"] == "10000000001"

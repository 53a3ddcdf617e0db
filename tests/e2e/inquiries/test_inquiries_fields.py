"""The fields of inquiries as nobody, as the wrong and as the right citizen; parameters, pages, masks."""

from itertools import pairwise

from graphql_relay import to_global_id

from mocks.medical_insurance.city import enrolments
from mocks.people import PEOPLE
from mocks.records.city import resources
from tests.city import City
from tests.e2e.applications.operations import acting_for
from tests.e2e.inquiries.operations import INQUIRY, ask, asked, raw, shown
from tests.sign_in import sign_in

COMPANY = "聊城示例商贸有限公司"


async def test_each_citizen_sees_only_their_own(embedded_city: City) -> None:
    city = embedded_city
    balances = {}
    for key in ("zhangsan", "lisi", "wangwu"):
        result = await asked(city, "YB-032", (await sign_in(city, key)).access)
        balances[key] = shown(result, "balanceFen")[0]
    assert balances == {"zhangsan": "3,256.40元", "lisi": "12,873.15元", "wangwu": "8,120.66元"}


async def test_no_parameter_asks_for_somebody_else(embedded_city: City) -> None:
    city = embedded_city
    token = (await sign_in(city, "lisi")).access
    other = PEOPLE["zhangsan"]
    result = await asked(city, "YB-032", token, parameters={"number": other.id_number, "name": other.name})
    assert [(one["path"], one["code"]) for one in result["problems"]] == [
        ("parameters.name", "UNKNOWN_PARAMETER"),
        ("parameters.number", "UNKNOWN_PARAMETER"),
    ]
    assert result["rows"] == []
    control = city.mocks["records"].state.control
    assert control.log == []
    await asked(city, "YB-032", token)
    assert [call["person"] for call in control.log] == [PEOPLE["lisi"].id_number]


async def test_a_guardian_sees_the_childs_and_a_representative_the_companys(embedded_city: City) -> None:
    city = embedded_city
    tokens = await sign_in(city, "zhangsan")
    child = await acting_for(city, tokens, "张小一")
    assert raw(await asked(city, "YB-008", child), "insuranceType") == ["390"]
    company = await acting_for(city, await sign_in(city, "zhangsan"), COMPANY)
    assert raw(await asked(city, "YB-007", company), "insuredCount") == [12]


async def test_personal_data_need_the_person_and_company_data_the_company(embedded_city: City) -> None:
    city = embedded_city
    tokens = await sign_in(city, "zhangsan")
    company = await acting_for(city, tokens, COMPANY)
    wrong = await ask(city, "YB-032", company)
    assert wrong.codes == ["OTHER_SUBJECT_NEEDED"]
    assert wrong.errors[0]["message"] == "这是个人事项，请切换到个人身份后再查。"
    assert wrong.errors[0]["extensions"]["needed"] == ["PERSON"]
    own = await sign_in(city, "zhangsan")
    assert (await ask(city, "YB-007", own.access)).codes == ["OTHER_SUBJECT_NEEDED"]


async def test_a_weak_sign_in_is_asked_for_a_stronger_one(embedded_city: City) -> None:
    city = embedded_city
    weak = await sign_in(city, "zhangsan", "PHONE")
    assert (await ask(city, "YB-032", weak.access)).codes == ["STEP_UP_REQUIRED"]
    assert (await asked(city, "WL-002", weak.access))["totalCount"] == 2  # library books need no more
    strong = await sign_in(city, "zhangsan")
    refused = await ask(city, "BD-001", strong.access)
    assert refused.errors[0]["extensions"]["required"] == "FACE"


async def test_items_that_are_no_query_or_do_not_exist_say_so(embedded_city: City) -> None:
    city = embedded_city
    for query in (INQUIRY, "query($code: String!) { runInquiry(itemCode: $code) { totalCount } }"):
        assert (await city.graphql(query, {"code": "YB-010"})).codes == ["NO_INQUIRY"]
        assert (await city.graphql(query, {"code": "XX-999"})).codes == ["ITEM_NOT_FOUND"]


async def test_bad_parameters_come_back_all_at_once_and_nothing_is_asked(embedded_city: City) -> None:
    city = embedded_city
    given = {"invoiceNumber": "12", "totalFen": "many", "colour": "red"}
    result = await asked(city, "SW-007", parameters=given)
    assert [(one["path"], one["code"], one["message"]) for one in result["problems"]] == [
        ("parameters.colour", "UNKNOWN_PARAMETER", "这项查询没有这个条件，请去掉。"),
        ("parameters.invoiceNumber", "PATTERN", "发票号码为8位或20位数字。"),
        ("parameters.invoiceDate", "REQUIRED", "请填写开票日期。"),
        ("parameters.totalFen", "TYPE", "价税合计（分）应当是整数。"),
    ]
    assert (result["rows"], result["asOf"], result["emptyMessage"]) == ([], None, None)
    assert len(result["columns"]) == 6
    assert city.mocks["records"].state.control.log == []


async def test_parameters_choose_rows(embedded_city: City) -> None:
    city = embedded_city
    token = (await sign_in(city, "zhangsan")).access
    assert (await asked(city, "YB-031", token, parameters={"year": 2025}))["totalCount"] == 1
    assert (await asked(city, "YB-031", token, parameters={"year": 2020}))["emptyMessage"].startswith("所选时间内没有")
    pharmacies = await asked(city, "YB-035", parameters={"region": "371581"})
    assert shown(pharmacies, "pharmacyName") == ["平安示例药店"]
    assert (await asked(city, "YB-035", parameters={"region": "110101"}))["problems"][0]["code"] == "UNKNOWN_REGION"


async def test_pages_join_without_gap_or_overlap(embedded_city: City) -> None:
    city = embedded_city
    token = (await sign_in(city, "zhangsan")).access
    whole = await asked(city, "RS-005", token, first=100)
    rows, after = [], None
    while True:
        page = await asked(city, "RS-005", token, first=3, after=after)
        assert page["totalCount"] == 7
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        rows += page["rows"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert rows == whole["rows"]
    for bad in ("!!", to_global_id("X", "1"), "LTE"):
        assert (await ask(city, "RS-005", token, after=bad)).codes == ["INVALID_INPUT"]
    assert (await ask(city, "RS-005", token, first=101)).codes == ["INVALID_INPUT"]


async def test_masked_values_leave_only_as_masked_text(embedded_city: City) -> None:
    city = embedded_city
    token = (await sign_in(city, "zhangsan", "FACE")).access
    reply = await ask(city, "BD-001", token)
    result = reply.data["runInquiry"]
    assert shown(result, "propertyLocation") == ["聊城市东昌府区柳园街道****"]
    assert raw(result, "propertyLocation") == [None]
    assert "8号楼" not in str(reply.body)


async def test_the_records_agree_with_each_other_and_with_the_insurance_core() -> None:
    """One city: the enrolment, the balance and the fund are the same wherever they are shown."""
    known = resources()
    for key, person in PEOPLE.items():
        records = known["YB-008"].records(key)
        core = enrolments(person)
        assert len(records) == len(core), key
        for mine, theirs in zip(records, core, strict=True):
            assert mine["personalNumber"] == theirs.psn_no
            assert (mine["insuranceType"], mine["insuredStatus"]) == (theirs.insutype, theirs.psn_insu_stas)
            assert (mine["personType"], mine["paidMonths"]) == (theirs.psn_type, theirs.sjjfys)
            assert mine["fromMonth"].replace("-", "") == theirs.ksny
            assert mine["toMonth"].replace("-", "") == theirs.jsny
            balances = [one["balanceFen"] for one in known["YB-032"].records(key)]
            assert balances[:1] == ([] if theirs.balc is None else [round(float(theirs.balc) * 100)])
    entries = known["YB-032"].records("zhangsan")
    for later, earlier in pairwise(entries):
        assert later["balanceFen"] == earlier["balanceFen"] + later["changeFen"]
    for one in known["YB-033"].records("zhangsan"):
        assert one["totalFen"] == one["poolPaidFen"] + one["accountPaidFen"] + one["cashPaidFen"]
    latest, before = known["GJ-020"].records("zhangsan")
    assert latest["openingFen"] == before["closingFen"]
    for year in (latest, before):
        came = year["openingFen"] + year["depositedFen"] + year["fundInterestFen"]
        assert year["closingFen"] == came - year["withdrawnFen"]
    account = known["GJ-003"].records("zhangsan")[0]
    assert account["fundBalanceFen"] == latest["closingFen"] + 4 * account["monthlyDepositFen"]  # July to October
    assert known["NY-008"].records("zhangsan")[0]["subsidyFen"] == known["GG-020"].records("zhangsan")[0]["grantFen"]

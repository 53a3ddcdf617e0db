"""Each field of applications as nobody, as the wrong citizen, as the right one; and what bad input gets."""

from typing import Any

import pytest

from services.kernel.ids import new_id
from tests.city import City
from tests.e2e.applications.operations import (
    FORM,
    LIST,
    NODE,
    ONE,
    PROGRESS,
    SUBMIT,
    WITHDRAW,
    acting_for,
    issues,
    submit,
    submitted,
    until,
    wanted,
)
from tests.sign_in import sign_in


async def test_nobody_gets_nothing_about_applications(embedded_city: City) -> None:
    city = embedded_city
    tokens = await sign_in(city, "zhangsan")
    application = await submitted(city, tokens)
    withdrawal = {"input": {"applicationId": application["id"], "idempotencyKey": new_id()}}
    for query, variables in (
        (SUBMIT, {"input": wanted()}),
        (WITHDRAW, withdrawal),
        (ONE, {"id": application["id"]}),
        (NODE, {"id": application["id"]}),
        (LIST, {}),
    ):
        assert (await city.graphql(query, variables)).codes == ["UNAUTHENTICATED"], query
    headers = {"accept": "text/event-stream"}
    async with city.http.post(
        "/graphql", json={"query": PROGRESS, "variables": {"id": application["id"]}}, headers=headers
    ) as answer:
        assert "UNAUTHENTICATED" in await answer.text()


async def test_another_citizens_application_is_as_if_there_were_none(embedded_city: City) -> None:
    city = embedded_city
    application = await submitted(city, await sign_in(city, "zhangsan"))
    stranger = await sign_in(city, "lisi")
    withdrawal = {"input": {"applicationId": application["id"], "idempotencyKey": new_id()}}
    for query, variables in (
        (ONE, {"id": application["id"]}),
        (WITHDRAW, withdrawal),
        (NODE, {"id": application["id"]}),
    ):
        assert (await city.graphql(query, variables, stranger.access)).codes == ["NOT_FOUND"], query
    for wrong in ("", "x", "QXBwbGljYXRpb246", "UGVyc29uOjE="):
        assert (await city.graphql(ONE, {"id": wrong}, stranger.access)).codes == ["NOT_FOUND"], wrong
    headers = {"accept": "text/event-stream", **stranger.headers}
    async with city.http.post(
        "/graphql", json={"query": PROGRESS, "variables": {"id": application["id"]}}, headers=headers
    ) as answer:
        assert "NOT_FOUND" in await answer.text()
    page = (await city.graphql(LIST, {}, stranger.access)).data["viewer"]["applications"]
    assert (page["totalCount"], page["edges"]) == (0, [])


async def test_a_childs_application_is_seen_only_while_acting_for_the_child(embedded_city: City) -> None:
    city = embedded_city
    tokens = await sign_in(city, "zhangsan")
    acting = await acting_for(city, tokens, "张小一")
    payload = (await submit(city, acting, form={"insuranceType": "RESIDENT", "purpose": "EMPLOYMENT"})).data
    own = {"id": payload["submitApplication"]["application"]["id"]}
    assert (await city.graphql(ONE, own, tokens.access)).codes == ["NOT_FOUND"]
    assert (await city.graphql(ONE, own, acting)).data["viewer"]["application"]["id"] == own["id"]


async def test_the_list_is_paged_newest_first_and_filtered_by_state(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    made = [await submitted(city, tokens) for _ in range(5)]
    for one in made:
        await until(city, tokens, one["id"], "CLOSED")
    seen: list[str] = []
    after = None
    while True:
        page = (await city.graphql(LIST, {"first": 2, "after": after}, tokens.access)).data["viewer"]["applications"]
        assert page["totalCount"] == 5
        seen += [edge["node"]["id"] for edge in page["edges"]]
        assert all(len(edge["node"]["timeline"]) == 6 for edge in page["edges"])
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == [one["id"] for one in reversed(made)]
    closed = (await city.graphql(LIST, {"states": ["CLOSED"]}, tokens.access)).data["viewer"]["applications"]
    refused = (await city.graphql(LIST, {"states": ["REFUSED"]}, tokens.access)).data["viewer"]["applications"]
    assert (closed["totalCount"], refused["totalCount"]) == (5, 0)
    for first in (0, 101):
        assert (await city.graphql(LIST, {"first": first}, tokens.access)).codes == ["INVALID_INPUT"]


async def test_the_same_key_is_one_application_and_the_same_key_with_another_form_is_refused(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    key = new_id()
    first = await submitted(city, tokens, idempotencyKey=key)
    assert (await submitted(city, tokens, idempotencyKey=key))["id"] == first["id"]
    other = await submit(city, tokens.access, idempotencyKey=key, form={**FORM, "purpose": "EMPLOYMENT"})
    assert other.codes == ["IDEMPOTENCY_KEY_REUSED"]
    await until(city, tokens, first["id"], "CLOSED")
    page = (await city.graphql(LIST, {}, tokens.access)).data["viewer"]["applications"]
    assert page["totalCount"] == 1
    assert len(issues(city)) == 1


async def test_all_problems_of_a_form_come_at_once_and_keep_nothing(embedded_city: City) -> None:
    city = embedded_city
    tokens = await sign_in(city, "zhangsan")
    form = {"insuranceType": "PENSION", "contactPhone": "12", "身份证": 1}
    reply = await submit(city, tokens.access, form=form, regionCode="110000")
    payload = reply.data["submitApplication"]
    assert payload["application"] is None
    assert [(p["path"], p["code"]) for p in payload["problems"]] == [
        ("form.insuranceType", "ENUM"),
        ("form.purpose", "REQUIRED"),
        ("form.contactPhone", "PATTERN"),
        ("form.身份证", "UNKNOWN_FIELD"),
        ("regionCode", "UNKNOWN_REGION"),
    ]
    assert payload["problems"][1]["message"] == "请选择用途。"
    page = (await city.graphql(LIST, {}, tokens.access)).data["viewer"]["applications"]
    assert page["totalCount"] == 0


@pytest.mark.parametrize("form", [None, [], "x", 7])
async def test_a_form_that_is_no_object_is_a_problem_or_a_bad_request(embedded_city: City, form: Any) -> None:
    city = embedded_city
    tokens = await sign_in(city, "zhangsan")
    reply = await submit(city, tokens.access, form=form)
    if form is None:
        assert reply.status == 400
    else:
        assert [p["code"] for p in reply.data["submitApplication"]["problems"]] == ["TYPE"]


async def test_what_cannot_be_applied_for_says_why(embedded_city: City) -> None:
    city = embedded_city
    tokens = await sign_in(city, "zhangsan")
    assert (await submit(city, tokens.access, itemCode="NO-999")).codes == ["ITEM_NOT_FOUND"]
    guide = next(
        one
        for one in city.services.catalog.view.items.values()
        if one.depth.name in ("GUIDE", "QUERY") and one.adapter == "YB-CORE"
    )
    assert (await submit(city, tokens.access, itemCode=guide.code)).codes == ["ITEM_NOT_OPEN"]
    company = await acting_for(city, tokens, "聊城示例商贸有限公司")
    assert (await submit(city, company)).codes == ["WRONG_SUBJECT"]
    phone_only = await sign_in(city, "zhangsan", "PHONE")
    assert (await submit(city, phone_only.access)).codes == ["STEP_UP_REQUIRED"]

"""The first journey over HTTP: apply for 《参保凭证》, follow it, get the certificate, or an honest reason."""

import asyncio

import pytest

from services.kernel.ids import new_id
from tests.city import City
from tests.e2e.applications.operations import (
    SUBMIT,
    WHOLE_WAY,
    WITHDRAW,
    acting_for,
    certificates,
    core_of,
    issues,
    progress,
    seen,
    submit,
    submitted,
    until,
    until_noted,
    wanted,
)
from tests.sign_in import sign_in


async def test_an_insured_citizen_applies_and_has_the_certificate_when_the_department_answers(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    application = await submitted(city, tokens)
    assert (application["state"], application["turn"]) == ("SUBMITTED", "DEPARTMENT")
    assert application["number"].startswith("SQ-")
    closed = await until(city, tokens, application["id"], "CLOSED")
    assert [event["state"] for event in closed["timeline"]] == WHOLE_WAY
    assert [event["sequence"] for event in closed["timeline"]] == [1, 2, 3, 4, 5, 6]
    assert closed["result"]["certificateId"]
    assert (closed["turn"], closed["dueAt"], closed["reason"]) == ("NOBODY", None, None)
    assert (closed["departmentName"], closed["stateLabel"]) == ("聊城市医疗保障局", "已办结")
    assert [call["repeat"] for call in issues(city)] == [False]
    assert await certificates(city, tokens) == 1


async def test_the_subscription_tells_each_change_once_and_ends_with_the_matter(city: City) -> None:
    await city.script("medical_insurance", "asynchronous", seconds=0.5)
    tokens = await sign_in(city, "lisi")
    application = await submitted(city, tokens)
    told = [one async for one in progress(city, tokens, application["id"])]
    versions = [one["version"] for one in told]
    assert versions == sorted(set(versions))
    assert told[-1]["state"] == "CLOSED"
    assert {one["state"] for one in told} <= {"SUBMITTED", "ACCEPTED", "CLOSED"}
    assert [event["state"] for event in told[-1]["timeline"]] == WHOLE_WAY


async def test_who_has_no_record_is_refused_with_the_reason_and_the_remedies(city: City) -> None:
    tokens = await sign_in(city, "zhaoliu")
    application = await submitted(city, tokens)
    refused = await until(city, tokens, application["id"], "REFUSED")
    assert refused["reason"]["code"] == "NO_ENROLMENT_RECORD"
    assert "没有查到" in refused["reason"]["sentence"]
    assert any("12345" in remedy for remedy in refused["reason"]["remedies"])
    assert (refused["result"], refused["turn"], refused["canWithdraw"]) == (None, "NOBODY", False)
    assert await certificates(city, tokens) == 0


async def test_a_guardian_applies_for_a_child(embedded_city: City) -> None:
    city = embedded_city
    tokens = await sign_in(city, "zhangsan")
    acting = await acting_for(city, tokens, "张小一")
    form = {"insuranceType": "RESIDENT", "purpose": "EMPLOYMENT"}
    payload = (await submit(city, acting, form=form)).data["submitApplication"]
    for_child = type(tokens)(acting, "", "", "")
    closed = await until(city, for_child, payload["application"]["id"], "CLOSED")
    assert closed["result"]["certificateId"]
    assert await certificates(city, for_child) == 1
    assert await certificates(city, tokens) == 0


async def test_a_dead_department_is_told_honestly_and_served_once_when_it_is_back(embedded_city: City) -> None:
    city = embedded_city
    await city.script("medical_insurance", "outage", times=4)
    tokens = await sign_in(city, "zhangsan")
    application = await submitted(city, tokens)
    waiting = await until_noted(city, tokens, application["id"], "DEPARTMENT_SILENT")
    assert waiting["state"] == "SUBMITTED"
    assert waiting["timeline"][-1]["sentence"] == "部门系统暂时没有响应，我们会继续送达。"
    closed = await until(city, tokens, application["id"], "CLOSED")
    assert [event["reasonCode"] for event in closed["timeline"]].count("DEPARTMENT_SILENT") == 1
    assert [call["repeat"] for call in issues(city)] == [False]
    assert await certificates(city, tokens) == 1


@pytest.mark.parametrize("kind", ["garbage", "slow_drip", "delay", "lost_answer"])
async def test_a_misbehaving_department_is_asked_again_and_does_the_work_once(embedded_city: City, kind: str) -> None:
    city = embedded_city
    await city.script("medical_insurance", kind, times=4, seconds=3)
    tokens = await sign_in(city, "zhangsan")
    application = await submitted(city, tokens)
    closed = await until(city, tokens, application["id"], "CLOSED", seconds=40)
    assert [event["state"] for event in closed["timeline"] if event["reasonCode"] is None] == WHOLE_WAY
    assert [call["repeat"] for call in issues(city)].count(False) == 1
    assert await certificates(city, tokens) == 1


async def test_a_second_notice_of_the_same_result_changes_nothing(city: City) -> None:
    await city.script("medical_insurance", "duplicate_callback", seconds=0.3)
    tokens = await sign_in(city, "zhangsan")
    application = await submitted(city, tokens)
    closed = await until(city, tokens, application["id"], "CLOSED")
    while core_of(city).tasks:
        await asyncio.gather(*core_of(city).tasks)
    assert await seen(city, tokens, application["id"]) == closed
    assert [event["state"] for event in closed["timeline"]] == WHOLE_WAY
    assert await certificates(city, tokens) == 1


async def test_a_citizen_withdraws_and_a_late_notice_changes_nothing(city: City) -> None:
    await city.script("medical_insurance", "asynchronous", seconds=60)
    tokens = await sign_in(city, "zhangsan")
    application = await submitted(city, tokens)
    await until(city, tokens, application["id"], "ACCEPTED")
    sent = {"applicationId": application["id"], "idempotencyKey": new_id()}
    first = await city.graphql(WITHDRAW, {"input": sent}, tokens.access)
    withdrawn = first.data["withdrawApplication"]["application"]
    assert (withdrawn["state"], withdrawn["turn"], withdrawn["canWithdraw"]) == ("WITHDRAWN", "NOBODY", False)
    assert (await city.graphql(WITHDRAW, {"input": sent}, tokens.access)).data == first.data
    core = core_of(city)
    (matter,) = core.matters.values()
    async with asyncio.timeout(10):
        while matter.pzzt != "3":  # noqa: ASYNC110 - the mock has no event to wait for
            await asyncio.sleep(0.05)
    matter.pzzt = "1"
    assert await core.call_back(matter) == 200
    assert await seen(city, tokens, application["id"]) == withdrawn
    assert await certificates(city, tokens) == 0
    again = await city.graphql(WITHDRAW, {"input": {**sent, "idempotencyKey": new_id()}}, tokens.access)
    assert again.codes == ["ILLEGAL_TRANSITION"]


async def test_the_trace_of_the_submission_reaches_the_department(embedded_city: City) -> None:
    city, trace = embedded_city, "c1" * 16
    tokens = await sign_in(city, "zhangsan")
    headers = {"traceparent": f"00-{trace}-{'d2' * 8}-01"}
    reply = await city.graphql(SUBMIT, {"input": wanted()}, tokens.access, headers=headers)
    await until(city, tokens, reply.data["submitApplication"]["application"]["id"], "CLOSED")
    assert [call["traceId"] for call in issues(city)] == [trace]

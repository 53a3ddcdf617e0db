"""A sample of departments, each refusing, slow, dead, sending garbage, calling back twice or late."""

import asyncio
from typing import Any

import pytest

from services.kernel.ids import new_id
from tests.city import City
from tests.e2e.applications.departments import Applicant, applying_items, matter_id, window_of
from tests.e2e.applications.operations import WITHDRAW
from tests.e2e.applications.test_applications_departments import until_over

SYSTEMS = ("GJJ-YW", "GA-HZ", "SCJG-DJ", "RS-SB", "BDC-DJ", "JY-YW")


def sample() -> list[str]:
    """One item of each of these systems."""
    first: dict[str, str] = {}
    for code, item in applying_items().items():
        first.setdefault(item["adapter"], code)
    return [first[system] for system in SYSTEMS]


async def through(city: City, seconds: float = 40) -> list[dict[str, Any]]:
    """All of the sample, to their ends."""
    window_of(city).pace = 0.05
    applicant = await Applicant.of(city)
    made = [await applicant.apply(code) for code in sample()]
    return list(await asyncio.gather(*(until_over(applicant, one, seconds=seconds) for one in made)))


def works_of(city: City, one: dict[str, Any]) -> list[bool]:
    """For each time that the department really took the matter in: whether it had it already."""
    log, item = window_of(city).control.log, one["itemCode"]
    return [call["repeat"] for call in log if (call["operation"], call.get("item")) == ("deliver", item)]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("outage", {"times": 4}),
        ("garbage", {"times": 4}),
        ("slow_drip", {"times": 2, "seconds": 8}),
        ("delay", {"times": 2, "seconds": 3}),
        ("lost_answer", {"times": 2}),
    ],
)
async def test_a_sick_department_gets_each_application_once_it_is_well_and_works_on_it_once(
    embedded_city: City, kind: str, values: dict[str, Any]
) -> None:
    city = embedded_city
    for system in SYSTEMS:
        await city.script("unified_window", kind, scope=system, **values)
    for one in await through(city):
        assert one["state"] == "CLOSED", one
        states = [event["state"] for event in one["timeline"] if event["reasonCode"] is None]
        assert len(states) == len(set(states)), one
        assert works_of(city, one).count(False) == 1, one
        assert one["departmentNotice"] is None
    assert len(window_of(city).matters) == len(SYSTEMS)


@pytest.mark.parametrize(("kind", "state"), [("refuse", "REFUSED"), ("deny", "DENIED")])
async def test_a_refusal_of_any_department_has_its_reason_and_its_remedies(
    embedded_city: City, kind: str, state: str
) -> None:
    city = embedded_city
    await city.script("unified_window", kind, code="NOT_ELIGIBLE", message="不符合办理条件。")
    for one in await through(city):
        assert one["state"] == state
        assert (one["reason"]["code"], one["reason"]["sentence"]) == ("NOT_ELIGIBLE", "不符合办理条件。")
        assert one["reason"]["remedies"][1] == "可拨打12345政务服务便民热线反映。"
        assert one["result"] is None


async def test_callbacks_that_come_twice_change_nothing_the_second_time(embedded_city: City) -> None:
    city = embedded_city
    await city.script("unified_window", "duplicate_callback", seconds=0.2)
    for one in await through(city):
        assert one["state"] == "CLOSED"
        states = [event["state"] for event in one["timeline"]]
        assert len(states) == len(set(states)), one


async def test_a_callback_that_comes_after_the_withdrawal_changes_nothing(embedded_city: City) -> None:
    city = embedded_city
    await city.script("unified_window", "no_callback", seconds=3600)
    applicant = await Applicant.of(city)
    for code in sample():
        one = await until_over(applicant, await applicant.apply(code), "ACCEPTED")
        sent = {"input": {"applicationId": one["id"], "idempotencyKey": new_id()}}
        token = applicant.token(code)
        withdrawn = (await city.graphql(WITHDRAW, sent, token)).data["withdrawApplication"]["application"]
        assert withdrawn["state"] == "WITHDRAWN"
        matter = window_of(city).matters[applying_items()[code]["adapter"], matter_id(one)]
        async with asyncio.timeout(10):
            while matter.status != "WITHDRAWN":  # noqa: ASYNC110 - the mock has no event to wait for
                await asyncio.sleep(0.02)
        matter.status = "APPROVED"
        matter.result = {"title": "x", "number": "1", "issuer": "x", "issuedOn": "2026-11-23"}
        assert await window_of(city).call_back(matter) == 200
        late = await applicant.seen(one)
        assert (late["state"], late["result"], late["version"]) == ("WITHDRAWN", None, withdrawn["version"])

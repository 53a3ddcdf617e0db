"""Every item that can be applied for, of every department, from guide to closed state, through GraphQL over HTTP."""

import asyncio
import time
from collections import Counter
from typing import Any

import pytest

from certs_schema.registry import registry
from tests.city import City
from tests.e2e.applications.departments import (
    STATUS,
    Applicant,
    applying_items,
    window_of,
)

OVER = ("CLOSED", "REFUSED", "DENIED", "LAPSED", "WITHDRAWN")


async def until_over(applicant: Applicant, one: dict[str, Any], *states: str, seconds: float = 40) -> dict[str, Any]:
    """The application, as soon as it is over, or in one of `states`."""
    async with asyncio.timeout(seconds):
        while True:
            found = await applicant.seen(one)
            if found["state"] in (states or OVER):
                return found
            await asyncio.sleep(0.1)


@pytest.mark.timeout(400)
async def test_every_item_goes_from_the_guide_to_the_closed_state_with_their_result(
    embedded_city: City,
) -> None:
    city = embedded_city
    window_of(city).pace = 0.02
    applicant = await Applicant.of(city)
    sample = [code for code in applying_items() if code != "YB-010"]  # the one with a desk of its own, elsewhere
    items = applying_items()
    assert len(sample) >= 370
    assert len({items[code]["adapter"] for code in sample}) >= 50
    assert len({items[code]["department"] for code in sample}) >= 40

    async def whole_way(code: str) -> None:
        guide = await applicant.guide(code)
        closed = await until_over(applicant, await applicant.apply(code))
        assert closed["state"] == "CLOSED", (code, closed)
        states = [event["state"] for event in closed["timeline"]]
        assert states[:2] == ["SUBMITTED", "ACCEPTED"], code
        assert ("IN_REVIEW" in states) == (not guide["immediate"]), code
        assert closed["result"]["document"]["number"].startswith(items[code]["adapter"]), code
        assert (closed["dueAt"] is None) == (guide["immediate"] or not items[code]["time"]["promised_days"]), code
        promised = items[code].get("result_certificate")
        kept = closed["result"]["certificateId"] is not None
        assert kept == ("CERTIFICATE_MADE" in states), code
        if promised is not None and promised in registry():
            assert kept == (registry().get(promised).type.holder_kind.value in ("EITHER", _kind(code))), code

    def _kind(code: str) -> str:
        return "PERSON" if "个人" in items[code]["subjects"] else "COMPANY"

    gate = asyncio.Semaphore(8)

    async def one(code: str) -> None:
        async with gate:
            await whole_way(code)

    await asyncio.gather(*(one(code) for code in sample))
    calls = window_of(city).control.log
    delivered = Counter(call["item"] for call in calls if call["operation"] == "deliver")
    assert delivered == Counter(sample)


async def test_a_result_certificate_lies_in_the_wallet(embedded_city: City) -> None:
    applicant = await Applicant.of(embedded_city)
    window_of(embedded_city).pace = 0.02
    code = next(
        code
        for code, item in applying_items().items()
        if item.get("result_certificate") == "SI_PROOF" and "个人" in item["subjects"]
    )
    closed = await until_over(applicant, await applicant.apply(code))
    query = "query($id: ID!) { node(id: $id) { ... on Certificate { typeCode issuer } } }"
    held = await embedded_city.graphql(query, {"id": closed["result"]["certificateId"]}, applicant.tokens.access)
    assert held.data["node"]["typeCode"] == "SI_PROOF"
    assert held.data["node"]["issuer"] == closed["result"]["document"]["issuer"]


async def test_a_dead_department_is_told_in_public_and_in_the_application_and_slows_no_other(
    embedded_city: City,
) -> None:
    city = embedded_city
    well = (await city.graphql(STATUS, {"systems": ["GJJ-YW", "GA-HZ"]})).data["departmentStatus"]
    assert [(one["system"], one["condition"], one["since"]) for one in well] == [
        ("GA-HZ", "NORMAL", None),
        ("GJJ-YW", "NORMAL", None),
    ]
    await city.script("unified_window", "slow_drip", scope="GJJ-YW", seconds=30)
    applicant = await Applicant.of(city)
    sick = [code for code, item in applying_items().items() if item["adapter"] == "GJJ-YW" and _person(item)][:4]
    waiting = [await applicant.apply(code) for code in sick]
    started = time.perf_counter()
    healthy = next(code for code, item in applying_items().items() if item["adapter"] == "GA-HZ" and item["immediate"])
    closed = await until_over(applicant, await applicant.apply(healthy))
    assert (closed["state"], closed["departmentNotice"]) == ("CLOSED", None)
    assert time.perf_counter() - started < 2
    async with asyncio.timeout(20):
        while not (told := (await applicant.seen(waiting[0])))["departmentNotice"]:  # noqa: ASYNC110 - polls, as an app
            await asyncio.sleep(0.1)
    assert told["state"] == "SUBMITTED"
    assert "恢复后自动送达" in told["departmentNotice"]
    (status,) = (await city.graphql(STATUS, {"systems": ["GJJ-YW"]})).data["departmentStatus"]
    assert status["condition"] in ("UNSTABLE", "DOWN", "RECOVERING")
    assert status["since"].endswith("+08:00")
    every = (await city.graphql(STATUS)).data["departmentStatus"]
    assert {one["system"] for one in every} >= {item["adapter"] for item in applying_items().values()}


def _person(item: dict[str, Any]) -> bool:
    return "个人" in item["subjects"]

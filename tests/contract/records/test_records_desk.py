"""The adapter of the record service against its mock, through real HTTP."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.config import MockConfig
from mocks.control import Control
from mocks.people import COMPANIES, PEOPLE
from mocks.records.app import create_app
from services.adapters.records import RecordDesk
from services.inquiries.errors import InquiryRefused
from services.inquiries.model import Party
from services.kernel.adapter import CircuitState, DepartmentEndpoint
from services.kernel.clock import FixedClock
from services.kernel.errors import DepartmentDown
from services.kernel.principal import SubjectKind
from tests.city import serving

SECRET = "shared-secret"
ZHANGSAN = Party(SubjectKind.PERSON, "张三", PEOPLE["zhangsan"].id_number)


@dataclass
class Desk:
    desk: RecordDesk
    control: Control
    url: str
    clock: FixedClock


@pytest.fixture
async def desk(clock: FixedClock) -> AsyncIterator[Desk]:
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app: Starlette = create_app(MockConfig("http://127.0.0.1:9", url, SECRET, clock.now))
    opened = RecordDesk({"records": DepartmentEndpoint(url, SECRET, deadline_seconds=0.8)}, clock)
    async with serving(app, listening):
        yield Desk(opened, app.state.control, url, clock)
        await opened.close()


async def test_a_person_gets_their_records_with_origin_and_moment(desk: Desk) -> None:
    block = await desk.desk.ask("YB-CORE", "YB-032", ZHANGSAN, {"year": 2026}, 0, 100)
    assert (block.total, len(block.records), block.as_of) == (5, 5, desk.clock.now())
    assert block.records[0] == {
        "tradedOn": "2026-10-15",
        "entryKind": "CREDIT",
        "place": "聊城市医疗保险事业中心",
        "changeFen": 13650,
        "balanceFen": 325640,
    }


async def test_records_come_in_blocks(desk: Desk) -> None:
    block = await desk.desk.ask("YB-CORE", "YB-032", ZHANGSAN, {}, 3, 1)
    assert (block.total, [one["tradedOn"] for one in block.records]) == (5, ["2026-08-20"])


async def test_a_company_and_the_public_are_answered_too(desk: Desk) -> None:
    one = COMPANIES["demo_trading"]
    party = Party(SubjectKind.COMPANY, one.name, one.uscc)
    assert (await desk.desk.ask("SW-DZ", "SW-010", party, {}, 0, 100)).total == 2
    assert (await desk.desk.ask("YB-CORE", "YB-035", None, {"region": "371521"}, 0, 100)).total == 1


async def test_a_newcomer_a_stranger_and_a_wrong_name_have_no_record(desk: Desk) -> None:
    for party in (
        Party(SubjectKind.PERSON, "赵六", PEOPLE["zhaoliu"].id_number),
        Party(SubjectKind.PERSON, "无名", "371599200001010018"),
        Party(SubjectKind.PERSON, "李四", PEOPLE["zhangsan"].id_number),
    ):
        block = await desk.desk.ask("YB-CORE", "YB-032", party, {}, 0, 100)
        assert (block.total, block.records) == (0, ())


async def test_a_refusal_keeps_the_departments_reason(desk: Desk) -> None:
    desk.control.script("refuse", ZHANGSAN.number, code="FROZEN", message="账户信息核对中，三天后再查。")
    with pytest.raises(InquiryRefused) as refused:
        await desk.desk.ask("YB-CORE", "YB-032", ZHANGSAN, {}, 0, 100)
    assert refused.value.message == "账户信息核对中，三天后再查。"
    assert refused.value.extensions == {"reason": "FROZEN"}


async def test_a_resource_of_another_system_is_refused(desk: Desk) -> None:
    with pytest.raises(InquiryRefused):
        await desk.desk.ask("SW-DZ", "YB-032", ZHANGSAN, {}, 0, 100)


@pytest.mark.parametrize("kind", ["outage", "garbage", "slow_drip", "delay"])
async def test_a_department_that_does_not_answer_properly_is_down(desk: Desk, kind: str) -> None:
    desk.control.script(kind, seconds=3)
    with pytest.raises(DepartmentDown) as down:
        await desk.desk.ask("YB-CORE", "YB-032", ZHANGSAN, {}, 0, 100)
    assert down.value.extensions == {"department": "records_yb_core"}


async def test_a_hiccup_is_passed_over_because_asking_may_be_repeated(desk: Desk) -> None:
    desk.control.script("outage", times=1)
    assert (await desk.desk.ask("YB-CORE", "YB-032", ZHANGSAN, {}, 0, 100)).total == 5
    assert [bool(call.get("disturbed")) for call in desk.control.log] == [True, False]


async def test_a_wrong_secret_is_our_fault_and_no_answer(desk: Desk) -> None:
    wrong = RecordDesk({"records": DepartmentEndpoint(desk.url, "other")}, desk.clock)
    with pytest.raises(DepartmentDown):
        await wrong.ask("YB-CORE", "YB-032", ZHANGSAN, {}, 0, 100)
    await wrong.close()
    assert desk.control.log == []


async def test_each_system_has_a_breaker_of_its_own(desk: Desk) -> None:
    desk.control.script("outage", scope="YB-CORE")
    for _ in range(5):
        with pytest.raises(DepartmentDown):
            await desk.desk.ask("YB-CORE", "YB-032", ZHANGSAN, {}, 0, 100)
    assert (await desk.desk.ask("GJJ-YW", "GJ-003", ZHANGSAN, {}, 0, 100)).total == 1
    assert desk.desk.circuits() == {"YB-CORE": CircuitState.OPEN, "GJJ-YW": CircuitState.CLOSED}
    assert desk.desk.circuit() is CircuitState.OPEN
    desk.control.drop()
    desk.clock.advance(timedelta(seconds=16))
    for _ in range(2):
        await desk.desk.ask("YB-CORE", "YB-032", ZHANGSAN, {}, 0, 100)
    assert desk.desk.circuit() is CircuitState.CLOSED


async def test_a_system_may_have_an_address_and_a_secret_of_its_own(desk: Desk) -> None:
    nowhere = DepartmentEndpoint("http://127.0.0.1:9", "x", deadline_seconds=0.5)
    own = DepartmentEndpoint(desk.url, SECRET)
    both = RecordDesk({"records": nowhere, "records_gjj_yw": own}, desk.clock)
    assert (await both.ask("GJJ-YW", "GJ-003", ZHANGSAN, {}, 0, 100)).total == 1
    with pytest.raises(DepartmentDown):
        await both.ask("YB-CORE", "YB-032", ZHANGSAN, {}, 0, 100)
    await both.close()


GOOD = {"total": 1, "asOf": "2026-11-23T10:00:00+08:00", "source": "", "records": [{}]}


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        GOOD | {"total": "1"},
        GOOD | {"total": True},
        GOOD | {"total": -1},
        GOOD | {"records": [{}, {}]},
        GOOD | {"records": ["x"]},
        GOOD | {"records": None},
        GOOD | {"asOf": "2026-11-23T10:00:00"},
        GOOD | {"asOf": "yesterday"},
        GOOD | {"asOf": "2026-11-23T11:00:00+08:00"},
        GOOD | {"source": 7},
    ],
)
async def test_an_answer_that_makes_no_sense_is_no_answer(clock: FixedClock, answer: Any) -> None:
    async def query(request: Request) -> Response:
        return JSONResponse(answer)

    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    desk = RecordDesk({"records": DepartmentEndpoint(url, SECRET)}, clock)
    async with serving(Starlette(routes=[Route("/records/X/query", query, methods=["POST"])]), listening):
        with pytest.raises(DepartmentDown):
            await desk.ask("X", "YB-032", None, {}, 0, 100)
        await desk.close()

"""The adapter of the common protocol against its mock, through real HTTP."""

import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mocks.config import MockConfig
from mocks.control import Control
from mocks.people import COMPANIES, PEOPLE
from mocks.signing import signed_headers
from mocks.unified_window.app import Window, create_app
from mocks.unified_window.city import systems as systems_of_the_mock
from services.adapters import unified_window
from services.adapters.unified_window.client import WindowDesk
from services.adapters.unified_window.wire import REMEDIES
from services.applications.model import DeskStatus
from services.applications.ports import Applicant, DeskRequest
from services.kernel.adapter import AdapterContext, AdapterSettings, CircuitState, DepartmentEndpoint
from services.kernel.clock import FixedClock
from services.kernel.errors import DepartmentDown, InvalidInput
from services.kernel.principal import SubjectKind
from services.outbound import SignatureRefused
from tests.city import serving
from tests.e2e.applications.departments import applying_items

SECRET = "shared-secret"
TARGET = "/callbacks/GJJ-YW"


@dataclass
class Bench:
    desks: dict[str, WindowDesk]
    circuits: Any
    control: Control
    window: Window
    clock: FixedClock

    @property
    def desk(self) -> WindowDesk:
        return self.desks["GJJ-YW"]


@pytest.fixture
async def bench(clock: FixedClock) -> AsyncIterator[Bench]:
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app = create_app(MockConfig("http://127.0.0.1:9", url, SECRET, clock.now))
    departments = {
        "unified_window": DepartmentEndpoint(url, SECRET, deadline_seconds=1.0),
        "ycj": DepartmentEndpoint("http://127.0.0.1:9", "another", deadline_seconds=1.0),
        "yc_yw": DepartmentEndpoint("http://127.0.0.1:9", "another", deadline_seconds=1.0),
    }
    settings = AdapterSettings("", None, b"", "", departments)
    built = await unified_window.build(AdapterContext(settings, clock))
    desks: Any = built.common_desks
    async with serving(app, listening):
        yield Bench(desks, built.circuits, app.state.control, app.state.core, clock)
        await built.close()


def request_of(person: str = "zhangsan", **values: Any) -> DeskRequest:
    one = PEOPLE[person]
    applicant = Applicant(SubjectKind.PERSON, one.name, one.id_number)
    request = DeskRequest("a-1", "SQ-TEST", "GJJ-001", one.region, applicant, {"x": 1}, "公积金账户设立")
    return replace(request, **values)


async def test_an_item_done_at_once_is_decided_with_a_document(bench: Bench) -> None:
    answer = await bench.desk.deliver(request_of())
    assert (answer.status, answer.certificate) == (DeskStatus.APPROVED, None)
    assert answer.record is not None
    assert answer.record.title == "公积金账户设立办理结果"
    assert answer.record.number == "GJJ-YW2026112300001"
    assert answer.record.issuer == "聊城市住房公积金管理中心"
    assert answer.record.issued_on.isoformat() == "2026-11-23"


async def test_an_item_whose_certificate_type_is_published_ends_with_one_in_the_applicants_name(bench: Bench) -> None:
    request = request_of(result_type="SI_PROOF")
    answer = await bench.desks["RS-SB"].deliver(request)
    assert answer.certificate is not None
    assert answer.certificate.type_code == "SI_PROOF"
    assert "张三" in answer.certificate.claims.values()
    assert answer.certificate.as_of == bench.clock.now()
    unpublished = await bench.desks["RS-SB"].deliver(request_of(application_id="a-2", result_type="NO_SUCH_TYPE"))
    assert (unpublished.status, unpublished.certificate) == (DeskStatus.APPROVED, None)


async def test_a_promised_item_is_taken_and_decided_later(bench: Bench) -> None:
    bench.control.script("no_callback", seconds=0.2)
    request = request_of(immediate=False, promised_working_days=5)
    assert (await bench.desk.deliver(request)).status is DeskStatus.ACCEPTED
    assert (await bench.desk.status(request)).status in (DeskStatus.ACCEPTED, DeskStatus.IN_REVIEW)
    for task in list(bench.window.tasks):
        await task
    assert (await bench.desk.status(request)).status is DeskStatus.APPROVED


async def test_the_same_application_twice_is_one_matter(bench: Bench) -> None:
    first = await bench.desk.deliver(request_of())
    assert await bench.desk.deliver(request_of()) == first
    assert len(bench.window.matters) == 1
    assert [call["idempotencyKey"] for call in bench.control.log] == ["a-1", "a-1"]


async def test_refusals_carry_reason_and_remedies_in_words(bench: Bench) -> None:
    bench.control.script("refuse", code="NO_ACCOUNT", message="没有公积金账户。", times=1)
    refused = await bench.desk.deliver(request_of())
    assert refused.reason is not None
    assert (refused.status, refused.reason.code) == (DeskStatus.REFUSED, "NO_ACCOUNT")
    assert refused.reason.remedies[0] == "可向聊城市住房公积金管理中心申请复核。"
    stranger = await bench.desk.deliver(
        request_of(application_id="a-2", applicant=Applicant(SubjectKind.PERSON, "张三", PEOPLE["lisi"].id_number))
    )
    assert stranger.reason is not None
    assert (stranger.status, stranger.reason.code) == (DeskStatus.REFUSED, "IDENTITY_MISMATCH")
    assert stranger.reason.remedies == REMEDIES
    bench.control.script("deny", code="X", message="不符合。", times=1)
    denied = await bench.desk.deliver(request_of(application_id="a-3"))
    assert denied.status is DeskStatus.DENIED


async def test_a_correction_is_asked_once_with_the_complete_list_and_its_answer_goes_on(bench: Bench) -> None:
    bench.control.script("correction", code="form.x", message="请补身份证背面；请写明用途")
    asked = await bench.desk.deliver(request_of())
    assert asked.correction is not None
    assert [item.requirement for item in asked.correction.items] == ["请补身份证背面", "请写明用途"]
    assert (asked.correction.working_days, asked.correction.items[0].field) == (5, "form.x")
    answer = request_of(form={"x": 2}, correction_reference=asked.correction.reference, correction_note="已补")
    assert (await bench.desk.correct(answer)).status is DeskStatus.APPROVED
    assert (await bench.desk.correct(answer)).status is DeskStatus.APPROVED
    (matter,) = bench.window.matters.values()
    assert matter.request["form"] == {"x": 2}


async def test_what_the_department_never_got_is_unknown_and_its_withdrawal_is_quiet(bench: Bench) -> None:
    assert (await bench.desk.status(request_of())).status is DeskStatus.UNKNOWN
    await bench.desk.withdraw(request_of())
    await bench.desk.urge(request_of())
    await bench.desk.deliver(request_of())
    await bench.desk.urge(request_of())
    await bench.desk.withdraw(request_of())
    (matter,) = bench.window.matters.values()
    assert (matter.reminders, matter.status) == (1, "WITHDRAWN")


async def test_a_company_is_known_by_its_credit_code(bench: Bench) -> None:
    company = COMPANIES["demo_trading"]
    request = request_of(applicant=Applicant(SubjectKind.COMPANY, company.name, company.uscc))
    assert (await bench.desk.deliver(request)).status is DeskStatus.APPROVED


@pytest.mark.parametrize("kind", ["outage", "garbage", "slow_drip", "delay"])
async def test_a_sick_department_is_down_and_its_neighbour_is_not(bench: Bench, kind: str) -> None:
    bench.control.script(kind, scope="GJJ-YW", seconds=5)
    with pytest.raises(DepartmentDown) as down:
        await bench.desk.deliver(request_of())
    assert down.value.extensions["department"] == "GJJ-YW"
    assert bench.desk.standing().failing_since == bench.clock.now()
    assert (await bench.desks["GA-HZ"].deliver(request_of())).status is DeskStatus.APPROVED
    assert bench.desks["GA-HZ"].standing().failing_since is None


async def test_each_system_has_a_breaker_of_its_own_and_an_address_if_it_wants(bench: Bench) -> None:
    for _ in range(5):
        with pytest.raises(DepartmentDown):
            await bench.desks["YC-YW"].deliver(request_of())
    states = {system: state() for system, state in bench.circuits.items()}
    assert [system for system, state in states.items() if state is not CircuitState.CLOSED] == ["YC-YW"]


async def test_a_lost_answer_is_asked_for_again_and_the_work_is_done_once(bench: Bench) -> None:
    bench.control.script("lost_answer", times=1)
    assert (await bench.desk.deliver(request_of())).status is DeskStatus.APPROVED
    assert [call["repeat"] for call in bench.control.log] == [False, True]


GOOD = {"matterId": "a-1", "caseNumber": "1", "asOf": "2026-11-23T10:00:00+08:00"}
NOTICES = [
    ({**GOOD, "status": "ACCEPTED"}, DeskStatus.ACCEPTED),
    ({**GOOD, "status": "SPECIAL_PROCEDURE"}, DeskStatus.SPECIAL_PROCEDURE),
    ({**GOOD, "status": "DENIED", "reason": {"code": "X", "sentence": "不符合。"}}, DeskStatus.DENIED),
]
BAD: list[Any] = [
    None,
    [],
    {**GOOD, "status": "UNKNOWN"},
    {**GOOD, "status": "MAYBE"},
    {**GOOD, "status": "APPROVED"},
    {**GOOD, "status": "REFUSED", "reason": {"code": "X", "sentence": ""}},
    {**GOOD, "status": "CORRECTION_ASKED", "correction": {"reference": "1", "workingDays": 5, "items": []}},
    {
        **GOOD,
        "status": "CORRECTION_ASKED",
        "correction": {"reference": "1", "workingDays": 0, "items": [{"requirement": "x"}]},
    },
    {**GOOD, "status": "ACCEPTED", "matterId": 7},
]


@pytest.mark.parametrize(("notice", "status"), NOTICES)
async def test_a_signed_notice_is_read(bench: Bench, notice: Any, status: DeskStatus) -> None:
    body = json.dumps(notice).encode()
    headers = signed_headers(SECRET, "POST", TARGET, body, bench.clock.now())
    read = bench.desk.read_callback(TARGET, {name.lower(): value for name, value in headers.items()}, body)
    assert (read.application_id, read.answer.status) == ("a-1", status)


@pytest.mark.parametrize("notice", BAD)
async def test_a_notice_against_the_protocol_is_refused(bench: Bench, notice: Any) -> None:
    body = json.dumps(notice).encode()
    headers = signed_headers(SECRET, "POST", TARGET, body, bench.clock.now())
    with pytest.raises(InvalidInput):
        bench.desk.read_callback(TARGET, {name.lower(): value for name, value in headers.items()}, body)


async def test_a_notice_signed_by_another_system_is_refused(bench: Bench) -> None:
    body = json.dumps(NOTICES[0][0]).encode()
    headers = signed_headers("another", "POST", TARGET, body, bench.clock.now())
    with pytest.raises(SignatureRefused):
        bench.desk.read_callback(TARGET, {name.lower(): value for name, value in headers.items()}, body)


def test_every_item_that_can_be_applied_for_has_a_desk() -> None:
    lacking = {item["adapter"] for item in applying_items().values()} - set(unified_window.systems())
    assert lacking == set()


def test_the_mock_plays_every_system_that_the_adapter_knows() -> None:
    assert set(systems_of_the_mock()) == set(unified_window.systems())
    assert len({unified_window.setting_of(system) for system in unified_window.systems()}) == len(
        unified_window.systems()
    )

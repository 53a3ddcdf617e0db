"""The adapter of the medical insurance core against its mock, through real HTTP."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from starlette.applications import Starlette

from mocks.config import MockConfig
from mocks.control import Control
from mocks.medical_insurance.app import Core, create_app
from mocks.people import PEOPLE
from mocks.signing import signed_headers
from services.adapters.medical_insurance import MedicalInsuranceDesk
from services.applications.model import DeskStatus
from services.applications.ports import Applicant, DeskRequest
from services.kernel.adapter import DepartmentEndpoint
from services.kernel.clock import FixedClock
from services.kernel.errors import DepartmentDown, InvalidInput
from services.kernel.principal import SubjectKind
from services.outbound import DepartmentClient, SignatureRefused
from tests.city import serving

SECRET = "shared-secret"
TARGET = "/callbacks/medical_insurance"


@dataclass
class Desk:
    desk: MedicalInsuranceDesk
    control: Control
    core: Core
    clock: FixedClock


@pytest.fixture
async def desk(clock: FixedClock) -> AsyncIterator[Desk]:
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app: Starlette = create_app(MockConfig("http://127.0.0.1:9", url, SECRET, clock.now))
    client = DepartmentClient(DepartmentEndpoint(url, SECRET, deadline_seconds=1.0), "medical_insurance", clock)
    async with serving(app, listening):
        yield Desk(MedicalInsuranceDesk(client, SECRET, clock), app.state.control, app.state.core, clock)
        await client.close()


def request_of(person: str, insurance: str = "EMPLOYEE", application_id: str = "a-1") -> DeskRequest:
    one = PEOPLE[person]
    applicant = Applicant(SubjectKind.PERSON, one.name, one.id_number)
    form = {"insuranceType": insurance, "purpose": "TRANSFER"}
    return DeskRequest(application_id, "SQ-TEST", "YB-010", one.region, applicant, form)


async def test_an_insured_employee_gets_a_voucher_with_the_months_and_the_balance(desk: Desk) -> None:
    answer = await desk.desk.deliver(request_of("zhangsan"))
    assert answer.status is DeskStatus.APPROVED
    assert answer.certificate is not None
    assert answer.certificate.claims == {
        "holder_name": "张三",
        "gender": "1",
        "birth_date": "1990-01-01",
        "id_number": "371599199001010011",
        "insutype": "310",
        "from_month": "201407",
        "to_month": "202610",
        "paid_months": 148,
        "cert_no": "LC202611230001",
        "issuing_authority": "聊城市医疗保险事业中心",
        "issue_date": "2026-11-23",
        "account_balance": "3256.40",
    }
    assert answer.certificate.valid_from == date(2026, 11, 23)
    assert answer.certificate.as_of == desk.clock.now()


async def test_a_child_is_insured_as_a_resident_and_has_no_account(desk: Desk) -> None:
    answer = await desk.desk.deliver(request_of("zhangxiaoyi", "RESIDENT"))
    assert answer.certificate is not None
    assert answer.certificate.claims["insutype"] == "390"
    assert "account_balance" not in answer.certificate.claims


async def test_delivering_twice_does_the_work_once(desk: Desk) -> None:
    first = await desk.desk.deliver(request_of("lisi"))
    assert await desk.desk.deliver(request_of("lisi")) == first
    assert [call["repeat"] for call in desk.control.log] == [False, True]
    assert len(desk.core.matters) == 1


@pytest.mark.parametrize(
    ("person", "insurance", "code"),
    [
        ("zhaoliu", "EMPLOYEE", "NO_ENROLMENT_RECORD"),
        ("zhangxiaoer", "RESIDENT", "NO_ENROLMENT_RECORD"),
        ("zhangsan", "RESIDENT", "NOT_ENROLLED_IN_TYPE"),
    ],
)
async def test_who_has_no_record_is_refused_with_our_reason_and_remedies(
    desk: Desk, person: str, insurance: str, code: str
) -> None:
    answer = await desk.desk.deliver(request_of(person, insurance))
    assert answer.status is DeskStatus.REFUSED
    assert answer.reason is not None
    assert answer.reason.code == code
    assert len(answer.reason.remedies) == 3
    assert desk.core.matters == {}


async def test_a_name_that_does_not_fit_the_number_is_refused(desk: Desk) -> None:
    request = request_of("zhangsan")
    answer = await desk.desk.deliver(replace(request, applicant=replace(request.applicant, name="张四")))
    assert answer.reason is not None
    assert answer.reason.code == "IDENTITY_MISMATCH"


async def test_a_reason_that_we_do_not_know_keeps_the_departments_sentence(desk: Desk) -> None:
    desk.control.script("refuse", PEOPLE["zhangsan"].id_number, code="YB7777", message="系统年结，暂停办理")
    answer = await desk.desk.deliver(request_of("zhangsan"))
    assert answer.reason is not None
    assert (answer.reason.code, answer.reason.sentence) == ("DEPARTMENT_REFUSED", "系统年结，暂停办理")
    assert (await desk.desk.deliver(request_of("lisi"))).status is DeskStatus.APPROVED


@pytest.mark.parametrize("kind", ["outage", "garbage"])
async def test_a_short_outage_or_some_garbage_is_tried_again(desk: Desk, kind: str) -> None:
    desk.control.script(kind, times=1)
    assert (await desk.desk.deliver(request_of("zhangsan"))).status is DeskStatus.APPROVED


@pytest.mark.parametrize("kind", ["outage", "garbage"])
async def test_a_lasting_outage_or_garbage_is_a_department_down(desk: Desk, kind: str) -> None:
    desk.control.script(kind)
    with pytest.raises(DepartmentDown) as down:
        await desk.desk.deliver(request_of("zhangsan"))
    assert down.value.extensions == {"department": "medical_insurance"}
    assert len(desk.control.log) == 3
    assert desk.core.matters == {}


@pytest.mark.parametrize("kind", ["delay", "slow_drip"])
async def test_a_slow_department_is_down_at_our_deadline(desk: Desk, kind: str) -> None:
    desk.control.script(kind, seconds=1.5)
    with pytest.raises(DepartmentDown):
        await desk.desk.deliver(request_of("zhangsan"))


async def test_a_lost_answer_is_asked_for_again_and_the_voucher_made_once(desk: Desk) -> None:
    desk.control.script("lost_answer", times=1)
    answer = await desk.desk.deliver(request_of("zhangsan"))
    assert answer.status is DeskStatus.APPROVED
    assert [call["repeat"] for call in desk.control.log] == [False, True]


async def test_an_asynchronous_department_accepts_and_its_status_tells_the_rest(desk: Desk) -> None:
    desk.control.script("no_callback", seconds=0.05)
    assert (await desk.desk.deliver(request_of("zhangsan"))).status is DeskStatus.ACCEPTED
    while desk.core.tasks:
        await next(iter(desk.core.tasks))
    assert (await desk.desk.status(request_of("zhangsan"))).status is DeskStatus.APPROVED


async def test_the_department_says_that_it_never_got_an_application(desk: Desk) -> None:
    assert (await desk.desk.status(request_of("zhangsan"))).status is DeskStatus.UNKNOWN
    await desk.desk.withdraw(request_of("zhangsan"))
    assert desk.core.matters == {}


async def test_a_withdrawal_reaches_the_department(desk: Desk) -> None:
    desk.control.script("no_callback", seconds=60)
    await desk.desk.deliver(request_of("zhangsan"))
    await desk.desk.withdraw(request_of("zhangsan"))
    assert desk.core.matters["a-1"].pzzt == "3"


async def test_the_mock_refuses_a_call_signed_with_another_secret(desk: Desk) -> None:
    stranger = DepartmentClient(
        DepartmentEndpoint(desk.core.config.own_url, "wrong", 1.0), "medical_insurance", desk.clock
    )
    with pytest.raises(DepartmentDown):
        await MedicalInsuranceDesk(stranger, "wrong", desk.clock).deliver(request_of("zhangsan"))
    await stranger.close()
    assert desk.core.matters == {}


# -- callbacks -----------------------------------------------------------------------------------


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


async def test_a_signed_notice_is_read_and_carries_its_nonce(desk: Desk) -> None:
    body = b'{"infno": "LC5390", "input": {"data": {"ywlsh": "a-1", "pzzt": "0"}}}'
    headers = lower(signed_headers(SECRET, "POST", TARGET, body, desk.clock.now()))
    callback = desk.desk.read_callback(TARGET, headers, body)
    assert (callback.application_id, callback.nonce) == ("a-1", headers["x-nonce"])
    assert callback.answer.status is DeskStatus.ACCEPTED


@pytest.mark.parametrize("spoilt", ["secret", "body", "target", "stale", "early", "nonce", "nothing"])
async def test_a_forged_altered_or_stale_notice_is_refused(desk: Desk, spoilt: str) -> None:
    body, now = b'{"infno": "LC5390", "input": {"data": {"ywlsh": "a-1", "pzzt": "0"}}}', desk.clock.now()
    when = {"stale": now - timedelta(minutes=5, seconds=1), "early": now + timedelta(minutes=5, seconds=1)}
    secret = "guess" if spoilt == "secret" else SECRET
    target = "/callbacks/another" if spoilt == "target" else TARGET
    headers = lower(signed_headers(secret, "POST", target, body, when.get(spoilt, now)))
    if spoilt == "nonce":
        headers["x-nonce"] = "0" * 32
    if spoilt == "nothing":
        headers = {}
    sent = body.replace(b'"0"', b'"1"') if spoilt == "body" else body
    with pytest.raises(SignatureRefused):
        desk.desk.read_callback(TARGET, headers, sent)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"nonsense", b'{"infno": "LC5390", "input": {"data": {"ywlsh": "a", "pzzt": "9"}}}']
)
async def test_a_signed_notice_that_makes_no_sense_is_invalid(desk: Desk, body: bytes) -> None:
    headers = lower(signed_headers(SECRET, "POST", TARGET, body, desk.clock.now()))
    with pytest.raises(InvalidInput):
        desk.desk.read_callback(TARGET, headers, body)


async def test_an_item_without_a_transaction_of_its_own_is_refused_in_words_and_never_sent(desk: Desk) -> None:
    request = replace(request_of("zhangsan"), item_code="YB-011", form={})
    assert not desk.desk.takes("YB-011")
    assert desk.desk.takes("YB-010")
    answer = await desk.desk.deliver(request)
    assert answer.reason is not None
    assert (answer.status, answer.reason.code) == (DeskStatus.REFUSED, "NOT_HANDLED_HERE")
    assert desk.control.log == []


async def test_a_reminder_reaches_the_department_and_changes_nothing(desk: Desk) -> None:
    await desk.desk.deliver(request_of("zhangsan"))
    await desk.desk.urge(request_of("zhangsan"))
    assert [call["operation"] for call in desk.control.log] == ["LC5301", "LC5304"]
    assert (await desk.desk.correct(request_of("zhangsan"))).status is DeskStatus.APPROVED

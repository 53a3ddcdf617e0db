"""Corrections, warnings, urging and supervision, on fakes and a clock that moves when told."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.applications.desks import Desks
from services.applications.model import (
    Actor,
    Change,
    CorrectionAsk,
    CorrectionItem,
    DeskAnswer,
    DeskStatus,
    NoteCode,
    ResultRecord,
    State,
)
from services.durable.port import Finish, Wait
from services.kernel.clock import CHINA
from services.kernel.errors import DepartmentDown, Rejected
from tests.unit.applications.test_applications_workflow import APPROVED, Bench, Desk, bench

__all__ = ["bench"]

ASK = CorrectionAsk("BZ-1", (CorrectionItem("请补婚姻证明"), CorrectionItem("请写明用途", "form.purpose")), 5)
ASKED = DeskAnswer(DeskStatus.CORRECTION_ASKED, correction=ASK)


async def asked(bench: Bench) -> Wait:
    bench.desk.answers = [ASKED]
    outcome = await bench.settle()
    assert isinstance(outcome, Wait)
    return outcome


async def answer(bench: Bench) -> None:
    """As the service does it."""
    change, now = Change(bench.application), bench.clock.now()
    change.move(State.SUBMITTED, Actor.APPLICANT, now)
    correction = change.application.correction
    assert correction is not None
    answered = replace(correction, answered_at=now, note="已补")
    change.application = replace(change.application, form={"purpose": "x"}, correction=answered)
    await bench.store.save(change)


def codes(bench: Bench) -> list[str]:
    return [event.reason_code for event in bench.store.record["a"] if event.reason_code]


async def test_a_correction_waits_for_the_citizen_until_its_last_working_day(bench: Bench) -> None:
    outcome = await asked(bench)
    assert (outcome.step, outcome.owner) == ("correct", "CITIZEN")
    correction = bench.application.correction
    assert correction is not None
    # Asked on 2020-09-29: 30 September, then 9, 10 (a make-up day), 12 and 13 October.
    assert correction.due_at == datetime(2020, 10, 13, 23, 59, 59, tzinfo=CHINA)
    assert correction.items == ASK.items
    assert outcome.until == datetime(2020, 10, 12, tzinfo=CHINA)


async def test_its_answer_goes_to_the_department_once_and_the_matter_goes_on(bench: Bench) -> None:
    await asked(bench)
    await answer(bench)
    bench.desk.answers = [APPROVED]
    assert isinstance(await bench.settle(), Finish)
    assert bench.desk.calls == ["deliver", "correct"]
    assert bench.application.state is State.CLOSED


async def test_a_department_that_is_down_for_the_answer_gets_it_when_it_is_back(bench: Bench) -> None:
    await asked(bench)
    await answer(bench)
    bench.desk.answers = [DepartmentDown("dept")]
    with pytest.raises(DepartmentDown):
        await bench.settle()
    assert codes(bench) == [NoteCode.DEPARTMENT_SILENT]
    bench.desk.answers = [DeskAnswer(DeskStatus.UNKNOWN), APPROVED]
    assert isinstance(await bench.settle(), Finish)
    assert bench.desk.calls == ["deliver", "correct", "correct", "deliver"]


async def test_an_answer_that_meets_a_running_question_is_not_overtaken_by_it(bench: Bench) -> None:
    await asked(bench)
    bench.step = "ask"  # the department's callback came while the flow was asking
    await answer(bench)
    bench.desk.answers = [DeskAnswer(DeskStatus.ACCEPTED)]
    assert isinstance(await bench.settle(), Wait)
    assert bench.desk.calls == ["deliver", "correct"]


async def test_a_warning_comes_once_and_then_the_application_lapses_and_is_recalled(bench: Bench) -> None:
    first = await asked(bench)
    bench.clock.advance(first.until - bench.clock.now())
    outcome = await bench.settle()
    assert isinstance(outcome, Wait)
    assert codes(bench) == [NoteCode.CORRECTION_DUE_SOON]
    bench.clock.advance(outcome.until - bench.clock.now())
    assert isinstance(await bench.settle(), Finish)
    assert bench.application.state is State.LAPSED
    assert bench.application.closed_at == bench.clock.now()
    assert bench.desk.calls == ["deliver", "withdraw"]
    assert codes(bench) == [NoteCode.CORRECTION_DUE_SOON]


async def test_a_second_asking_is_told_as_such_and_a_repeat_of_the_first_is_nothing(bench: Bench) -> None:
    await asked(bench)
    assert not await bench.delivery.apply("a", ASKED)
    await answer(bench)
    assert not await bench.delivery.apply("a", ASKED)
    second = DeskAnswer(DeskStatus.CORRECTION_ASKED, correction=replace(ASK, reference="BZ-2"))
    assert await bench.delivery.apply("a", second)
    assert not await bench.delivery.apply("a", second)
    assert codes(bench) == [NoteCode.SECOND_CORRECTION]
    assert bench.application.state is State.SUBMITTED


async def test_what_a_department_says_while_the_citizen_corrects_is_too_early(bench: Bench) -> None:
    await asked(bench)
    for status in (DeskStatus.ACCEPTED, DeskStatus.IN_REVIEW, DeskStatus.RECEIVED):
        assert not await bench.delivery.apply("a", DeskAnswer(status))
    assert bench.application.state is State.CORRECTION_ASKED


@pytest.mark.parametrize("bench", [5], indirect=True)
async def test_the_promise_warns_then_urges_then_goes_to_the_citys_supervision(bench: Bench) -> None:
    bench.desk.answers = [DeskAnswer(DeskStatus.ACCEPTED) for _ in range(1000)]
    told: dict[str, datetime] = {}
    owners: dict[str, str] = {}
    outcome = await bench.settle()
    while len(told) < 3:
        assert isinstance(outcome, Wait)
        bench.clock.advance(outcome.until - bench.clock.now())
        outcome = await bench.settle()
        for code in codes(bench):
            told.setdefault(code, bench.clock.now().astimezone(CHINA))
            owners.setdefault(code, outcome.owner if isinstance(outcome, Wait) else "")
    assert told == {
        NoteCode.DUE_SOON: datetime(2020, 10, 12, tzinfo=CHINA),
        NoteCode.DEPARTMENT_URGED: datetime(2020, 10, 14, tzinfo=CHINA),
        NoteCode.SUPERVISED: datetime(2020, 10, 17, tzinfo=CHINA),
    }
    assert owners == {NoteCode.DUE_SOON: "YBJ", NoteCode.DEPARTMENT_URGED: "YBJ", NoteCode.SUPERVISED: "CITY"}
    assert bench.desk.calls.count("urge") == 1


async def test_a_certificate_that_the_wallet_refuses_leaves_the_decision_and_its_document(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*what: Any) -> str:
        raise Rejected()

    monkeypatch.setattr(bench.others, "register", refuse)
    record = ResultRecord("决定书", "2020-1", "市医保局", date(2020, 9, 29))
    bench.desk.answers = [replace(APPROVED, record=record)]
    assert isinstance(await bench.settle(), Finish)
    one = bench.application
    assert (one.state, one.certificate_id, one.result) == (State.CLOSED, None, record)
    assert State.CERTIFICATE_MADE not in [event.state for event in bench.store.record["a"]]
    assert codes(bench) == [NoteCode.CERTIFICATE_NOT_KEPT]


def test_an_item_that_its_own_system_cannot_handle_goes_by_the_common_protocol(bench: Bench) -> None:
    class Narrow(Desk):
        def takes(self, item_code: str) -> bool:
            return item_code == "YB-010"

    own: Any = Narrow("own")
    common: Any = Desk("SYS")
    desks = Desks({"SYS": own}, {"SYS": common, "OTHER": common})
    assert (desks.for_item("SYS", "YB-010"), desks.for_item("SYS", "YB-011")) == (own, common)
    assert desks.for_item("NOBODY", "YB-010") is None
    assert desks.of(replace(bench.application, item_code="YB-010", desk="SYS")) is common
    assert desks.of(replace(bench.application, item_code="YB-010")) is own


async def test_an_application_whose_system_has_no_desk_any_more_waits_for_one(bench: Bench) -> None:
    bench.delivery.desks._own = {}
    bench.delivery.desks._by_name = {}
    with pytest.raises(DepartmentDown):
        await bench.run()
    assert bench.application.state is State.SUBMITTED
    assert bench.clock.now() - bench.application.created_at == timedelta()

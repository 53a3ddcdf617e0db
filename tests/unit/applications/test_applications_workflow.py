"""The delivery of an application, on fakes of its ports and a clock that moves when told."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.applications.desks import Desks
from services.applications.model import (
    Actor,
    Application,
    CertificateResult,
    Change,
    DeskAnswer,
    DeskStatus,
    Event,
    Reason,
    State,
)
from services.applications.ports import Applicant, DeskRequest
from services.applications.promise import URGED
from services.applications.workflow import KIND, PARKED, SILENT, Delivery
from services.durable.port import Advance, Attempt, Finish, Outcome, Wait
from services.kernel.clock import CHINA, FixedClock
from services.kernel.errors import Conflict, DepartmentDown
from services.kernel.principal import Subject, SubjectKind
from services.kernel.workdays import WorkCalendar

OWNER = Subject(SubjectKind.PERSON, "p-1")
START = datetime(2020, 9, 29, 2, 0, tzinfo=UTC)
VOUCHER = CertificateResult("INSURED_PROOF", {"a": 1}, "x", date(2020, 9, 29), None, "x", START)
APPROVED = DeskAnswer(DeskStatus.APPROVED, certificate=VOUCHER)


@dataclass
class Store:
    """`ApplicationStore` in memory."""

    rows: dict[str, Application] = field(default_factory=dict)
    record: dict[str, list[Event]] = field(default_factory=dict)

    async def add(self, change: Change) -> None:
        await self.save(change)

    async def save(self, change: Change) -> None:
        one = change.application
        if self.rows.get(one.id, replace(one, version=0)).version != change.expected_version:
            raise Conflict()
        self.rows[one.id] = one
        self.record.setdefault(one.id, []).extend(change.events)

    async def get(self, application_id: str) -> Application | None:
        return self.rows.get(application_id)

    get_for_change = get

    async def events(self, application_ids: Collection[str]) -> Mapping[str, Sequence[Event]]:
        return {one: self.record[one] for one in application_ids}


@dataclass
class Desk:
    """`DepartmentDesk` that answers from a list."""

    name: str = "dept"
    answers: list[DeskAnswer | Exception] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    async def _next(self, call: str) -> DeskAnswer:
        self.calls.append(call)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def deliver(self, request: DeskRequest) -> DeskAnswer:
        return await self._next("deliver")

    async def status(self, request: DeskRequest) -> DeskAnswer:
        return await self._next("status")

    def takes(self, item_code: str) -> bool:
        return True

    async def correct(self, request: DeskRequest) -> DeskAnswer:
        return await self._next("correct")

    async def urge(self, request: DeskRequest) -> None:
        self.calls.append("urge")

    async def withdraw(self, request: DeskRequest) -> None:
        self.calls.append("withdraw")


class Others:
    """Who the applicant is, the wallet, and watchers."""

    def __init__(self) -> None:
        self.registered: list[Any] = []
        self.published: list[str] = []

    async def applicant(self, subject: Subject) -> Applicant:
        return Applicant(subject.kind, "张三", "371599199001010011")

    async def register(self, *what: Any) -> str:
        self.registered.append(what)
        return f"c-{len(self.registered)}"

    async def publish(self, topic: str, payload: str = "") -> None:
        self.published.append(topic)


@asynccontextmanager
async def unit_of_work() -> AsyncIterator[None]:
    yield


@dataclass
class Bench:
    store: Store
    desk: Desk
    others: Others
    clock: FixedClock
    delivery: Delivery
    step: str = "deliver"
    state: dict[str, Any] = field(default_factory=dict)

    async def run(self) -> Outcome:
        """One step, as the engine runs it."""
        attempt = Attempt("f", KIND, "a", self.step, 0, 1, self.state, self.clock.now())
        outcome = await self.delivery(attempt)
        await outcome.apply()
        if not isinstance(outcome, Finish):
            self.step = outcome.step
            self.state = dict(self.state if outcome.state is None else outcome.state)
        return outcome

    async def settle(self) -> Outcome:
        """Steps until the flow waits or ends."""
        while isinstance(outcome := await self.run(), Advance):
            pass
        return outcome

    @property
    def application(self) -> Application:
        return self.store.rows["a"]

    @property
    def sentences(self) -> list[str]:
        return [event.sentence for event in self.store.record["a"]]


@pytest.fixture
async def bench(request: pytest.FixtureRequest) -> Bench:
    days: int = getattr(request, "param", 0)
    store, desk, others, clock = Store(), Desk(), Others(), FixedClock(START)
    change = Change(
        Application("a", "SQ-1", "YB-010", "n", "YBJ", "SYS", "371502", OWNER, "p-1", {}, days == 0, days, START, START)
    )
    change.move(State.SUBMITTED, Actor.APPLICANT, START)
    await store.save(change)
    desks: Any = {"SYS": desk}
    fakes: Any = (store, Desks(desks), others, others, unit_of_work, None, others, clock)
    return Bench(store, desk, others, clock, Delivery(*fakes, WorkCalendar()))


async def test_an_answer_at_once_ends_the_flow_and_makes_one_certificate(bench: Bench) -> None:
    bench.desk.answers = [APPROVED]
    assert isinstance(await bench.settle(), Finish)
    assert (bench.application.state, bench.application.certificate_id) == (State.CLOSED, "c-1")
    assert bench.others.registered[0][:2] == (OWNER, "INSURED_PROOF")
    assert bench.others.published == ["application:a"]


async def test_a_refusal_keeps_its_reason_and_makes_nothing(bench: Bench) -> None:
    bench.desk.answers = [DeskAnswer(DeskStatus.REFUSED, Reason("NO", "没有记录。", ("复核",)))]
    assert isinstance(await bench.settle(), Finish)
    assert bench.application.state is State.REFUSED
    assert bench.application.reason == Reason("NO", "没有记录。", ("复核",))
    assert bench.others.registered == []


async def test_a_silent_department_is_told_once_and_again_only_after_something_else(bench: Bench) -> None:
    bench.desk.answers = [DepartmentDown("dept") for _ in range(3)]
    for _ in range(3):
        with pytest.raises(DepartmentDown):
            await bench.run()
    assert bench.sentences.count(SILENT) == 1
    assert bench.application.state is State.SUBMITTED
    bench.desk.answers = [APPROVED]
    await bench.settle()
    assert bench.application.state is State.CLOSED


async def test_an_applicant_is_told_once_that_the_staff_acts_and_never_after_the_end(bench: Bench) -> None:
    attempt = Attempt("f", KIND, "a", "deliver", 0, 1, {}, bench.clock.now())
    for _ in range(2):
        await bench.delivery.parked(attempt, "KeyError")
    assert bench.sentences.count(PARKED) == 1
    assert bench.others.published == ["application:a"]
    bench.desk.answers = [APPROVED]
    await bench.settle()
    await bench.delivery.parked(attempt, "KeyError")
    assert bench.sentences.count(PARKED) == 1


@pytest.mark.parametrize("bench", [5], indirect=True)
async def test_a_promised_item_gets_its_due_date_when_it_is_accepted_over_the_holidays(bench: Bench) -> None:
    bench.desk.answers = [DeskAnswer(DeskStatus.ACCEPTED)]
    outcome = await bench.settle()
    assert isinstance(outcome, Wait)
    assert (outcome.step, outcome.owner) == ("ask", "YBJ")
    # From 2020-09-29: 30 September, then 9, 10, 12 and 13 October.
    assert bench.application.due_at == datetime(2020, 10, 13, 23, 59, 59, tzinfo=CHINA)
    assert not bench.application.due_provisional


@pytest.mark.parametrize("bench", [1], indirect=True)
async def test_a_department_past_its_promise_is_urged_once_and_asked_on(bench: Bench) -> None:
    bench.desk.answers = [DeskAnswer(DeskStatus.ACCEPTED) for _ in range(4)]
    await bench.settle()
    bench.clock.advance(timedelta(days=30))
    for _ in range(3):
        assert isinstance(await bench.settle(), Wait)
    assert bench.sentences.count(URGED) == 1
    bench.desk.answers = [APPROVED]
    assert isinstance(await bench.settle(), Finish)


async def test_asking_grows_rarer_up_to_an_hour(bench: Bench) -> None:
    bench.desk.answers = [DeskAnswer(DeskStatus.ACCEPTED) for _ in range(10)]
    waits = []
    for _ in range(10):
        outcome = await bench.settle()
        assert isinstance(outcome, Wait)
        waits.append((outcome.until - bench.clock.now()) / timedelta(minutes=1))
        bench.clock.advance(outcome.until - bench.clock.now())
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


async def test_a_department_that_lost_an_application_gets_it_again(bench: Bench) -> None:
    bench.desk.answers = [DeskAnswer(DeskStatus.ACCEPTED), DeskAnswer(DeskStatus.UNKNOWN), APPROVED]
    await bench.settle()
    assert isinstance(await bench.settle(), Finish)
    assert bench.desk.calls == ["deliver", "status", "deliver"]
    assert bench.application.state is State.CLOSED


async def test_an_application_withdrawn_while_the_department_answers_is_recalled_and_stays_withdrawn(
    bench: Bench,
) -> None:
    bench.desk.answers = [APPROVED]
    attempt = Attempt("f", KIND, "a", "deliver", 0, 1, {}, bench.clock.now())
    outcome = await bench.delivery(attempt)
    change = Change(bench.application)
    change.move(State.WITHDRAWN, Actor.APPLICANT, bench.clock.now())
    await bench.store.save(change)
    await outcome.apply()
    bench.step = "settle"
    assert isinstance(await bench.settle(), Finish)
    assert bench.application.state is State.WITHDRAWN
    assert bench.desk.calls == ["deliver", "withdraw"]
    assert bench.others.registered == []


async def test_a_special_procedure_is_recorded_and_left_again(bench: Bench) -> None:
    bench.desk.answers = [
        DeskAnswer(DeskStatus.SPECIAL_PROCEDURE),
        DeskAnswer(DeskStatus.IN_REVIEW),
        DeskAnswer(DeskStatus.DENIED, Reason("X", "不符合。")),
    ]
    for _ in range(3):
        await bench.settle()
    assert [event.state for event in bench.store.record["a"]] == [
        State.SUBMITTED,
        State.ACCEPTED,
        State.IN_REVIEW,
        State.SPECIAL_PROCEDURE,
        State.IN_REVIEW,
        State.DENIED,
    ]


@pytest.mark.parametrize("bench", [5], indirect=True)
async def test_a_special_procedure_stops_the_clock_and_its_working_days_are_added(bench: Bench) -> None:
    bench.desk.answers = [DeskAnswer(DeskStatus.ACCEPTED), DeskAnswer(DeskStatus.SPECIAL_PROCEDURE)]
    await bench.settle()
    bench.clock.advance(timedelta(days=1))
    await bench.settle()
    bench.clock.advance(timedelta(days=30))
    bench.desk.answers = [DeskAnswer(DeskStatus.SPECIAL_PROCEDURE)]
    await bench.settle()
    assert URGED not in bench.sentences
    bench.desk.answers = [DeskAnswer(DeskStatus.IN_REVIEW)]
    await bench.settle()
    # Stopped from 30 September to 30 October: 17 working days, added to 13 October.
    assert bench.application.due_at == datetime(2020, 11, 5, 23, 59, 59, tzinfo=CHINA)
    assert URGED not in bench.sentences

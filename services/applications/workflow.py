"""Carries an application to its department and its answer back, over crashes and outages.

    deliver ──answer──▶ settle ──over──▶ (end)
       ▲                  │ not over
       │ UNKNOWN          ├─▶ ask (at its poll date, or woken) ──answer──▶ settle
       └──────────────────┤
                          ├─▶ correct (a correction was asked: woken by its answer, or lapsed) ──▶ settle
                          └─▶ urge (the promise is over) ──▶ settle
    settle ──withdrawn or lapsed──▶ recall ──▶ (end)

Every call to the department carries the application's id as idempotency key, so that a step that is
tried again does the work once. An answer is applied in the transaction that ends its step, under a lock
on the application; a callback does the same (`service.receive_callback`). Whoever comes second finds
nothing new to do. `settle` runs after that transaction: only then are watchers told.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from services.applications.desks import Desks
from services.applications.model import (
    STATES,
    TRANSITIONS,
    Actor,
    Application,
    Change,
    Correction,
    DeskAnswer,
    DeskStatus,
    NoteCode,
    ResultRecord,
    State,
    path_to,
)
from services.applications.ports import (
    Applicants,
    ApplicationStore,
    CertificateRegistrar,
    DepartmentDesk,
    DeskRequest,
)
from services.applications.promise import URGED, marks
from services.durable.port import Advance, Attempt, DurableWork, Finish, Outcome, Wait
from services.kernel import tracing
from services.kernel.clock import Clock
from services.kernel.errors import DepartmentDown, NotFound, Rejected, Unavailable
from services.kernel.events import EventBus
from services.kernel.unit_of_work import Json, UnitOfWork
from services.kernel.workdays import WorkCalendar

log = structlog.get_logger("services.applications")

KIND = "applications.deliver"
FIRST_POLL = timedelta(minutes=1)
LONGEST_POLL = timedelta(hours=1)
SILENT = "部门系统暂时没有响应，我们会继续送达。"
SECOND_ASKING = "部门再次要求补正。依法只能一次告知，我们已请部门直接作出处理。"
NOT_KEPT = "结果证照暂时不能放入卡包，请凭结果文书编号使用，我们正在与部门核对。"

PARKED = "系统在送办时遇到问题，已通知分厅工作人员处理，您不用重复提交。"


def topic(application_id: str) -> str:
    """Where watchers of an application listen."""
    return f"application:{application_id}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The handler of `applications.deliver`."""

    store: ApplicationStore
    desks: Desks
    applicants: Applicants
    certificates: CertificateRegistrar
    unit_of_work: UnitOfWork
    durable: DurableWork
    events: EventBus
    clock: Clock
    calendar: WorkCalendar

    async def start(self, application_id: str) -> None:
        """Begin to deliver, in the open unit of work."""
        await self.durable.start(KIND, application_id, "deliver", {"trace_id": tracing.trace_id()})

    async def __call__(self, attempt: Attempt) -> Outcome:
        token = tracing.enter(str(attempt.state.get("trace_id") or tracing.new_trace_id()))
        try:
            return await self._step_of(attempt)
        finally:
            tracing.leave(token)

    async def parked(self, attempt: Attempt, code: str) -> None:
        """Tell the applicant that the city's staff must act: operators are alerted (docs/operators.md)."""
        async with self.unit_of_work():
            noted = await self._note(attempt.subject_id, NoteCode.HANDLED_BY_STAFF, PARKED)
        if noted:
            await self.events.publish(topic(attempt.subject_id))

    async def _step_of(self, attempt: Attempt) -> Outcome:
        application = await self.store.get(attempt.subject_id)
        if application is None:
            raise NotFound()
        match attempt.step:
            case "deliver" | "ask":
                return await self._talk(attempt, application)
            case "settle":
                return await self._settle(attempt, application)
            case "correct":
                return await self._correct(attempt, application)
            case "urge":
                return await self._urge(application)
            case "recall":
                await self._desk(application).withdraw(await self._request(application))
                return Finish()
        raise ValueError(f"no step {attempt.step}")

    def _desk(self, application: Application) -> DepartmentDesk:
        """Its desk. Raises `DepartmentDown` when there is none any more: an operator must give one."""
        desk = self.desks.of(application)
        if desk is None:
            raise DepartmentDown(application.system)
        return desk

    async def _talk(self, attempt: Attempt, application: Application) -> Outcome:
        if STATES[application.state].turn is not Actor.DEPARTMENT or _unheard_correction(attempt, application):
            return Advance("settle")
        desk, request = self._desk(application), await self._request(application)
        try:
            answer = await (desk.deliver(request) if attempt.step == "deliver" else desk.status(request))
        except DepartmentDown:
            await self._say_silent(application.id)
            raise
        if answer.status is DeskStatus.UNKNOWN:
            if attempt.step == "deliver":
                raise Unavailable()
            return Advance("deliver")
        return self._answered(application.id, answer)

    def _answered(self, application_id: str, answer: DeskAnswer, state: Mapping[str, Json] | None = None) -> Advance:
        async def apply() -> None:
            await self.apply(application_id, answer)

        return Advance("settle", apply, state)

    async def _settle(self, attempt: Attempt, application: Application) -> Outcome:
        await self.events.publish(topic(application.id))
        if application.state in (State.WITHDRAWN, State.LAPSED):
            return Advance("recall")  # even when no delivery was confirmed: its answer may have been lost
        if application.final:
            return Finish()
        if _unheard_correction(attempt, application):
            return Advance("correct")
        now, told = self.clock.now(), list(attempt.state.get("told", ()))
        ahead = [mark for mark in marks(application, self.calendar) if mark.key not in told]
        past = [mark for mark in ahead if mark.at <= now]
        if past:
            state = {**attempt.state, "told": [*told, past[0].key]}
            if past[0].code is NoteCode.DEPARTMENT_URGED:
                return Advance("urge", state=state)
            return Advance("settle", self._noting(application.id, past[0].code, past[0].sentence), state)
        if application.state is State.CORRECTION_ASKED and application.correction is not None:
            until = min([mark.at for mark in ahead] + [application.correction.due_at + timedelta(seconds=1)])
            return Wait("correct", until, "CITIZEN")
        asked = int(attempt.state.get("asked", 0))
        until = min([now + min(FIRST_POLL * 2 ** min(asked, 10), LONGEST_POLL)] + [mark.at for mark in ahead])
        supervised = any(key.startswith(NoteCode.SUPERVISED) for key in told)
        owner = "CITY" if supervised else application.department_code
        return Wait("ask", until, owner, state={**attempt.state, "asked": asked + 1})

    async def _correct(self, attempt: Attempt, application: Application) -> Outcome:
        """Bring the answer of a correction to the department, or close the application that got none in time."""
        correction = application.correction
        if application.state is State.CORRECTION_ASKED and correction and self.clock.now() > correction.due_at:

            async def lapse() -> None:
                late = await self.store.get_for_change(application.id)
                if late is not None and late.state is State.CORRECTION_ASKED:
                    change = Change(late)
                    change.move(State.LAPSED, Actor.CITY, self.clock.now())
                    await self.store.save(change)

            return Advance("settle", lapse)
        if correction is None or not _unheard_correction(attempt, application):
            return Advance("settle")
        request = await self._request(application)
        try:
            answer = await self._desk(application).correct(request)
        except DepartmentDown:
            await self._say_silent(application.id)
            raise
        if answer.status is DeskStatus.UNKNOWN:
            return Advance("deliver", state={**attempt.state, "corrected": correction.reference})
        return self._answered(application.id, answer, {**attempt.state, "corrected": correction.reference, "asked": 0})

    async def _urge(self, application: Application) -> Outcome:
        if not STATES[application.state].clock_runs:
            return Advance("settle")
        try:
            await self._desk(application).urge(await self._request(application))
        except DepartmentDown:
            await self._say_silent(application.id)
            raise
        return Advance("settle", self._noting(application.id, NoteCode.DEPARTMENT_URGED, URGED))

    def _noting(self, application_id: str, code: NoteCode, sentence: str) -> Callable[[], Awaitable[None]]:
        async def apply() -> None:
            await self._note(application_id, code, sentence)

        return apply

    async def apply(self, application_id: str, answer: DeskAnswer) -> bool:
        """Record what a department answered, in the open unit of work; whether it told anything new.

        An approval puts the certificate into the wallet in the same unit of work.
        """
        application = await self.store.get_for_change(application_id)
        if application is None:
            raise NotFound()
        if answer.correction is not None and answer.status is DeskStatus.CORRECTION_ASKED and application.correction:
            if (
                application.state is not State.SUBMITTED
                or answer.correction.reference == application.correction.reference
            ):
                return False
            return await self._note(application_id, NoteCode.SECOND_CORRECTION, SECOND_ASKING)
        steps = tuple(path_to(application.state, answer))
        if not steps:
            return False
        change, now = Change(application), self.clock.now()
        if application.state is State.SPECIAL_PROCEDURE:
            change.application = await self._resumed(application, now)
        kept = True
        if State.CERTIFICATE_MADE in steps:
            kept = await self._keep_certificate(change, answer)
            steps = steps if kept else tuple(step for step in steps if step is not State.CERTIFICATE_MADE)
        if answer.record is not None and steps[-1] in (State.CLOSED, State.DENIED):
            change.application = replace(change.application, result=answer.record)
        for step in steps:
            if step is State.CLOSED and not kept:
                change.note(NoteCode.CERTIFICATE_NOT_KEPT, NOT_KEPT, now)
            self._record(change, step, answer, now)
        await self.store.save(change)
        return True

    async def _keep_certificate(self, change: Change, answer: DeskAnswer) -> bool:
        """Put the certificate into the wallet; False when the wallet knows no such type or finds its claims
        faulty: the matter is decided all the same, and the applicant gets the document's record."""
        made = answer.certificate
        if made is None:
            return False
        one = change.application
        try:
            certificate_id = await self.certificates.register(
                one.owner,
                made.type_code,
                made.claims,
                made.issuer,
                made.valid_from,
                made.valid_until,
                made.source,
                made.as_of,
            )
        except Rejected as refused:
            log.warning("certificate_not_kept", type_code=made.type_code, system=one.system, error=refused.code)
            if answer.record is None:
                record = ResultRecord(one.item_name, one.number, made.issuer, made.valid_from)
                change.application = replace(one, result=record)
            return False
        change.application = replace(one, certificate_id=certificate_id)
        return True

    def _record(self, change: Change, to: State, answer: DeskAnswer, now: datetime) -> None:
        actor = TRANSITIONS[change.application.state][to]
        refusing = to in (State.REFUSED, State.DENIED)
        if to is State.CORRECTION_ASKED and answer.correction is not None:
            asked, period = answer.correction, self.calendar.due(now, answer.correction.working_days)
            correction = Correction(asked.reference, asked.items, now, period.moment, period.provisional)
            change.application = replace(change.application, correction=correction)
        change.move(to, actor, now, answer.reason if refusing else None)
        days = change.application.promised_working_days
        if to is State.ACCEPTED and not change.application.immediate and days:
            due = self.calendar.due(now, days)
            change.application = replace(change.application, due_at=due.moment, due_provisional=due.provisional)

    async def _resumed(self, application: Application, now: datetime) -> Application:
        """With the working days of the special procedure added to the promise (行政许可法 第四十五条)."""
        if application.due_at is None:
            return application
        entered = now
        for event in reversed((await self.store.events([application.id]))[application.id]):
            if event.state is not State.SPECIAL_PROCEDURE:
                break
            entered = event.at
        paused = self.calendar.working_days_between(entered, now)
        if paused <= 0:
            return application
        due = self.calendar.due(application.due_at, paused)
        return replace(application, due_at=due.moment, due_provisional=application.due_provisional or due.provisional)

    async def _say_silent(self, application_id: str) -> None:
        """Tell the applicant once that the department does not answer; a new silence later is told again."""
        async with self.unit_of_work():
            noted = await self._note(application_id, NoteCode.DEPARTMENT_SILENT, SILENT)
        if noted:
            await self.events.publish(topic(application_id))

    async def _note(self, application_id: str, code: NoteCode, sentence: str) -> bool:
        application = await self.store.get_for_change(application_id)
        if application is None or application.final:
            return False
        last = (await self.store.events([application_id]))[application_id][-1]
        if last.reason_code == code:
            return False
        change = Change(application)
        change.note(code, sentence, self.clock.now())
        await self.store.save(change)
        return True

    async def _request(self, application: Application) -> DeskRequest:
        correction = application.correction
        return DeskRequest(
            application.id,
            application.number,
            application.item_code,
            application.region_code,
            await self.applicants.applicant(application.owner),
            application.form,
            application.item_name,
            application.immediate,
            application.promised_working_days,
            application.result_type,
            correction.reference if correction else "",
            correction.note if correction else "",
        )


def _unheard_correction(attempt: Attempt, application: Application) -> bool:
    """Whether the applicant answered a correction and the department does not know it yet."""
    correction = application.correction
    if application.state is not State.SUBMITTED or correction is None or correction.answered_at is None:
        return False
    return attempt.state.get("corrected") != correction.reference

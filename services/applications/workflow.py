"""Carries an application to its department and its answer back, over crashes and outages.

    deliver ──answer──▶ settle ──final──▶ (end)
       ▲                  │ not final
       │ UNKNOWN          ▼
       └──────────────── ask (at its poll date, or woken) ──answer──▶ settle
    settle ──withdrawn──▶ recall ──▶ (end)

Every call to the department carries the application's id as idempotency key, so that a step that is
tried again does the work once. An answer is applied in the transaction that ends its step, under a lock
on the application; a callback does the same (`service.receive_callback`). Whoever comes second finds
nothing new to do. `settle` runs after that transaction: only then are watchers told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.applications.model import (
    STATES,
    TRANSITIONS,
    Application,
    Change,
    DeskAnswer,
    DeskStatus,
    NoteCode,
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
from services.durable.port import Advance, Attempt, DurableWork, Finish, Outcome, Wait
from services.kernel import tracing
from services.kernel.clock import Clock
from services.kernel.errors import DepartmentDown, NotFound, Unavailable
from services.kernel.events import EventBus
from services.kernel.unit_of_work import UnitOfWork
from services.kernel.workdays import WorkCalendar

KIND = "applications.deliver"
FIRST_POLL = timedelta(minutes=1)
LONGEST_POLL = timedelta(hours=1)
SILENT = "部门系统暂时没有响应，我们会继续送达。"
URGED = "已超过承诺的办理时限，我们已向部门催办。"


def topic(application_id: str) -> str:
    """Where watchers of an application listen."""
    return f"application:{application_id}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The handler of `applications.deliver`."""

    store: ApplicationStore
    desks: Mapping[str, DepartmentDesk]
    """By system code."""
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

    async def _step_of(self, attempt: Attempt) -> Outcome:
        application = await self.store.get(attempt.subject_id)
        if application is None:
            raise NotFound()
        match attempt.step:
            case "deliver" | "ask":
                return await self._talk(attempt, application)
            case "settle":
                return await self._settle(attempt, application)
            case "recall":
                await self.desks[application.system].withdraw(await self._request(application))
                return Finish()
        raise ValueError(f"no step {attempt.step}")

    async def _talk(self, attempt: Attempt, application: Application) -> Outcome:
        if application.final:
            return Advance("settle")
        desk, request = self.desks[application.system], await self._request(application)
        try:
            answer = await (desk.deliver(request) if attempt.step == "deliver" else desk.status(request))
        except DepartmentDown:
            await self._say_silent(application.id)
            raise
        if answer.status is DeskStatus.UNKNOWN:
            if attempt.step == "deliver":
                raise Unavailable()
            return Advance("deliver")

        async def apply() -> None:
            await self.apply(application.id, answer)

        return Advance("settle", apply)

    async def _settle(self, attempt: Attempt, application: Application) -> Outcome:
        await self.events.publish(topic(application.id))
        if application.state is State.WITHDRAWN:
            return Advance("recall")  # even when no delivery was confirmed: its answer may have been lost
        if application.final:
            return Finish()
        asked = int(attempt.state.get("asked", 0))
        now = self.clock.now()
        until = now + min(FIRST_POLL * 2 ** min(asked, 10), LONGEST_POLL)
        runs = STATES[application.state].clock_runs
        apply, late = _nothing, runs and application.due_at is not None and now > application.due_at
        if application.due_at is not None and not late:
            until = min(until, application.due_at + timedelta(seconds=1))
        if late and not attempt.state.get("urged"):

            async def apply() -> None:
                await self._note(application.id, NoteCode.DEPARTMENT_URGED, URGED)

        state = {**attempt.state, "asked": asked + 1, "urged": late}
        return Wait("ask", until, application.department_code, apply, state)

    async def apply(self, application_id: str, answer: DeskAnswer) -> bool:
        """Record what a department answered, in the open unit of work; whether it told anything new.

        An approval puts the certificate into the wallet in the same unit of work.
        """
        application = await self.store.get_for_change(application_id)
        if application is None:
            raise NotFound()
        steps = tuple(path_to(application.state, answer))
        if not steps:
            return False
        change, now = Change(application), self.clock.now()
        if application.state is State.SPECIAL_PROCEDURE:
            change.application = await self._resumed(application, now)
        for step in steps:
            self._record(change, step, answer, now)
            if step is State.CERTIFICATE_MADE and answer.certificate is not None:
                made = answer.certificate
                certificate_id = await self.certificates.register(
                    application.owner,
                    made.type_code,
                    made.claims,
                    made.issuer,
                    made.valid_from,
                    made.valid_until,
                    made.source,
                    made.as_of,
                )
                change.application = replace(change.application, certificate_id=certificate_id)
        await self.store.save(change)
        return True

    def _record(self, change: Change, to: State, answer: DeskAnswer, now: datetime) -> None:
        actor = TRANSITIONS[change.application.state][to]
        refusing = to in (State.REFUSED, State.DENIED)
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
        return DeskRequest(
            application.id,
            application.number,
            application.item_code,
            application.region_code,
            await self.applicants.applicant(application.owner),
            application.form,
        )


async def _nothing() -> None:
    return None

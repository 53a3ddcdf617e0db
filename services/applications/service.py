"""What a citizen and a department can do with applications."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from services.applications.errors import CallbackReplayed, IllegalTransition, ItemNotOpen, WrongSubject
from services.applications.model import (
    Actor,
    Application,
    Change,
    Event,
    NoteCode,
    Page,
    State,
    Submission,
)
from services.applications.ports import ApplicationStore, DepartmentDesk, FormSource, ItemFacts, ItemSource
from services.applications.standing import Condition, DepartmentState, condition_of
from services.applications.workflow import KIND, Delivery, topic
from services.kernel.clock import Clock
from services.kernel.errors import NotFound
from services.kernel.events import EventBus
from services.kernel.ids import new_id, readable_number
from services.kernel.principal import Assurance, Principal
from services.kernel.problems import Problem
from services.kernel.unit_of_work import Idempotency, Json, UnitOfWork

NONCE_LIFE = timedelta(minutes=10)
"""Twice as long as a callback's timestamp is good."""
MOST_NOTE = 500


class ApplicationService:
    """Applications of citizens and companies, from submission to closing."""

    def __init__(
        self,
        delivery: Delivery,
        items: ItemSource,
        forms: FormSource,
        idempotency: Idempotency,
        unit_of_work: UnitOfWork,
        clock: Clock,
    ) -> None:
        self._delivery = delivery
        self._store: ApplicationStore = delivery.store
        self._events: EventBus = delivery.events
        self._items = items
        self._forms = forms
        self._idempotency = idempotency
        self._unit_of_work = unit_of_work
        self._clock = clock
        delivery.durable.handle(KIND, delivery)

    async def submit(self, principal: Principal, item_code: str, form: Json, region_code: str, key: str) -> Submission:
        """Hand in an application for whom the principal acts for.

        Returns all problems of the form at once, keeping nothing, or the application's id. The department
        is told afterwards, by the durable flow begun in the same unit of work. Raises `StepUpRequired`
        below a checked real name, `NotFound` for an unknown item, `ItemNotOpen`, `WrongSubject`.
        """
        principal.require(Assurance.REAL_NAME)
        item = self._items.facts(item_code)
        desk = self._delivery.desks.for_item(item.system, item.code)
        if not item.open or desk is None:
            raise ItemNotOpen()
        if principal.subject.kind not in item.subjects:
            raise WrongSubject()
        problems = self._forms.problems_of(item.code, form)
        if not self._items.has_region(region_code):
            problems = (*problems, Problem("regionCode", "UNKNOWN_REGION", "请选择聊城市内的县（市、区）或功能区。"))
        if problems:
            return Submission(None, problems)

        async def run() -> str:
            change = self._new(principal, item, desk, form, region_code)
            await self._store.add(change)
            await self._delivery.start(change.application.id)
            return change.application.id

        command = {"item": item_code, "form": form, "region": region_code, "subject": principal.subject.id}
        scope = f"applications.submit:{principal.person_id}"
        application_id: str = await self._idempotency.once(scope, key, command, run)
        self._items.applied(item.code, principal.person_id)
        return Submission(application_id)

    def _new(
        self,
        principal: Principal,
        item: ItemFacts,
        desk: DepartmentDesk,
        form: Mapping[str, Json],
        region_code: str,
    ) -> Change:
        now = self._clock.now()
        change = Change(
            Application(
                id=new_id(),
                number=readable_number("SQ"),
                item_code=item.code,
                item_name=item.name,
                department_code=item.department_code,
                system=item.system,
                region_code=region_code,
                owner=principal.subject,
                submitted_by=principal.person_id,
                form=form,
                immediate=item.immediate,
                promised_working_days=item.promised_working_days,
                created_at=now,
                updated_at=now,
                desk=desk.name,
                result_type=item.result_certificate,
            )
        )
        change.move(State.SUBMITTED, Actor.APPLICANT, now)
        return change

    async def answer_correction(
        self, principal: Principal, application_id: str, form: Json, note: str, key: str
    ) -> Submission:
        """Hand in the corrected form, once, with a note to the department (up to 500 characters).

        Returns all problems of the form at once, keeping nothing. Raises `NotFound` when it is not the
        principal's, `IllegalTransition` when no correction is asked or its date is over.
        """
        principal.require(Assurance.REAL_NAME)
        item_code = (await self.get(principal, application_id)).item_code
        problems = self._forms.problems_of(item_code, form)
        if len(note) > MOST_NOTE:
            problems = (*problems, Problem("note", "MAX_LENGTH", f"补正说明太长，最多{MOST_NOTE}个字。"))
        if problems:
            return Submission(None, problems)

        async def run() -> str:
            await self._delivery.durable.wake(KIND, application_id)
            application = await self._store.get_for_change(application_id)
            if application is None or application.owner != principal.subject:
                raise NotFound()
            now, change = self._clock.now(), Change(application)
            correction = application.correction
            if correction is None or now > correction.due_at:
                raise IllegalTransition(state=application.state.value)
            change.move(State.SUBMITTED, Actor.APPLICANT, now)
            answered = replace(correction, answered_at=now, note=note)
            change.application = replace(change.application, form=form, correction=answered)
            await self._store.save(change)
            return application.id

        command = {"id": application_id, "form": form, "note": note}
        scope = f"applications.correct:{principal.person_id}"
        answered_id: str = await self._idempotency.once(scope, key, command, run)
        await self._events.publish(topic(answered_id))
        return Submission(answered_id)

    def departments(self) -> tuple[DepartmentState, ...]:
        """How each department system is doing, as this worker's calls found it; by system code."""
        return tuple(self._state(system, desk) for system, desk in self._delivery.desks.by_system())

    def department_notice(self, application: Application, record: Sequence[Event]) -> str | None:
        """What the applicant should know while the department's system is down; None while it is well.

        The application's own record tells of a silence that it met itself, also before this worker started.
        """
        desk = self._delivery.desks.of(application)
        silent = bool(record) and record[-1].reason_code == NoteCode.DEPARTMENT_SILENT
        if desk is None or not (silent or condition_of(desk.standing()) is Condition.DOWN):
            return None
        if application.state is State.SUBMITTED:
            return f"{desk.title}暂时没有响应。您的申请已由分厅保存，恢复后自动送达，不用重复提交。"
        return f"{desk.title}暂时没有响应，办理进展可能更新较慢。您的申请不受影响，不用重复提交。"

    def _state(self, system: str, desk: DepartmentDesk) -> DepartmentState:
        standing = desk.standing()
        return DepartmentState(system, desk.title, condition_of(standing), standing.failing_since)

    async def withdraw(self, principal: Principal, application_id: str, key: str) -> str:
        """Take an application back before it is decided; its id.

        Raises `NotFound` when it is not the principal's, `IllegalTransition` when it is too late.
        """
        principal.require(Assurance.REAL_NAME)

        async def run() -> str:
            # The flow's row before the application's row: the order that the engine locks them in.
            await self._delivery.durable.wake(KIND, application_id)
            application = await self._store.get_for_change(application_id)
            if application is None or application.owner != principal.subject:
                raise NotFound()
            change = Change(application)
            change.move(State.WITHDRAWN, Actor.APPLICANT, self._clock.now())
            await self._store.save(change)
            return application.id

        scope = f"applications.withdraw:{principal.person_id}"
        withdrawn: str = await self._idempotency.once(scope, key, {"id": application_id}, run)
        await self._events.publish(topic(withdrawn))
        return withdrawn

    async def get(self, principal: Principal, application_id: str) -> Application:
        """One application. Raises `NotFound` when there is none or it is not the principal's."""
        application = await self._store.get(application_id)
        if application is None or application.owner != principal.subject:
            raise NotFound()
        return application

    async def page(self, principal: Principal, states: Collection[State], after: str | None, first: int) -> Page:
        """The principal's applications, newest first."""
        return await self._store.page(principal.subject, states, after, first)

    async def timelines(self, application_ids: Collection[str]) -> Mapping[str, Sequence[Event]]:
        """Events of applications that were read by `get` or `page` before."""
        return await self._store.events(application_ids)

    async def receive_callback(self, system: str, target: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Take in a department's signed message; whether it told anything new.

        Raises `NotFound` for a system or application we do not know, `SignatureRefused`, `InvalidInput`,
        `CallbackReplayed` when its nonce came with other content; the very same message again tells nothing
        new: its answer was lost. Nonce, effects and the flow's waking are saved together or not at all.
        """
        desk = self._delivery.desks.named(system)
        if desk is None:
            raise NotFound()
        message = desk.read_callback(target, headers, body)
        now = self._clock.now()
        content = hashlib.sha256(f"{message.nonce}\n{target}\n".encode() + body).hexdigest()
        async with self._unit_of_work():
            first = await self._store.use_nonce(system, message.nonce, content, now, now + NONCE_LIFE)
            if first == content:
                return False
            if first is not None:
                raise CallbackReplayed()
            await self._delivery.durable.wake(KIND, message.application_id)
            application = await self._store.get(message.application_id)
            if application is None or self._delivery.desks.of(application) is not desk:
                raise NotFound()
            changed = await self._delivery.apply(message.application_id, message.answer)
        if changed:
            await self._events.publish(topic(message.application_id))
        return changed

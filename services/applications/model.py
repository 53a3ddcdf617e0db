"""An application and its life, in the terms of Chinese administrative procedure. The state table is data.

Each change appends one event and raises the version by one: an event's sequence is the version it made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from services.applications.errors import IllegalTransition
from services.kernel.principal import Subject
from services.kernel.problems import Problem
from services.kernel.unit_of_work import Json


class State(StrEnum):
    """Where an application stands. See `STATES` for the Chinese terms."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    CORRECTION_ASKED = "CORRECTION_ASKED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    IN_REVIEW = "IN_REVIEW"
    SPECIAL_PROCEDURE = "SPECIAL_PROCEDURE"
    DECIDED = "DECIDED"
    DENIED = "DENIED"
    CERTIFICATE_MADE = "CERTIFICATE_MADE"
    DELIVERED = "DELIVERED"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


class Actor(StrEnum):
    """Who does a step, and whose turn it is."""

    APPLICANT = "APPLICANT"
    DEPARTMENT = "DEPARTMENT"
    CITY = "CITY"
    NOBODY = "NOBODY"


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What a state means. `clock_runs`: whether the promised working days count on."""

    label: str
    turn: Actor
    clock_runs: bool
    sentence: str
    """What the citizen reads when the application comes here."""

    @property
    def final(self) -> bool:
        return self.turn is Actor.NOBODY


STATES: Mapping[State, StateFacts] = {
    State.DRAFT: StateFacts("草稿", Actor.APPLICANT, False, "您还没有提交，可以随时继续填写。"),
    State.SUBMITTED: StateFacts("已提交", Actor.DEPARTMENT, False, "申请已提交，正在送往办理部门。"),
    State.CORRECTION_ASKED: StateFacts("待补正", Actor.APPLICANT, False, "部门请您一次补齐所列内容后再提交。"),
    State.ACCEPTED: StateFacts("已受理", Actor.DEPARTMENT, True, "部门已经受理您的申请。"),
    State.REFUSED: StateFacts("不予受理", Actor.NOBODY, False, "部门不予受理，请查看理由和救济途径。"),
    State.IN_REVIEW: StateFacts("审查中", Actor.DEPARTMENT, True, "部门正在审查。"),
    State.SPECIAL_PROCEDURE: StateFacts("特别程序", Actor.DEPARTMENT, False, "进入特别程序，期间不计入办理时限。"),
    State.DECIDED: StateFacts("已决定", Actor.CITY, True, "部门已作出准予办理的决定。"),
    State.DENIED: StateFacts("不予办理", Actor.NOBODY, False, "部门决定不予办理，请查看理由和救济途径。"),
    State.CERTIFICATE_MADE: StateFacts("已制证", Actor.CITY, True, "结果证照已经制成。"),
    State.DELIVERED: StateFacts("已送达", Actor.CITY, False, "结果已送达，可在本办件和卡包中查看。"),
    State.CLOSED: StateFacts("已办结", Actor.NOBODY, False, "本次申请已经办结。"),
    State.WITHDRAWN: StateFacts("已撤回", Actor.NOBODY, False, "您已撤回申请，可以重新提交。"),
    State.LAPSED: StateFacts("逾期关闭", Actor.NOBODY, False, "超过补正期限，申请已关闭，可以重新提交。"),
}

_A, _D, _C = Actor.APPLICANT, Actor.DEPARTMENT, Actor.CITY

TRANSITIONS: Mapping[State, Mapping[State, Actor]] = {
    State.DRAFT: {State.SUBMITTED: _A, State.WITHDRAWN: _A},
    State.SUBMITTED: {
        State.CORRECTION_ASKED: _D,
        State.ACCEPTED: _D,
        State.REFUSED: _D,
        State.WITHDRAWN: _A,
    },
    State.CORRECTION_ASKED: {State.SUBMITTED: _A, State.WITHDRAWN: _A, State.LAPSED: _C},
    State.ACCEPTED: {
        State.IN_REVIEW: _D,
        State.DECIDED: _D,
        State.DENIED: _D,
        State.WITHDRAWN: _A,
    },
    State.IN_REVIEW: {
        State.SPECIAL_PROCEDURE: _D,
        State.DECIDED: _D,
        State.DENIED: _D,
        State.WITHDRAWN: _A,
    },
    State.SPECIAL_PROCEDURE: {State.IN_REVIEW: _D, State.WITHDRAWN: _A},
    State.DECIDED: {State.CERTIFICATE_MADE: _D, State.DELIVERED: _C},
    State.CERTIFICATE_MADE: {State.DELIVERED: _C},
    State.DELIVERED: {State.CLOSED: _C},
    State.REFUSED: {},
    State.DENIED: {},
    State.CLOSED: {},
    State.WITHDRAWN: {},
    State.LAPSED: {},
}
"""From a state, to a state, by whom. What is not here is refused."""


class NoteCode(StrEnum):
    """Reason codes of events that tell something and change no state."""

    DEPARTMENT_SILENT = "DEPARTMENT_SILENT"
    DUE_SOON = "DUE_SOON"
    DEPARTMENT_URGED = "DEPARTMENT_URGED"
    SUPERVISED = "SUPERVISED"
    CORRECTION_DUE_SOON = "CORRECTION_DUE_SOON"
    SECOND_CORRECTION = "SECOND_CORRECTION"
    CERTIFICATE_NOT_KEPT = "CERTIFICATE_NOT_KEPT"
    HANDLED_BY_STAFF = "HANDLED_BY_STAFF"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the append-only record. `sentence` is public to the applicant and holds no personal data."""

    sequence: int
    at: datetime
    actor: Actor
    state: State
    sentence: str
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a department refused or denied, and what the applicant can do about it."""

    code: str
    sentence: str
    remedies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrectionItem:
    """One thing to add or put right. `field` is its dotted path in the form, where it is one field."""

    requirement: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class CorrectionAsk:
    """The complete list that a department asks for, once (行政许可法 第三十二条)."""

    reference: str
    """The department's number of this notice: the same one again is a repeat, another one a second asking."""
    items: tuple[CorrectionItem, ...]
    working_days: int
    """How long the applicant has."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that was asked, and its answer."""

    reference: str
    items: tuple[CorrectionItem, ...]
    asked_at: datetime
    due_at: datetime
    due_provisional: bool
    answered_at: datetime | None = None
    note: str = ""
    """What the applicant says to it."""


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """The document by which a department decided. Its number may name a person: sealed at rest."""

    title: str
    number: str
    issuer: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class Application:
    """One matter of one subject. `form`, `reason`, `correction` and `result` are sealed at rest."""

    id: str
    number: str
    item_code: str
    item_name: str
    department_code: str
    system: str
    """The department system that takes it, by its code in adapters.csv: ``YB-CORE``."""
    region_code: str
    owner: Subject
    submitted_by: str
    form: Mapping[str, Json]
    immediate: bool
    promised_working_days: int
    created_at: datetime
    updated_at: datetime
    state: State = State.DRAFT
    version: int = 0
    due_at: datetime | None = None
    """End of the promised period, once accepted; None for what is done at once."""
    due_provisional: bool = False
    closed_at: datetime | None = None
    certificate_id: str | None = None
    reason: Reason | None = None
    desk: str = ""
    """Which desk took it, so that a department's new adapter does not take over what the old one began."""
    result_type: str | None = None
    """The certificate type that the item promises as its result."""
    correction: Correction | None = None
    result: ResultRecord | None = None

    @property
    def turn(self) -> Actor:
        return STATES[self.state].turn

    @property
    def final(self) -> bool:
        return STATES[self.state].final


@dataclass(slots=True)
class Change:
    """An application with what happens to it in one unit of work."""

    application: Application
    expected_version: int = field(init=False)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.expected_version = self.application.version

    def move(self, to: State, actor: Actor, at: datetime, reason: Reason | None = None) -> None:
        """Go on to `to`. Raises `IllegalTransition` when the table has no such step for `actor`."""
        if TRANSITIONS[self.application.state].get(to) is not actor:
            raise IllegalTransition(state=self.application.state.value)
        if reason is not None:
            self.application = replace(self.application, reason=reason)
        if STATES[to].final:
            self.application = replace(self.application, closed_at=at)
        self._append(Event(0, at, actor, to, STATES[to].sentence, reason.code if reason else None))

    def note(self, code: NoteCode, sentence: str, at: datetime) -> None:
        """Tell the applicant something without changing the state; not twice in a row."""
        self._append(Event(0, at, Actor.CITY, self.application.state, sentence, code.value))

    def _append(self, event: Event) -> None:
        version = self.application.version + 1
        self.application = replace(self.application, state=event.state, version=version, updated_at=event.at)
        self.events.append(replace(event, sequence=version))


class DeskStatus(StrEnum):
    """What a department says about an application."""

    RECEIVED = "RECEIVED"
    CORRECTION_ASKED = "CORRECTION_ASKED"
    ACCEPTED = "ACCEPTED"
    IN_REVIEW = "IN_REVIEW"
    SPECIAL_PROCEDURE = "SPECIAL_PROCEDURE"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    DENIED = "DENIED"
    UNKNOWN = "UNKNOWN"
    """The department has never heard of it: deliver it again."""


@dataclass(frozen=True, slots=True)
class CertificateResult:
    """What the department certifies; becomes a certificate in the applicant's wallet."""

    type_code: str
    claims: Mapping[str, Json]
    issuer: str
    valid_from: date
    valid_until: date | None
    source: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """A department's answer in our words."""

    status: DeskStatus
    reason: Reason | None = None
    certificate: CertificateResult | None = None
    correction: CorrectionAsk | None = None
    """With CORRECTION_ASKED, always."""
    record: ResultRecord | None = None
    """With APPROVED or DENIED, where the department wrote a document."""


_DEPARTMENT_IS_DONE = (State.DRAFT, State.CORRECTION_ASKED, State.DECIDED, State.CERTIFICATE_MADE, State.DELIVERED)
"""It is not the department's turn: what it says now is a repeat, or waits for the applicant."""


def path_to(state: State, answer: DeskAnswer) -> Iterable[State]:
    """The steps from `state` to where `answer` leads, empty when it tells nothing new or comes too late.

    A department that answers at once skips none of the steps: each is recorded.
    """
    if STATES[state].final or state in _DEPARTMENT_IS_DONE:
        return ()
    before = [State.ACCEPTED] if state is State.SUBMITTED else []
    match answer.status:
        case DeskStatus.CORRECTION_ASKED:
            return (State.CORRECTION_ASKED,) if state is State.SUBMITTED else ()
        case DeskStatus.ACCEPTED:
            return before
        case DeskStatus.IN_REVIEW:
            return () if state is State.IN_REVIEW else (*before, State.IN_REVIEW)
        case DeskStatus.SPECIAL_PROCEDURE:
            review = () if state in (State.IN_REVIEW, State.SPECIAL_PROCEDURE) else (State.IN_REVIEW,)
            return () if state is State.SPECIAL_PROCEDURE else (*before, *review, State.SPECIAL_PROCEDURE)
        case DeskStatus.REFUSED:
            if state is State.SUBMITTED:
                return (State.REFUSED,)
            return (*_out_of_special(state), State.DENIED)
        case DeskStatus.DENIED:
            return (*before, *_out_of_special(state), State.DENIED)
        case DeskStatus.APPROVED:
            made = (State.CERTIFICATE_MADE,) if answer.certificate else ()
            return (*before, *_out_of_special(state), State.DECIDED, *made, State.DELIVERED, State.CLOSED)
    return ()


def _out_of_special(state: State) -> tuple[State, ...]:
    return (State.IN_REVIEW,) if state is State.SPECIAL_PROCEDURE else ()


@dataclass(frozen=True, slots=True)
class Submission:
    """What `submit` leads to: an application, or all problems of the form at once."""

    application_id: str | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some of an owner's applications, newest first. `total` counts all that fit the filter."""

    applications: tuple[Application, ...]
    total: int
    has_next: bool

"""The promise clock: what is to be told or done at which moment while an application waits.

The figures are ours (assumed): a warning on the last working day before a period ends, 督办 three
working days after it. 催办 comes the second the promise is over.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.applications.model import STATES, Application, NoteCode, State
from services.kernel.clock import CHINA
from services.kernel.workdays import WorkCalendar

SUPERVISE_AFTER_WORKING_DAYS = 3
URGED = "已超过承诺的办理时限，我们已向部门催办。"
_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of the clock. `key` is told once for each due date."""

    key: str
    at: datetime
    code: NoteCode
    sentence: str


def marks(application: Application, calendar: WorkCalendar) -> tuple[Mark, ...]:
    """The moments of the application's present period, in order; none where no clock runs."""
    if application.state is State.CORRECTION_ASKED and application.correction is not None:
        due = application.correction.due_at
        return (_mark(NoteCode.CORRECTION_DUE_SOON, due, _warning(due, calendar), "补正期限将到，请尽快补齐材料。"),)
    due_at = application.due_at
    if due_at is None or not STATES[application.state].clock_runs:
        return ()
    late = calendar.due(due_at, SUPERVISE_AFTER_WORKING_DAYS).moment + _MOMENT
    told = (
        _mark(NoteCode.DEPARTMENT_URGED, due_at, due_at + _MOMENT, URGED),
        _mark(NoteCode.SUPERVISED, due_at, late, "催办后部门仍未办结，已转分厅督办。"),
    )
    if application.promised_working_days < 2:
        return told
    return (_mark(NoteCode.DUE_SOON, due_at, _warning(due_at, calendar), "承诺办结的日期将到。"), *told)


def _mark(code: NoteCode, due: datetime, at: datetime, sentence: str) -> Mark:
    return Mark(f"{code}:{due.astimezone(CHINA):%Y-%m-%d}", at, code, sentence)


def _warning(due: datetime, calendar: WorkCalendar) -> datetime:
    """The beginning of the last working day before the due day."""
    day = due.astimezone(CHINA).date() - timedelta(days=1)
    while not calendar.is_workday(day):
        day -= timedelta(days=1)
    return datetime.combine(day, time(0), CHINA)

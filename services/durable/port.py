"""The port by which long-running work is carried on after a crash.

A *flow* is one piece of work on one subject (delivering application 42 to its department). It is a row:
current step, when it is due, who holds the lease, how often the step was tried. An engine claims due
rows and calls the flow's *handler* for the current step. A step may be tried again after a crash at any
point, so a call to the outside carries `Attempt.idempotency_key`, which is the same for every try.

What a step decides is an *outcome*. Its `apply` runs in the same transaction that moves the flow on:
either both are saved or neither, and the history has one row per (flow, step sequence).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from services.kernel.unit_of_work import Json

Apply = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """An `apply` that changes nothing but the flow."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one step."""

    flow_id: str
    kind: str
    """Which handler, named ``domain.work``: ``applications.deliver``."""
    subject_id: str
    step: str
    sequence: int
    """How many steps this flow has finished before this one."""
    tries: int
    """1 on the first try of this step."""
    state: Mapping[str, Json]
    """What earlier steps kept; sealed at rest."""
    due_at: datetime

    @property
    def idempotency_key(self) -> str:
        """The same for every try of this step of this flow."""
        return f"{self.flow_id}:{self.sequence}"


@dataclass(frozen=True, slots=True)
class Advance:
    """The step is done; go on with `step`, now or at `due_at`."""

    step: str
    apply: Apply = nothing
    state: Mapping[str, Json] | None = None
    """Replaces the kept state; None keeps it."""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do until `wake` or `until`, whichever is first; then `step` runs.

    Every wait has a due date, an owner and a way out: `owner` names who must act (a department code,
    ``CITIZEN`` or ``CITY``), and the step that runs at `until` must end, escalate or wait again.
    """

    step: str
    until: datetime
    owner: str
    apply: Apply = nothing
    state: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The flow ends here."""

    apply: Apply = nothing


Outcome = Advance | Wait | Finish


class Handler(Protocol):
    """Runs the steps of one kind of flow. Raise `Unavailable` to be tried again later with growing
    pauses; any other exception parks the flow as STUCK for the city's operators, with the reason."""

    async def __call__(self, attempt: Attempt) -> Outcome: ...


@runtime_checkable
class TellsParked(Protocol):
    """What a handler may have besides, to tell whoever waits for the work that it waits for the city's operators."""

    async def parked(self, attempt: Attempt, code: str) -> None:
        """Called once the flow is parked, outside of any transaction. What it raises is logged, and that is all."""


@dataclass(frozen=True, slots=True)
class FlowView:
    """A flow as an operator or a progress page sees it."""

    flow_id: str
    kind: str
    subject_id: str
    step: str
    status: str
    """READY, WAITING, STUCK or FINISHED."""
    owner: str
    due_at: datetime
    tries: int
    last_error: str | None = None
    """A stable code, never a message with personal data."""
    history: tuple[tuple[str, datetime], ...] = field(default=())
    """Finished steps with their times, in order."""


class DurableWork(Protocol):
    """Starts and wakes flows. `start` and `wake` join the open unit of work: no commit, no flow."""

    def handle(self, kind: str, handler: Handler) -> None:
        """Register the handler of a kind; once, before the engine starts."""

    async def start(
        self,
        kind: str,
        subject_id: str,
        step: str,
        state: Mapping[str, Json] | None = None,
        due_at: datetime | None = None,
    ) -> str:
        """Begin a flow; returns its id. One live flow per (kind, subject): a second raises `Conflict`."""

    async def wake(self, kind: str, subject_id: str, state: Mapping[str, Json] | None = None) -> bool:
        """Make a waiting flow due now, merging `state` into what it kept. False when none waits."""

    async def view(self, kind: str, subject_id: str) -> FlowView | None:
        """How the newest flow of this kind on this subject stands."""

    async def run_due(self, limit: int = 100) -> int:
        """Run what is due, each step to its end; returns how many steps ran. For tests and the engine's loop."""

"""What the engine asks of the store. Every call but `due` and `claim` joins the open unit of work."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.durable.port import Advance, Attempt, Finish, FlowView, Wait
from services.kernel.unit_of_work import Json


class LeaseLost(Exception):
    """Another worker has taken the flow since: what this one did must not be saved."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A flow that is ours until its lease ends."""

    attempt: Attempt
    version: int
    """Grows with every claim; what we save is refused once it has grown again."""
    lost: int = 0
    """How many claims in a row, right before this one, ended with their lease: their workers died, or were stopped."""


class FlowStore(Protocol):
    """Rows of flows and of their history."""

    async def add(
        self, kind: str, subject_id: str, step: str, state: Mapping[str, Json], now: datetime, due_at: datetime
    ) -> str:
        """Add a flow; returns its id. Raises `Conflict` when one of this kind lives on this subject."""

    async def wake(self, kind: str, subject_id: str, state: Mapping[str, Json], now: datetime) -> bool:
        """Make the live flow due now if it waits; else keep the signal for its next wait. False: none lives."""

    async def due(self, kinds: Sequence[str]) -> datetime | None:
        """When the next flow of these kinds falls due."""

    async def claim(self, kinds: Sequence[str], now: datetime, lease_ends: datetime, limit: int) -> list[Claim]:
        """Take up to `limit` due flows, longest due first; those another worker holds are passed over."""

    async def free(self, now: datetime) -> int:
        """End the leases of the process before us at once, where the store serves one process alone, as an
        embedded one does; how many. Elsewhere none: another worker may hold them, and they end by themselves."""

    async def save(self, claim: Claim, outcome: Advance | Wait | Finish, now: datetime) -> None:
        """Move the flow on and write its history. Raises `LeaseLost`."""

    async def retry(self, claim: Claim, at: datetime, error: str) -> None:
        """Have the same step tried again at `at`. Raises `LeaseLost`."""

    async def park(self, claim: Claim, error: str) -> None:
        """Set the flow aside for the city's operators. Raises `LeaseLost`."""

    async def release(self, flow_id: str, now: datetime) -> None:
        """Make a parked flow due now. Raises `NotFound`, or `Conflict` when it is not parked."""

    async def sizes(self) -> Mapping[str, int]:
        """How many flows there are in each status but FINISHED: for metrics."""

    async def view(self, kind: str, subject_id: str) -> FlowView | None:
        """The newest flow of this kind on this subject, with its history."""

    async def stuck(self, limit: int) -> list[FlowView]:
        """Parked flows, longest due first, without history."""

    def listening(self, wake: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        """Calls `wake` after a commit, by any worker, that made a flow due. Best effort."""

"""How a department system is doing, in words for citizens."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.kernel.adapter import CircuitState, Standing


class Condition(StrEnum):
    """How a department system is doing."""

    NORMAL = "NORMAL"
    UNSTABLE = "UNSTABLE"
    DOWN = "DOWN"
    RECOVERING = "RECOVERING"


def condition_of(standing: Standing) -> Condition:
    """A circuit in words: left alone, tried again gently, failing of late, or well."""
    if standing.circuit is CircuitState.OPEN:
        return Condition.DOWN
    if standing.circuit is CircuitState.HALF_OPEN:
        return Condition.RECOVERING
    return Condition.NORMAL if standing.failing_since is None else Condition.UNSTABLE


@dataclass(frozen=True, slots=True)
class DepartmentState:
    """A department system and how it is doing. `since`: its first failure after its last answer."""

    system: str
    title: str
    condition: Condition
    since: datetime | None

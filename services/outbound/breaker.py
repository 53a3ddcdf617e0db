"""A circuit breaker: after too many failures a department is left alone for a while, then tried gently."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kernel.adapter import CircuitState
from services.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """When to open and how to close again. The figures are ours (assumed), not a department's."""

    window: timedelta = timedelta(seconds=60)
    least_calls: int = 10
    """Fewer calls in the window than this never open it."""
    failure_rate: float = 0.5
    open_for: timedelta = timedelta(seconds=15)
    trials: int = 2
    """How many calls in a row must succeed, one at a time, to close it."""


class Breaker:
    """CLOSED → OPEN by failure rate; OPEN → HALF_OPEN by time; HALF_OPEN → CLOSED by trials, or back to OPEN.

    Not thread-safe: one event loop. `allow` is followed by exactly one of `succeeded`, `failed`, `abandoned`.
    """

    def __init__(
        self,
        clock: Clock,
        rule: BreakerRule = BreakerRule(),
        on_change: Callable[[CircuitState], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._rule = rule
        self._on_change = on_change
        self._calls: deque[tuple[datetime, bool]] = deque(maxlen=1000)
        self._state = CircuitState.CLOSED
        self._opened_at = clock.now()
        self._trial_running = False
        self._trials_passed = 0

    @property
    def state(self) -> CircuitState:
        if self._state is CircuitState.OPEN and self._clock.now() >= self._opened_at + self._rule.open_for:
            self._trial_running, self._trials_passed = False, 0
            self._change(CircuitState.HALF_OPEN)
        return self._state

    def allow(self) -> bool:
        """Whether a call may go out now. In HALF_OPEN one at a time."""
        state = self.state
        if state is CircuitState.OPEN or (state is CircuitState.HALF_OPEN and self._trial_running):
            return False
        self._trial_running = state is CircuitState.HALF_OPEN
        return True

    def succeeded(self) -> None:
        if self._state is CircuitState.HALF_OPEN:
            self._trial_running = False
            self._trials_passed += 1
            if self._trials_passed >= self._rule.trials:
                self._calls.clear()
                self._change(CircuitState.CLOSED)
        else:
            self._note(failed=False)

    def failed(self) -> None:
        if self._state is CircuitState.HALF_OPEN:
            self._trial_running = False
            self._open()
            return
        self._note(failed=True)
        failures = sum(1 for _, failed in self._calls if failed)
        enough = len(self._calls) >= self._rule.least_calls
        if self._state is CircuitState.CLOSED and enough and failures / len(self._calls) >= self._rule.failure_rate:
            self._open()

    def abandoned(self) -> None:
        """The call ended without telling anything about the department: cancelled by its caller."""
        self._trial_running = False

    def _note(self, *, failed: bool) -> None:
        now = self._clock.now()
        self._calls.append((now, failed))
        while self._calls and self._calls[0][0] < now - self._rule.window:
            self._calls.popleft()

    def _open(self) -> None:
        self._opened_at = self._clock.now()
        self._change(CircuitState.OPEN)

    def _change(self, state: CircuitState) -> None:
        if state is not self._state:
            self._state = state
            self._on_change(state)

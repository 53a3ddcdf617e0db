"""The only place that asks what time it is. Deadlines and tests run on an injected `Clock`."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

CHINA = timezone(timedelta(hours=8), "CST")
"""China Standard Time; it has had no daylight saving since 1991."""


class Clock(Protocol):
    """A source of the present moment."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that moves only when told to: for tests and demos."""

    def __init__(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("a clock needs a time zone")
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        return self._moment

    def advance(self, step: timedelta) -> None:
        """Move forward by `step`."""
        self._moment += step

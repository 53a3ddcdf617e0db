"""Working days of China, and the dates by which the city promised to be done.

Holidays and make-up working days are those the State Council announces each autumn for the next year
(国务院办公厅通知), from `chinesecalendar`, corrected by an override table of ours. Past the last
announced year only weekends are known: a date that reaches there is *provisional* and is computed anew
when the notice is imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from chinese_calendar import is_workday as announced_workday
from chinese_calendar.constants import holidays, workdays

from services.kernel.clock import CHINA

FIRST_ANNOUNCED_YEAR = min(holidays).year
LAST_ANNOUNCED_YEAR = max(max(holidays), max(workdays)).year
MOST_DAYS = 1000

OVERRIDES: Mapping[date, bool] = MappingProxyType({})
"""Days that a later notice changed: True is a working day. Goes before the announced calendar."""


@dataclass(frozen=True, slots=True)
class Due:
    """The last moment of a period, in China Standard Time."""

    moment: datetime
    provisional: bool
    """Whether the period reaches into a year whose holidays are not announced yet."""


class WorkCalendar:
    """The working-day calendar with its overrides."""

    def __init__(self, overrides: Mapping[date, bool] = OVERRIDES) -> None:
        self._overrides = overrides

    def is_announced(self, day: date) -> bool:
        return day in self._overrides or FIRST_ANNOUNCED_YEAR <= day.year <= LAST_ANNOUNCED_YEAR

    def is_workday(self, day: date) -> bool:
        """Whether offices work on `day`. For an unannounced year: whether it is no weekend."""
        if day in self._overrides:
            return self._overrides[day]
        if not self.is_announced(day):
            return day.weekday() < 5
        return bool(announced_workday(day))

    def due(self, start: datetime, working_days: int) -> Due:
        """The end of the `working_days`-th working day after `start`.

        The day of `start` in China does not count (民法典 第二百零一条). 0 is the end of the first
        working day from `start`'s own day on. Raises `ValueError` outside 0 to 1000.
        """
        if not 0 <= working_days <= MOST_DAYS:
            raise ValueError(f"a period has 0 to {MOST_DAYS} working days")
        day = start.astimezone(CHINA).date()
        provisional = not self.is_announced(day)
        if working_days == 0:
            return self._roll(day, provisional)
        left = working_days
        while left:
            day += timedelta(days=1)
            provisional |= not self.is_announced(day)
            left -= self.is_workday(day)
        return Due(_end_of(day), provisional)

    def due_calendar_days(self, start: datetime, days: int) -> Due:
        """The end of the `days`-th natural day after `start`; one that falls on a day off moves to the
        next working day (民法典 第二百零三条)."""
        if not 0 <= days <= MOST_DAYS:
            raise ValueError(f"a period has 0 to {MOST_DAYS} days")
        day = start.astimezone(CHINA).date() + timedelta(days=days)
        return self._roll(day, not self.is_announced(day))

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """How many working days lie after `start`'s day, up to and including `end`'s day; negative when late."""
        first, last = start.astimezone(CHINA).date(), end.astimezone(CHINA).date()
        sign = 1 if last >= first else -1
        low, high = min(first, last), max(first, last)
        return sign * sum(self.is_workday(low + timedelta(days=n)) for n in range(1, (high - low).days + 1))

    def _roll(self, day: date, provisional: bool) -> Due:
        while not self.is_workday(day):
            day += timedelta(days=1)
            provisional |= not self.is_announced(day)
        return Due(_end_of(day), provisional)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), CHINA)

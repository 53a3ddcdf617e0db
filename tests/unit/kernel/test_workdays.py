"""Working days of China: the notices of 2020 and 2021, make-up days, and what is not announced yet."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.clock import CHINA
from services.kernel.workdays import LAST_ANNOUNCED_YEAR, WorkCalendar

CALENDAR = WorkCalendar()
OFF = [
    ("2020-05-01", "2020-05-05"),
    ("2020-06-25", "2020-06-27"),
    ("2020-10-01", "2020-10-08"),
    ("2021-01-01", "2021-01-03"),
    ("2021-02-11", "2021-02-17"),
    ("2021-04-03", "2021-04-05"),
    ("2021-05-01", "2021-05-05"),
    ("2021-06-12", "2021-06-14"),
    ("2021-09-19", "2021-09-21"),
    ("2021-10-01", "2021-10-07"),
]
MADE_UP = [
    "2020-04-26",
    "2020-05-09",
    "2020-06-28",
    "2020-09-27",
    "2020-10-10",
    "2021-02-07",
    "2021-02-20",
    "2021-04-25",
    "2021-05-08",
    "2021-09-18",
    "2021-09-26",
    "2021-10-09",
]
moments = st.datetimes(datetime(2019, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def at(day: str, hour: int = 10) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour), CHINA)


@pytest.mark.parametrize(("first", "last"), OFF)
def test_the_announced_holidays_of_2020_and_2021_are_off(first: str, last: str) -> None:
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        assert not CALENDAR.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize("day", MADE_UP)
def test_the_announced_make_up_days_are_working_days_though_weekends(day: str) -> None:
    assert date.fromisoformat(day).weekday() >= 5
    assert CALENDAR.is_workday(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2020-09-30", 1, "2020-10-09"),
        ("2020-09-30", 2, "2020-10-10"),
        ("2020-09-25", 1, "2020-09-27"),
        ("2021-02-10", 3, "2021-02-20"),
        ("2021-04-30", 2, "2021-05-07"),
        ("2021-04-30", 3, "2021-05-08"),
        ("2020-10-03", 0, "2020-10-09"),
        ("2020-10-09", 0, "2020-10-09"),
    ],
)
def test_periods_over_holidays_end_on_the_right_day(start: str, days: int, end: str) -> None:
    due = CALENDAR.due(at(start), days)
    assert (due.moment.date(), due.provisional) == (date.fromisoformat(end), False)
    assert due.moment.timetz() == time(23, 59, 59, tzinfo=CHINA)


def test_the_day_is_counted_in_china_not_in_utc() -> None:
    evening_in_utc = datetime(2020, 9, 29, 17, 0, tzinfo=UTC)  # 2020-09-30, 01:00 in China
    assert CALENDAR.due(evening_in_utc, 1).moment.date() == date(2020, 10, 9)


def test_natural_days_end_on_a_working_day() -> None:
    assert CALENDAR.due_calendar_days(at("2020-09-21"), 10).moment.date() == date(2020, 10, 9)
    assert CALENDAR.due_calendar_days(at("2020-09-20"), 7).moment.date() == date(2020, 9, 27)


def test_a_period_that_reaches_an_unannounced_year_is_provisional() -> None:
    start = datetime(LAST_ANNOUNCED_YEAR, 12, 28, 10, tzinfo=CHINA)
    assert CALENDAR.due(start, 20).provisional
    assert not CALENDAR.due(start, 1).provisional


def test_an_override_goes_before_the_announced_calendar() -> None:
    changed = WorkCalendar({date(2020, 9, 28): False, date(2030, 1, 7): True})
    assert changed.due(at("2020-09-27"), 1).moment.date() == date(2020, 9, 29)
    assert changed.is_announced(date(2030, 1, 7))


@pytest.mark.parametrize("days", [-1, 1001])
def test_a_period_out_of_range_is_a_mistake_of_ours(days: int) -> None:
    with pytest.raises(ValueError, match="a period has"):
        CALENDAR.due(at("2020-09-27"), days)
    with pytest.raises(ValueError, match="a period has"):
        CALENDAR.due_calendar_days(at("2020-09-27"), days)


@given(moments, st.integers(1, 60))
def test_a_period_ends_on_a_working_day_and_spans_exactly_so_many(start: datetime, days: int) -> None:
    due = CALENDAR.due(start, days).moment
    assert CALENDAR.is_workday(due.date())
    assert CALENDAR.working_days_between(start, due) == days
    assert CALENDAR.working_days_between(due, start) <= 0


@given(moments, st.integers(0, 60), st.integers(0, 60))
def test_a_longer_period_or_a_later_start_never_ends_sooner(start: datetime, days: int, more: int) -> None:
    assert CALENDAR.due(start, days + more).moment >= CALENDAR.due(start, days).moment
    assert CALENDAR.due(start + timedelta(hours=more), days).moment >= CALENDAR.due(start, days).moment

"""Moments as the TOML files write them: ``today``, ``today+30d``, ``today-6m``, ``today-18y``, or the day itself."""

import calendar
import re
from datetime import date, timedelta

from services.forms.model import Kind

_RELATIVE = re.compile(r"today(?:([+-])(\d{1,4})([dmy]))?")


def shifted(day: date, months: int) -> date:
    """The same day `months` later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def moment(written: str, today: date) -> date:
    """The day; the first of a month that is given as a month. Raises `ValueError`."""
    relative = _RELATIVE.fullmatch(written)
    if relative is None:
        return date.fromisoformat(written if len(written) > 7 else f"{written}-01")
    sign, count, unit = relative.groups()
    if sign is None:
        return today
    steps = int(count) * (1 if sign == "+" else -1)
    return today + timedelta(days=steps) if unit == "d" else shifted(today, steps * (12 if unit == "y" else 1))


def is_moment(written: str, kind: Kind) -> bool:
    """Whether `written` can bound a field of this kind."""
    try:
        moment(written, date(2020, 6, 5))
    except ValueError:
        return False
    return written.startswith("today") or (len(written) == 7) == (kind is Kind.MONTH)


def text_of(day: date, kind: Kind) -> str:
    """As a form holds it."""
    return day.isoformat() if kind is Kind.DATE else f"{day:%Y-%m}"


def spoken(day: date, kind: Kind) -> str:
    """As a sentence says it."""
    return f"{day.year}年{day.month}月{day.day}日" if kind is Kind.DATE else f"{day.year}年{day.month}月"


def age_on(day: date, born: date) -> int:
    """Full years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

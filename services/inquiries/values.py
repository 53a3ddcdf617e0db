"""A department's values: checked against the declared type, masked, and written as a citizen reads them."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from certs_schema.masks import Mask, mask
from services.inquiries.model import Cell, Column, ColumnType
from services.kernel.clock import CHINA

NOTHING = "—"
"""Shown for a value that the department does not have."""
HIDDEN = "****"
OTHER = "其他"
"""Shown for a code that came up after the declaration was written."""
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_LONGEST = 2000


class MalformedRecord(Exception):
    """A value is not what its column declares; the text names the column, never a value."""


def cells(columns: tuple[Column, ...], record: Mapping[str, Any]) -> tuple[Cell, ...]:
    """A record's cells in the order of the columns. Raises `MalformedRecord`."""
    return tuple(_cell(column, record.get(column.key)) for column in columns)


def moment_text(moment: datetime) -> str:
    """As in ``2026年11月23日10:05``, in China's time."""
    local = moment.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"


def money_text(fen: int) -> str:
    """As in ``-1,234.50元``."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{rest:02d}元"


def _cell(column: Column, value: Any) -> Cell:
    if value is None:
        return Cell(column.key, NOTHING, None)
    if column.mask is not Mask.NONE:
        _shown(column, value)  # masked or not, it must be what is declared
        return Cell(column.key, mask(column.mask, str(value)) or HIDDEN, None)
    return Cell(column.key, _shown(column, value), value)


def _shown(column: Column, value: Any) -> str:
    unit = column.unit or ""
    match column.type, value:
        case ColumnType.TEXT, str() if len(value) <= _LONGEST:
            return value + unit
        case ColumnType.DATE, str():
            day = _date(column, value)
            return f"{day.year}年{day.month}月{day.day}日"
        case ColumnType.MONTH, str() if found := _MONTH.fullmatch(value):
            return f"{found[1]}年{int(found[2])}月"
        case ColumnType.DATE_TIME, str():
            return moment_text(_moment(column, value))
        case ColumnType.INTEGER, int() if not isinstance(value, bool):
            return f"{value}{unit}"
        case ColumnType.NUMBER, int() | float() if not isinstance(value, bool):
            return f"{value}{unit}"
        case ColumnType.MONEY_FEN, int() if not isinstance(value, bool):
            return money_text(value)
        case ((ColumnType.ENUM | ColumnType.STATUS), str()):
            return column.labels.get(value, OTHER)
    raise MalformedRecord(column.key)


def _date(column: Column, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise MalformedRecord(column.key) from None


def _moment(column: Column, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise MalformedRecord(column.key) from None
    if moment.tzinfo is None:
        raise MalformedRecord(column.key)
    return moment

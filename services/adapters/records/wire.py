"""The record service on the wire: what we ask and what comes back.

    POST /records/<system>/query
    {"resource": "YB-032", "party": {"kind": "PERSON", "name": …, "number": …} or null,
     "conditions": {…}, "from": 0, "count": 100}
    200 {"total": 2, "asOf": "2026-11-23T10:00:00+08:00", "source": "聊城市医疗保障局", "records": [{…}, …]}
    4xx {"code": "UNKNOWN_RESOURCE", "message": "…"}

`from` counts records from 0. No record at all is total 0, not an error. Record values are JSON: dates
``2026-11-23``, months ``2026-11``, moments with their offset, money in fen, codes as text.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.inquiries.model import Block, Party

AHEAD = timedelta(minutes=5)
"""A department's clock may be ahead of ours by so much."""


class MalformedAnswer(Exception):
    """An answer that is JSON and makes no sense; the text names the field, never a value."""


def question(
    resource: str, party: Party | None, conditions: Mapping[str, Any], start: int, count: int
) -> dict[str, Any]:
    who = None if party is None else {"kind": party.kind.value, "name": party.name, "number": party.number}
    return {"resource": resource, "party": who, "conditions": dict(conditions), "from": start, "count": count}


def block_of(answer: Any, count: int, now: datetime) -> Block:
    """Raises `MalformedAnswer`."""
    if not isinstance(answer, dict):
        raise MalformedAnswer("answer")
    total, records, source = answer.get("total"), answer.get("records"), answer.get("source", "")
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise MalformedAnswer("total")
    if not isinstance(records, list) or len(records) > min(total, count):
        raise MalformedAnswer("records")
    if not all(isinstance(one, dict) for one in records):
        raise MalformedAnswer("records")
    if not isinstance(source, str) or len(source) > 100:
        raise MalformedAnswer("source")
    try:
        as_of = datetime.fromisoformat(str(answer.get("asOf")))
    except ValueError:
        raise MalformedAnswer("asOf") from None
    if as_of.tzinfo is None or as_of > now + AHEAD:
        raise MalformedAnswer("asOf")
    return Block(total, as_of, source, tuple(records))

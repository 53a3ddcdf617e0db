"""The trace that a piece of work belongs to, carried by the task and named in logs and calls to departments.

W3C Trace Context, level 1: ``traceparent: 00-<32 hex trace id>-<16 hex parent id>-<2 hex flags>``.
"""

import os
import re
from contextvars import ContextVar, Token

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_NONE = "0" * 32

_trace_id: ContextVar[str] = ContextVar("trace_id", default=_NONE)


def trace_id() -> str:
    """The present trace's id, 32 hex digits; zeros outside any trace."""
    return _trace_id.get()


def new_trace_id() -> str:
    return os.urandom(16).hex()


def enter(trace: str) -> Token[str]:
    """Make `trace` the present one for this task; undo with `leave`."""
    return _trace_id.set(trace)


def leave(token: Token[str]) -> None:
    _trace_id.reset(token)


def trace_id_from(traceparent: str | None) -> str | None:
    """The trace id of a ``traceparent`` header; None when there is none or it breaks the format."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent and len(traceparent) <= 255 else None
    if match is None or match[1] == _NONE or match[2] == "0" * 16 or traceparent is None or traceparent[:2] == "ff":
        return None
    return match[1]


def traceparent() -> str:
    """A ``traceparent`` for a call made as part of the present trace, with a fresh parent id."""
    trace = trace_id()
    return f"00-{trace if trace != _NONE else new_trace_id()}-{os.urandom(8).hex()}-01"

"""The trace id of the work in hand: set at each edge, carried by outbound calls and log lines."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str | None] = ContextVar("trace_id", default=None)
_VALID = re.compile(r"[0-9a-f]{32}")


def new_trace_id() -> str:
    """A W3C trace id: 32 lower-case hex digits."""
    return secrets.token_hex(16)


def current_trace_id() -> str:
    """The trace id of the work in hand; a fresh one where no edge set any."""
    return _current.get() or new_trace_id()


@contextmanager
def tracing(trace_id: str | None) -> Iterator[str]:
    """Work inside the block belongs to `trace_id`; anything but 32 hex digits is replaced by a fresh one."""
    chosen = trace_id if trace_id and _VALID.fullmatch(trace_id) else new_trace_id()
    token = _current.set(chosen)
    try:
        yield chosen
    finally:
        _current.reset(token)

"""Structured logs, one JSON object a line, with the trace id and without personal data."""

import asyncio
import atexit
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog

from services.kernel import tracing

Event = MutableMapping[str, Any]

HIDDEN = "[hidden]"
NEVER = frozenset(
    {"id_number", "idnumber", "phone", "mobile", "name_zh", "token", "access_token", "refresh_token", "authorization",
     "cookie", "secret", "password", "code_verifier", "claims", "variables", "body", "client_ip"}
)  # fmt: skip
"""Keys whose values are never written, whatever they hold."""

PERSONAL = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx]"
    r"(?![0-9A-Za-z])"  # the two lines above: resident id, GB 11643
    r"|(?<![0-9A-Za-z])(?:\+?86[- ]?)?1\d{10}(?![0-9A-Za-z])"  # mobile number
    r"|eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*"  # JWS, JWE, SD-JWT
    r"|(?i:bearer)\s+[A-Za-z0-9._~+/=-]{8,}"
    r"|(?<![0-9A-Za-z])[1-9]\d{15,18}(?![0-9A-Za-z])"  # bank card
)


def hide(value: Any) -> Any:
    """`value` with everything that looks like a person's number or a token replaced, in depth."""
    if isinstance(value, str):
        return PERSONAL.sub(HIDDEN, value)
    if isinstance(value, MutableMapping):
        return {key: HIDDEN if str(key).lower() in NEVER else hide(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [hide(one) for one in value]
    if isinstance(value, bool | int | float) or value is None:
        return HIDDEN if isinstance(value, int) and PERSONAL.fullmatch(str(value)) else value
    return hide(str(value))


def hide_personal_data(logger: Any, method: str, event: Event) -> Event:
    """Last processor before the rendering: what comes later cannot add anything."""
    hidden: Event = hide(event)
    return hidden


def add_trace_id(logger: Any, method: str, event: Event) -> Event:
    event.setdefault("trace_id", tracing.trace_id())
    return event


def add_cause_only(logger: Any, method: str, event: Event) -> Event:
    """Exceptions as their kinds and places: their messages may quote what a citizen sent."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        causes: list[str] = []
        while error is not None and len(causes) < 5:
            frame, place = error.__traceback__, ""
            while frame is not None:
                place = f"{frame.tb_frame.f_globals.get('__name__', '?')}:{frame.tb_lineno}"
                frame = frame.tb_next
            causes.append(f"{type(error).__name__} at {place}" if place else type(error).__name__)
            error = error.__cause__ or error.__context__
        event["error"] = causes
    return event


class Lines:
    """Writes whole lines, gathered for a moment, so that a busy worker makes few system calls."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._gathered: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        atexit.register(self.flush)

    def write_soon(self, line: str) -> None:
        """For the access log: written within 50 ms. Call it in the event loop."""
        loop = asyncio.get_running_loop()
        if not self._gathered or loop is not self._loop:
            self._loop = loop
            loop.call_later(0.05, self.flush)
        self._gathered.append(line)

    def flush(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered:
            self._write("\n".join(gathered) + "\n")

    def write(self, line: str) -> None:
        """For everything else: written at once, after what was gathered."""
        self.flush()
        self._write(line + "\n")

    def _write(self, text: str) -> None:
        stream = self._stream or sys.stdout
        stream.write(text)
        stream.flush()


lines = Lines()


class _Logger:
    """What structlog ends in."""

    def msg(self, message: str) -> None:
        lines.write(message)

    debug = info = warning = error = critical = exception = log = msg


class _FromStandardLogging(logging.Handler):
    """Libraries that use `logging` end in the same lines; from INFO for uvicorn, from WARNING for the rest."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        logger.log(max(record.levelno, 10), record.getMessage(), exc_info=record.exc_info)


def _json(logger: Any, method: str, event: Event) -> str:
    return orjson.dumps(event, default=str).decode()


def configure_logs(log_format: str = "json") -> None:
    """Once at the start of a process; `log_format` is ``json`` or ``console``."""
    # The renderer's own tracebacks print local variables: names, numbers and tokens among them.
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    last: Any = console if log_format == "console" else _json
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_trace_id,
            add_cause_only,
            hide_personal_data,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *arguments: _Logger(),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_FromStandardLogging()]
    root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)

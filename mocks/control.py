"""The control surface of every mock: script refusals, delays, outages, garbage, odd callbacks; see what came in.

GET    /__mock__               the page
GET    /__mock__/behaviour     what is scripted
POST   /__mock__/behaviour     script one: {"kind", "person", "scope", "times", "seconds", "code", "message"}
DELETE /__mock__/behaviour     drop all, or one by ?id=
GET    /__mock__/log           calls received, newest last
POST   /__mock__/reset         forget scripts, log and what the mock itself kept
"""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from mocks.control_page import render
from mocks.people import PEOPLE

LONGEST_SECONDS = 3600.0


class Kind(StrEnum):
    """What a script makes the mock do."""

    REFUSE = "refuse"
    DELAY = "delay"
    OUTAGE = "outage"
    GARBAGE = "garbage"
    SLOW_DRIP = "slow_drip"
    LOST_ANSWER = "lost_answer"
    ASYNCHRONOUS = "asynchronous"
    DUPLICATE_CALLBACK = "duplicate_callback"
    NO_CALLBACK = "no_callback"
    CORRECTION = "correction"
    DENY = "deny"


MEANING: dict[Kind, str] = {
    Kind.REFUSE: "拒绝：按给定代码和理由不予办理",
    Kind.DELAY: "延迟：等若干秒再正常回答",
    Kind.OUTAGE: "宕机：一律回 503",
    Kind.GARBAGE: "乱码：回一段不是 JSON 的内容",
    Kind.SLOW_DRIP: "慢滴：每秒只回几个字节",
    Kind.LOST_ANSWER: "办了不回：事情办成，回答丢失（504）",
    Kind.ASYNCHRONOUS: "异步：先收下，若干秒后回调",
    Kind.DUPLICATE_CALLBACK: "重复回调：同一结果通知两次",
    Kind.NO_CALLBACK: "不回调：只能靠查询得知结果",
    Kind.CORRECTION: "补正：先要求一次补正（代码为表单字段，理由为所缺内容，用；分开）",
    Kind.DENY: "不予办理：先受理，再按给定代码和理由作出不予办理决定",
}


@dataclass(slots=True)
class Behaviour:
    """One script. Applies to one person (by id number) or, with None, to all; `times` None is for ever."""

    id: int
    kind: Kind
    person: str | None = None
    times: int | None = None
    seconds: float = 1.0
    code: str = ""
    message: str = ""
    scope: str | None = None
    """Only for one system or one item of a mock that plays many; None for all."""


class BadScript(ValueError):
    """The script makes no sense; the text says why."""


class Control:
    """What is scripted, and what came in."""

    def __init__(self, system: str, title: str) -> None:
        self.system = system
        self.title = title
        self._ids = itertools.count(1)
        self._behaviours: list[Behaviour] = []
        self._log: deque[dict[str, Any]] = deque(maxlen=1000)
        self._on_reset: list[Callable[[], None]] = []

    def on_reset(self, forget: Callable[[], None]) -> None:
        """Have `forget` called when the mock is reset."""
        self._on_reset.append(forget)

    def script(self, kind: str, person: str | None = None, **values: Any) -> Behaviour:
        """Add a script; the newest for a person goes before older ones and before those for all."""
        try:
            times = None if values.get("times") in (None, "") else int(values["times"])
            seconds = float(values.get("seconds") or 1.0)
            behaviour = Behaviour(next(self._ids), Kind(kind), person or None, times, seconds)
        except (TypeError, ValueError) as error:
            raise BadScript(f"not a script: {error}") from error
        if (times is not None and times < 1) or not 0 <= seconds <= LONGEST_SECONDS:
            raise BadScript(f"times must be 1 or more, seconds 0 to {LONGEST_SECONDS:.0f}")
        behaviour.code, behaviour.message = str(values.get("code") or ""), str(values.get("message") or "")
        behaviour.scope = str(values["scope"]) if values.get("scope") else None
        self._behaviours.insert(0, behaviour)
        return behaviour

    def take(self, person: str | None, *kinds: Kind) -> Behaviour | None:
        """The script that applies now; a counted one is used up by one."""
        return self.take_in((), person, *kinds)

    def take_in(self, scopes: tuple[str, ...], person: str | None, *kinds: Kind) -> Behaviour | None:
        """The same in a mock that plays many systems; `scopes` are those that the call is about."""
        fitting = [b for b in self._behaviours if b.kind in kinds and b.person in (None, person)]
        fitting = [b for b in fitting if b.scope is None or b.scope in scopes]
        chosen = next((b for b in fitting if b.person is not None), fitting[0] if fitting else None)
        if chosen is not None and chosen.times is not None:
            chosen.times -= 1
            if chosen.times == 0:
                self._behaviours.remove(chosen)
        return chosen

    def record(self, request: Request, operation: str, person: str | None, **more: Any) -> None:
        """Note a call in the log."""
        headers = request.headers
        self._log.append(
            {
                "operation": operation,
                "person": person,
                "idempotencyKey": headers.get("idempotency-key"),
                "traceId": headers.get("x-trace-id"),
                **more,
            }
        )

    @property
    def log(self) -> list[dict[str, Any]]:
        return list(self._log)

    @property
    def behaviours(self) -> list[Behaviour]:
        return list(self._behaviours)

    def drop(self, behaviour_id: int | None = None) -> None:
        """Take back one script, or all."""
        self._behaviours = [b for b in self._behaviours if behaviour_id is not None and b.id != behaviour_id]

    def reset(self) -> None:
        self._behaviours.clear()
        self._log.clear()
        for forget in self._on_reset:
            forget()

    async def disturb(self, person: str | None, scopes: tuple[str, ...] = ()) -> Response | None:
        """What goes wrong before any work is done: waits out a delay; an answer that replaces the real one."""
        take = partial(self.take_in, scopes) if scopes else self.take
        if delay := take(person, Kind.DELAY):
            await asyncio.sleep(delay.seconds)
        broken = take(person, Kind.OUTAGE, Kind.GARBAGE, Kind.SLOW_DRIP)
        if broken is None:
            return None
        if broken.kind is Kind.OUTAGE:
            return Response("Service Unavailable", status_code=503)
        if broken.kind is Kind.GARBAGE:
            return Response(b'<html>\xff\xfe{"infcode": 0, ...', media_type="application/json")
        return StreamingResponse(_drip(broken.seconds), media_type="application/json")

    def routes(self) -> list[BaseRoute]:
        """Mounted by every mock beside its own routes."""
        return [
            Route("/__mock__", self._page),
            Route("/__mock__/behaviour", self._behaviour, methods=["GET", "POST", "DELETE"]),
            Route("/__mock__/log", self._show_log),
            Route("/__mock__/reset", self._reset, methods=["POST"]),
        ]

    async def _page(self, request: Request) -> Response:
        people = [(p.id_number, f"{p.name}（{p.story}）") for p in PEOPLE.values()]
        return HTMLResponse(render(self.title, {k.value: text for k, text in MEANING.items()}, people))

    async def _behaviour(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                values = await request.json()
                behaviour = self.script(values.pop("kind", ""), values.pop("person", None), **values)
            except (ValueError, AttributeError, TypeError) as error:
                return JSONResponse({"error": str(error)}, status_code=400)
            return JSONResponse(asdict(behaviour), status_code=201)
        if request.method == "DELETE":
            chosen = request.query_params.get("id")
            if chosen is None or chosen.isdecimal():
                self.drop(None if chosen is None else int(chosen))
        return JSONResponse([asdict(b) for b in self._behaviours])

    async def _show_log(self, request: Request) -> Response:
        return JSONResponse(self.log)

    async def _reset(self, request: Request) -> Response:
        self.reset()
        return Response(status_code=204)


async def _drip(seconds: float) -> AsyncIterator[bytes]:
    """An answer that begins well and comes a byte at a time."""
    for _ in range(max(1, int(seconds * 10))):
        yield b" "
        await asyncio.sleep(0.1)
    yield b"{}"

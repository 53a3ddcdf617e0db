"""One department system over HTTP and JSON, with everything that keeps its troubles from becoming ours."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import aiohttp
import orjson
import stamina
from yarl import URL

from services.kernel import tracing
from services.kernel.adapter import CircuitState, DepartmentEndpoint, Standing
from services.kernel.clock import Clock
from services.kernel.errors import DepartmentDown, Overloaded
from services.outbound.breaker import Breaker, BreakerRule
from services.outbound.bulkhead import Bulkhead
from services.outbound.errors import DepartmentRefused
from services.outbound.signature import sign

Json = Any
CallHook = Callable[[str, str, float], None]
"""Called after each try with (system, outcome, seconds); outcome is OK, REFUSED, DOWN, TIMEOUT, GARBAGE,
CIRCUIT_OPEN or OVERLOADED."""
ReadRefusal = Callable[[int, Json], tuple[str, str] | None]
"""From (status, parsed body) to the department's (reason code, sentence), or None when it gives none."""

MAX_ANSWER_BYTES = 2_000_000
TRIES = 3
_TRY_LATER = {408, 425, 429}

observers: list[CallHook] = []
"""Process-wide hooks, for metrics: `observers.append(hook)`."""


def read_common_refusal(status: int, body: Json) -> tuple[str, str] | None:
    """Reads ``{"code", "message"}`` and OAuth's ``{"error", "error_description"}``."""
    if not isinstance(body, dict):
        return None
    for code, text in (("code", "message"), ("error", "error_description")):
        if isinstance(body.get(code), str):
            return body[code], str(body.get(text) or "")
    return None


class _Failed(DepartmentDown):
    """A try that failed, with its kind for the metrics; leaves the client as plain `DepartmentDown`."""

    def __init__(self, department: str, outcome: str) -> None:
        self.outcome = outcome
        super().__init__(department)


class DepartmentClient:
    """Calls one system. `name` is its adapter folder; bodies and answers are never logged.

    Every call ends within `endpoint.deadline_seconds`, tries and queueing included. It raises
    `DepartmentRefused` for a reasoned 4xx; `DepartmentDown` for silence, 5xx, garbage, slow drip,
    oversized answers, an unreasoned 4xx (our set-up is wrong) or an open circuit; `Overloaded`
    when too many of our own calls wait. Only repeatable calls are tried again: GET, or any with
    an idempotency key.
    """

    def __init__(
        self,
        endpoint: DepartmentEndpoint,
        name: str,
        clock: Clock,
        *,
        rule: BreakerRule | None = None,
        read_refusal: ReadRefusal = read_common_refusal,
        on_call: CallHook | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self.name = name
        self._endpoint = endpoint
        self._clock = clock
        self._breaker = Breaker(clock, rule or BreakerRule())
        self._bulkhead = Bulkhead(endpoint.concurrency, endpoint.deadline_seconds / 2)
        self._read_refusal = read_refusal
        self._on_call = on_call
        self._max_answer_bytes = max_answer_bytes
        self._session: aiohttp.ClientSession | None = None
        self._failing_since: datetime | None = None

    def circuit(self) -> CircuitState:
        return self._breaker.state

    def standing(self) -> Standing:
        """How the system is doing, as this worker's calls found it."""
        return Standing(self._breaker.state, self._failing_since)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self, path: str, query: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Json:
        """The JSON answer of a GET; tried again when it fails."""
        return await self._call("GET", path, query, b"", dict(headers or {}), repeatable=True)

    async def post(
        self,
        path: str,
        body: Json = None,
        *,
        form: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        repeatable: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """The JSON answer of a POST of JSON `body` or of a `form`.

        Tried again only with an idempotency key, or where `repeatable` says that it merely reads.
        """
        sent = dict(headers or {})
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            content = str(URL.build(query=form)).removeprefix("?").encode()
        else:
            sent["Content-Type"] = "application/json"
            content = orjson.dumps(body)
        if idempotency_key is not None:
            sent["Idempotency-Key"] = idempotency_key
        return await self._call("POST", path, None, content, sent, repeatable=repeatable or idempotency_key is not None)

    async def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: bytes,
        headers: dict[str, str],
        *,
        repeatable: bool,
    ) -> Json:
        url = URL(self._endpoint.base_url + path)
        if query:
            url = url.with_query(query)
        traceparent = tracing.traceparent()
        headers |= {"Accept": "application/json", "X-Trace-Id": traceparent[3:35], "traceparent": traceparent}
        deadline = self._endpoint.deadline_seconds
        try:
            async with asyncio.timeout(deadline), self._bulkhead.place():
                if not repeatable:
                    return await self._try(method, url, body, headers, deadline)
                async for attempt in stamina.retry_context(
                    on=_Failed, attempts=TRIES, timeout=deadline, wait_initial=0.05, wait_max=1.0, wait_jitter=0.2
                ):
                    with attempt:
                        return await self._try(method, url, body, headers, deadline * 0.6)
                raise DepartmentDown(self.name)
        except Overloaded:
            self._tell("OVERLOADED", 0.0)
            raise
        except (_Failed, TimeoutError) as failure:
            raise DepartmentDown(self.name) from failure

    async def _try(self, method: str, url: URL, body: bytes, headers: dict[str, str], seconds: float) -> Json:
        if not self._breaker.allow():
            self._tell("CIRCUIT_OPEN", 0.0)
            raise DepartmentDown(self.name)
        started = time.perf_counter()
        try:
            async with asyncio.timeout(seconds):
                answer = await self._exchange(method, url, body, headers)
        except DepartmentRefused:
            self._succeeded()
            self._tell("REFUSED", time.perf_counter() - started)
            raise
        except (aiohttp.ClientError, OSError, ValueError, _Failed) as error:  # TimeoutError is an OSError
            self._failed()
            outcome = error.outcome if isinstance(error, _Failed) else "DOWN"
            outcome = "TIMEOUT" if isinstance(error, TimeoutError) else outcome
            self._tell(outcome, time.perf_counter() - started)
            raise _Failed(self.name, outcome) from error
        except asyncio.CancelledError:
            # The whole deadline ran out during this try (asyncio.timeout cancels), or our caller went away.
            self._breaker.abandoned() if time.perf_counter() - started < seconds / 2 else self._failed()
            self._tell("TIMEOUT", time.perf_counter() - started)
            raise
        self._succeeded()
        self._tell("OK", time.perf_counter() - started)
        return answer

    def _succeeded(self) -> None:
        self._breaker.succeeded()
        self._failing_since = None

    def _failed(self) -> None:
        self._breaker.failed()
        self._failing_since = self._failing_since or self._clock.now()

    async def _exchange(self, method: str, url: URL, body: bytes, headers: dict[str, str]) -> Json:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._endpoint.concurrency),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        signed = headers | sign(self._endpoint.secret, method, url.raw_path_qs, body, self._clock.now())
        async with self._session.request(
            method, url, data=body or None, headers=signed, allow_redirects=False
        ) as response:
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > self._max_answer_bytes:
                    raise _Failed(self.name, "GARBAGE")
        status = response.status
        if status >= 500 or status in _TRY_LATER or 300 <= status < 400:
            raise _Failed(self.name, "DOWN")
        try:
            answer = orjson.loads(bytes(content)) if content else None
        except orjson.JSONDecodeError as error:
            raise _Failed(self.name, "GARBAGE") from error
        if status >= 400:
            refusal = self._read_refusal(status, answer)
            if refusal is None:
                raise _Failed(self.name, "GARBAGE")
            raise DepartmentRefused(self.name, refusal[0], refusal[1], status)
        return answer

    def _tell(self, outcome: str, seconds: float) -> None:
        for hook in (*observers, *([self._on_call] if self._on_call else ())):
            hook(self.name, outcome, seconds)

"""Around every request: its trace, the client's address, the access log, the metrics, the last net.

Pure ASGI and little work: the public catalogue's hot path goes through it.
"""

import asyncio
import time
from typing import Any

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.draining import draining
from gateway.errors import UNEXPECTED
from gateway.observability.client_address import Network, client_of
from gateway.observability.logs import lines
from gateway.observability.metrics import requests
from gateway.responses import JsonResponse
from services.kernel import tracing

OPERATION = "city.operation"
"""Key in the ASGI scope under which the GraphQL transport leaves the operation's name: that of a trusted
document, or ``other``. Never a name that a client made up."""

HEADERS = "city.headers"
"""Key in the ASGI scope of the headers as a mapping, the last of each name; so that nobody walks over them again."""

TRACE_ID = "city.trace_id"
"""Key in the ASGI scope of the request's trace id."""

QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines: counted, not logged."""

log = structlog.get_logger("gateway.request")


class Observed:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp, trusted: tuple[Network, ...] = (), access_log: bool = True) -> None:
        self.app = app
        self.trusted = trusted
        self.access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = scope[HEADERS] = dict(scope["headers"])
        traceparent = headers.get(b"traceparent")
        trace = (traceparent and tracing.trace_id_from(traceparent.decode("latin-1"))) or tracing.new_trace_id()
        scope[TRACE_ID] = trace
        client = scope.get("client")
        if client and (self.trusted or ":" in client[0]):
            scope["client"] = (self._client_of(scope, client[0]), client[1])
        token = tracing.enter(trace)
        requests.in_flight += 1
        status = 0

        async def observed_send(message: Message) -> None:
            nonlocal status
            kind = message["type"]
            if kind == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-trace-id", trace.encode("ascii"))]
            elif kind == "websocket.accept":
                status = 101
            await send(message)

        if b"text/event-stream" in headers.get(b"accept", b""):
            receive = _ending_when_draining(receive)
        try:
            await self.app(scope, receive, observed_send)
        except Exception as unknown:  # the edge: nothing above us but the server
            log.error("unexpected_error", exc_info=unknown)
            if scope["type"] == "http" and status == 0:
                body = {"message": UNEXPECTED, "code": "INTERNAL", "retryable": True, "traceId": trace}
                await JsonResponse({"error": body}, status_code=500)(scope, receive, observed_send)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011})
        finally:
            requests.in_flight -= 1
            self._account(scope, trace, status, time.perf_counter() - started)
            tracing.leave(token)

    def _client_of(self, scope: Scope, peer: str) -> str:
        forwarded = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")
        return client_of(peer, forwarded or None, self.trusted)

    def _account(self, scope: Scope, trace: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "unmatched"
        operation = scope.get(OPERATION, "")
        method = scope.get("method", "WEBSOCKET")
        if method == "WEBSOCKET":
            requests.observe(route, "GET", status or 403, operation, seconds)
        else:
            requests.observe(route, method, status or 499, operation, seconds)
        if self.access_log and route not in QUIET:
            event: dict[str, Any] = {
                "event": "request",
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "trace_id": trace,
                "method": method,
                "route": route,
                "status": status or 499,
                "ms": round(seconds * 1000, 2),
            }
            if operation:
                event["operation"] = operation
            lines.write_soon(orjson.dumps(event).decode())


def _ending_when_draining(receive: Receive) -> Receive:
    """An event stream has no end of its own: once we drain, its client seems to hang up, and comes back elsewhere."""
    body_read = False

    async def receive_or_drain() -> Message:
        nonlocal body_read
        if not body_read:
            message = await receive()
            body_read = message["type"] == "http.request" and not message.get("more_body", False)
            return message
        return await _first_of(receive)

    return receive_or_drain


async def _first_of(receive: Receive) -> Message:
    incoming = asyncio.ensure_future(receive())
    drained = asyncio.ensure_future(draining.wait())
    try:
        await asyncio.wait({incoming, drained}, return_when=asyncio.FIRST_COMPLETED)
        return incoming.result() if incoming.done() else {"type": "http.disconnect"}
    finally:
        for waiting in (incoming, drained):
            if not waiting.done():
                waiting.cancel()

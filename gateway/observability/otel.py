"""OpenTelemetry spans of requests and department calls. Imported only when the extra is installed and asked for."""

import os
import time
from collections.abc import Callable

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.observability.middleware import OPERATION, TRACE_ID
from services.kernel import tracing
from services.outbound.client import observers


class Spans:
    """The tracer of one app, from start to stop."""

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "liaocheng-subhall")})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self.tracer = self._provider.get_tracer("city")
        self._hook: Callable[[str, str, float], None] = self._department_call
        observers.append(self._hook)

    def around(self, app: ASGIApp) -> ASGIApp:
        return Traced(app, self.tracer)

    def close(self) -> None:
        """Send what is left; may take as long as the exporter's time-out."""
        observers.remove(self._hook)
        self._provider.shutdown()

    def _department_call(self, system: str, outcome: str, seconds: float) -> None:
        now = time.time_ns()
        begun = now - int(seconds * 1e9)
        span = self.tracer.start_span(f"call {system}", kind=SpanKind.CLIENT, start_time=begun)
        span.set_attribute("city.system", system)
        span.set_attribute("city.outcome", outcome)
        if outcome not in {"OK", "REFUSED"}:
            span.set_status(Status(StatusCode.ERROR))
        span.end(now)


class Traced:
    """A server span around each request, in the trace that `Observed` found or began."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self.app = app
        self.tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        method = scope.get("method", "WEBSOCKET")
        with self.tracer.start_as_current_span(method, _parent(scope), SpanKind.SERVER) as span:

            async def spanned_send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            await self.app(scope, receive, spanned_send)
            route = getattr(scope.get("route"), "path", "unmatched")
            span.update_name(f"{method} {route}")
            span.set_attribute("http.route", route)
            if scope.get(OPERATION):
                span.set_attribute("graphql.operation.name", scope[OPERATION])


def _parent(scope: Scope) -> Context:
    """The caller's span where it sent one; else a span of nobody that carries our trace id."""
    header = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
    own = tracing.trace_id_from(header) == scope[TRACE_ID]
    span_id = header.split("-")[2] if own and header else os.urandom(8).hex()
    context = SpanContext(int(scope[TRACE_ID], 16), int(span_id, 16), True, TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(context))

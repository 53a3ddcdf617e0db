"""Whether requests are traced to a collector: only when it is installed and asked for; else it costs nothing."""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from gateway.observability.otel import Spans

ASKED_BY = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
NEEDED = "opentelemetry.exporter.otlp.proto.http"

log = structlog.get_logger("gateway.observability")


def open_spans() -> Spans | None:
    """The tracer of this worker, or None."""
    if not any(os.environ.get(name) for name in ASKED_BY):
        return None
    if importlib.util.find_spec("opentelemetry") is None or importlib.util.find_spec(NEEDED) is None:
        log.warning("tracing_not_installed", hint="pip install '.[otel]'")
        return None
    spans: Spans = importlib.import_module("gateway.observability.otel").Spans()
    return spans

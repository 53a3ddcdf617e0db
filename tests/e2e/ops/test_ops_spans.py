"""OpenTelemetry: spans of requests and department calls in the caller's trace, and nothing unless asked for."""

import subprocess
import sys

import aiohttp
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from gateway.observability import otel
from gateway.observability.spans import open_spans
from services.outbound.client import observers
from tests.city import running_city

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_nothing_is_traced_unless_a_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert open_spans() is None


def test_a_collector_without_the_extra_is_a_warning_and_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert open_spans() is None


async def test_a_request_and_its_department_call_are_spans_of_the_callers_trace(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(otel, "OTLPSpanExporter", lambda: exporter)
    async with running_city(sqlite_url) as city:
        start = "mutation($i: StartSignInInput!) { startSignIn(input: $i) { state } }"
        redirect = f"{city.settings.public_url}/auth/callback"
        body = {"query": start, "variables": {"i": {"idempotencyKey": "s-1", "device": "d", "redirectUri": redirect}}}
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.post(f"{city.url}/graphql", json=body) as answer:
                assert "errors" not in await answer.json()
            async with session.get(f"{city.url}/nothing/371599199001010011") as answer:
                assert answer.status == 404
    spans = {span.name: span for span in exporter.get_finished_spans()}
    request, call = spans["POST /graphql"], spans["call identity"]
    assert f"{request.context.trace_id:032x}" == TRACE
    assert f"{request.parent.span_id:016x}" == PARENT
    assert call.parent.span_id == request.context.span_id
    assert call.attributes["city.outcome"] == "OK"
    assert "GET unmatched" in spans
    assert "371599" not in str([(span.name, dict(span.attributes)) for span in exporter.get_finished_spans()])
    assert not any(getattr(hook, "__self__", None).__class__.__name__ == "Spans" for hook in observers)


def test_the_gateway_does_not_import_opentelemetry_by_itself() -> None:
    code = "import sys, gateway.app; sys.exit(any(m.startswith('opentelemetry') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

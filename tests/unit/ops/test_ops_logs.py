"""Logs hold the trace and never the person."""

import io

import orjson
import pytest
import structlog

from gateway.observability import logs
from services.kernel import tracing


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(logs.lines, "_stream", stream)
    logs.configure_logs("json")
    yield stream
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "personal",
    [
        "371599199001010011",
        "37159919951111024X",
        "10000000001",
        "+86 13800138000",
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "Bearer abcdefgh12345678",
        "6222021234567890123",
    ],
)
def test_numbers_and_tokens_are_hidden_wherever_they_stand(written: io.StringIO, personal: str) -> None:
    structlog.get_logger("x").error(
        f"event with {personal}", note=f"身份证{personal}。", deep={"list": [personal, {"a": personal}]}
    )
    line = written.getvalue()
    assert personal.removeprefix("Bearer ").removeprefix("+86 ") not in line
    assert orjson.loads(line)["deep"]["list"][0] == logs.HIDDEN


def test_a_number_given_as_a_number_is_hidden_too(written: io.StringIO) -> None:
    structlog.get_logger("x").error("event", value=371599199001010011, count=12)
    event = orjson.loads(written.getvalue())
    assert event["value"] == logs.HIDDEN
    assert event["count"] == 12


@pytest.mark.parametrize("key", ["token", "Authorization", "id_number", "variables", "client_ip"])
def test_some_keys_are_never_written_whatever_they_hold(written: io.StringIO, key: str) -> None:
    structlog.get_logger("x").error("event", **{key: "张三"})
    assert orjson.loads(written.getvalue())[key] == logs.HIDDEN


def test_an_exception_is_told_by_kind_and_place_without_its_message(written: io.StringIO) -> None:
    try:
        try:
            int("张三")
        except ValueError as error:
            raise RuntimeError("for 371599199001010011") from error
    except RuntimeError:
        structlog.get_logger("x").error("failed", exc_info=True)
    event = orjson.loads(written.getvalue())
    assert [cause.split(" at ")[0] for cause in event["error"]] == ["RuntimeError", "ValueError"]
    assert "张三" not in written.getvalue()
    assert "371599" not in written.getvalue()


def test_every_line_has_the_trace_of_its_task(written: io.StringIO) -> None:
    token = tracing.enter("ab" * 16)
    structlog.get_logger("x").error("event")
    tracing.leave(token)
    assert orjson.loads(written.getvalue())["trace_id"] == "ab" * 16


@pytest.mark.parametrize(
    "harmless", ["2026-11-23T08:00:00Z", "YB-010", "019aa0c1-1111-7222-8333-444455556666", "371502"]
)
def test_times_codes_and_ids_are_left_alone(harmless: str) -> None:
    assert logs.hide(harmless) == harmless


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (f"00-{'a' * 32}-{'b' * 16}-01", "a" * 32),
        (f"01-{'a' * 32}-{'b' * 16}-01-future", "a" * 32),
        (f"00-{'0' * 32}-{'b' * 16}-01", None),
        (f"00-{'a' * 32}-{'0' * 16}-01", None),
        (f"ff-{'a' * 32}-{'b' * 16}-01", None),
        (f"00-{'A' * 32}-{'b' * 16}-01", None),
        ("00-short", None),
        ("x" * 1000, None),
        (None, None),
    ],
)
def test_a_traceparent_is_taken_only_in_its_exact_format(header: str | None, trace: str | None) -> None:
    assert tracing.trace_id_from(header) == trace


def test_a_call_of_ours_carries_the_trace_with_a_parent_of_its_own() -> None:
    token = tracing.enter("ab" * 16)
    first, second = tracing.traceparent(), tracing.traceparent()
    tracing.leave(token)
    assert tracing.trace_id_from(first) == tracing.trace_id_from(second) == "ab" * 16
    assert first != second

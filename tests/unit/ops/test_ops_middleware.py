"""The outermost middleware: the last net, and streams that end when the process drains."""

import asyncio
from typing import Any

import orjson
import pytest
from starlette.types import Message, Receive, Scope, Send

from gateway.draining import Draining
from gateway.errors import UNEXPECTED
from gateway.observability import middleware
from gateway.observability.client_address import parse_networks
from gateway.observability.middleware import Observed


def scope(kind: str = "http", **headers: str) -> Scope:
    return {
        "type": kind, "method": "GET", "path": "/x", "client": ("::ffff:10.0.0.1", 1),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip


class Wire:
    """Both ends of an ASGI connection."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.started = asyncio.Event()

    async def receive(self) -> Message:
        if not self.sent:
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        self.started.set()


async def test_an_unknown_failure_is_one_fixed_sentence_with_the_trace() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("secret of 371599199001010011")

    wire = Wire()
    await Observed(app, access_log=False)(scope(), wire.receive, wire.send)
    body = orjson.loads(wire.sent[1]["body"])["error"]
    assert wire.sent[0]["status"] == 500
    assert (body["message"], body["code"], body["retryable"]) == (UNEXPECTED, "INTERNAL", True)
    assert dict(wire.sent[0]["headers"])[b"x-trace-id"].decode() == body["traceId"]


async def test_a_failing_websocket_is_closed_as_an_internal_error() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError

    wire = Wire()
    await Observed(app, access_log=False)(scope("websocket"), wire.receive, wire.send)
    assert wire.sent == [{"type": "websocket.close", "code": 1011}]


async def test_an_event_stream_ends_when_the_process_drains(monkeypatch: pytest.MonkeyPatch) -> None:
    draining = Draining()
    monkeypatch.setattr(middleware, "draining", draining)
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((await receive())["type"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        seen.append((await receive())["type"])

    wire = Wire()
    running = asyncio.create_task(
        Observed(app, access_log=False)(scope(accept="text/event-stream"), wire.receive, wire.send)
    )
    await asyncio.wait_for(wire.started.wait(), 5)
    assert seen == ["http.request"]
    draining.begin()
    await asyncio.wait_for(running, 5)
    assert seen == ["http.request", "http.disconnect"]


@pytest.mark.parametrize(
    ("forwarded", "trusted", "client"),
    [(None, [], "10.0.0.1"), ("203.0.113.9", [], "10.0.0.1"), ("203.0.113.9", ["10.0.0.0/8"], "203.0.113.9")],
)
async def test_the_app_sees_the_clients_own_address(forwarded: str | None, trusted: list[str], client: str) -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["client"][0])

    wire = Wire()
    headers = {} if forwarded is None else {"x_forwarded_for": forwarded}
    await Observed(app, parse_networks(trusted), access_log=False)(scope(**headers), wire.receive, wire.send)
    assert seen == [client]

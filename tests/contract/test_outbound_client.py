"""`DepartmentClient` against a server that misbehaves in every way, over real HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from services.kernel import tracing
from services.kernel.adapter import CircuitState, DepartmentEndpoint
from services.kernel.clock import FixedClock
from services.kernel.errors import DepartmentDown, Overloaded
from services.outbound import DepartmentClient, DepartmentRefused
from tests.city import serving

Answer = Callable[[Request], Awaitable[Response]]


@dataclass
class Server:
    url: str
    clock: FixedClock
    answers: list[Answer] = field(default_factory=list)
    calls: list[dict[str, str]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)

    @asynccontextmanager
    async def client(self, deadline: float = 1.0, concurrency: int = 4) -> AsyncIterator[DepartmentClient]:
        client = DepartmentClient(
            DepartmentEndpoint(self.url, "secret", deadline, concurrency),
            "dept",
            self.clock,
            on_call=lambda name, outcome, seconds: self.told.append((name, outcome)),
            max_answer_bytes=1000,
        )
        try:
            yield client
        finally:
            await client.close()

    @property
    def outcomes(self) -> list[str]:
        return [outcome for _, outcome in self.told]


@pytest.fixture
async def server(clock: FixedClock) -> AsyncIterator[Server]:
    listening = socket.create_server(("127.0.0.1", 0))
    found = Server(f"http://127.0.0.1:{listening.getsockname()[1]}", clock)

    async def answer(request: Request) -> Response:
        found.calls.append(dict(request.headers))
        chosen = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
        return await chosen(request)

    app = Starlette(routes=[Route("/{rest:path}", answer, methods=["GET", "POST"])])
    async with serving(app, listening):
        yield found


def fixed(content: bytes, status: int = 200) -> Answer:
    async def answer(request: Request) -> Response:
        return Response(content, status_code=status, media_type="application/json")

    return answer


async def slow(request: Request) -> Response:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" "
            await asyncio.sleep(0.05)

    return StreamingResponse(drip(), media_type="application/json")


async def redirect(request: Request) -> Response:
    return RedirectResponse("/elsewhere", status_code=302)


async def endless(request: Request) -> Response:
    return Response(b'"' + b"x" * 5000 + b'"')


GOOD = fixed(b'{"ok": true}')


async def test_a_call_carries_trace_key_and_signature(server: Server) -> None:
    server.answers = [GOOD]
    token = tracing.enter("ab" * 16)
    async with server.client() as client:
        assert await client.post("/a?b=%E4%B8%AD", {"名": 1}, idempotency_key="k-1") == {"ok": True}
    tracing.leave(token)
    (call,) = server.calls
    assert (call["x-trace-id"], call["traceparent"][3:35], call["idempotency-key"]) == ("ab" * 16, "ab" * 16, "k-1")
    assert {"x-timestamp", "x-nonce", "x-signature"} <= set(call)
    assert server.outcomes == ["OK"]


async def test_a_form_goes_as_a_form(server: Server) -> None:
    seen: list[bytes] = []

    async def echo(request: Request) -> Response:
        seen.append(await request.body())
        return JSONResponse({})

    server.answers = [echo]
    async with server.client() as client:
        await client.post("/token", form={"code": "a b&c", "grant": "x"})
    assert seen == [b"code=a+b%26c&grant=x"]
    assert server.calls[0]["content-type"] == "application/x-www-form-urlencoded"


async def test_a_reasoned_refusal_is_typed_and_not_tried_again(server: Server) -> None:
    server.answers = [fixed('{"code": "E1", "message": "不行"}'.encode(), 422)]
    async with server.client() as client:
        with pytest.raises(DepartmentRefused) as refused:
            await client.get("/a")
        assert (refused.value.reason, refused.value.detail, refused.value.status) == ("E1", "不行", 422)
        assert "不行" not in str(refused.value.extensions) + refused.value.message
        assert client.circuit() is CircuitState.CLOSED
    assert server.outcomes == ["REFUSED"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (fixed(b"", 503), "DOWN"),
        (fixed(b'{"code": "later"}', 429), "DOWN"),
        (fixed(b"<html>"), "GARBAGE"),
        (fixed(b"forbidden", 403), "GARBAGE"),
        (endless, "GARBAGE"),
        (redirect, "DOWN"),
    ],
)
async def test_a_broken_answer_is_tried_again_where_it_may_be_and_then_down(
    server: Server, answer: Answer, outcome: str
) -> None:
    server.answers = [answer]
    async with server.client() as client:
        with pytest.raises(DepartmentDown) as down:
            await client.get("/a")
        assert down.value.extensions == {"department": "dept"}
        assert server.outcomes == [outcome] * 3
        with pytest.raises(DepartmentDown):
            await client.post("/a", {})
        assert len(server.calls) == 4
        server.answers = [answer, GOOD]
        assert await client.post("/a", {}, idempotency_key="k") == {"ok": True}


async def test_a_slow_drip_ends_at_the_deadline(server: Server) -> None:
    server.answers = [slow]
    async with server.client(deadline=0.3) as client:
        started = asyncio.get_running_loop().time()
        with pytest.raises(DepartmentDown):
            await client.get("/a")
        assert asyncio.get_running_loop().time() - started < 0.6
    assert set(server.outcomes) == {"TIMEOUT"}


async def test_nobody_listening_is_a_department_down(clock: FixedClock) -> None:
    client = DepartmentClient(DepartmentEndpoint("http://127.0.0.1:9", "s", 1.0), "dept", clock)
    with pytest.raises(DepartmentDown):
        await client.get("/a")
    await client.close()


async def test_a_department_that_keeps_failing_is_left_alone_and_then_tried_gently(server: Server) -> None:
    server.answers = [fixed(b"", 500)]
    async with server.client() as client:
        for _ in range(10):
            with pytest.raises(DepartmentDown):
                await client.post("/a", {})
        assert client.circuit() is CircuitState.OPEN
        with pytest.raises(DepartmentDown):
            await client.get("/a")
        assert len(server.calls) == 10
        assert server.outcomes[-1] == "CIRCUIT_OPEN"
        server.answers = [GOOD]
        server.clock.advance(timedelta(seconds=15))
        assert await client.get("/a") == {"ok": True}
        assert client.circuit() is CircuitState.HALF_OPEN
        assert await client.get("/a") == {"ok": True}
        assert client.circuit() is CircuitState.CLOSED


async def test_one_slow_department_holds_so_many_calls_and_no_more(server: Server) -> None:
    server.answers = [slow]
    async with server.client(deadline=0.6, concurrency=2) as client:
        results = await asyncio.gather(*(client.post("/a", {}) for _ in range(8)), return_exceptions=True)
    assert {type(one) for one in results} <= {Overloaded, DepartmentDown}
    assert sum(isinstance(one, Overloaded) for one in results) >= 4
    assert len(server.calls) <= 4

"""GraphQL over Server-Sent Events, one connection an operation ("distinct connections mode" of npm `graphql-sse`).

Whatever is wrong with the operation itself comes as a `next` event with `errors`, then `complete`: an EventSource
in a browser cannot read the body of a failed answer. A bad token is a plain 401.
"""

import asyncio
from contextlib import aclosing
from typing import Any

import orjson
from graphql import OperationType
from starlette.types import Receive, Scope, Send

from gateway.draining import draining
from gateway.graphql.contexts import Contexts, header, trace_id_of
from gateway.graphql.engine import Answer, Engine, Parameters, refusal
from gateway.graphql.errors import BatchRefused, DocumentErrors, MethodNotAllowed
from gateway.graphql.limits import StreamLimits
from services.kernel.errors import CityError, Denied, Unavailable

_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ],
}
_COMPLETE = b"event: complete\ndata: \n\n"
_ALIVE = b":\n\n"


class EventStream:
    """One operation's stream on one HTTP request."""

    def __init__(
        self, engine: Engine, contexts: Contexts, limits: StreamLimits, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._engine, self._contexts, self._limits = engine, contexts, limits
        self._scope, self._receive, self._send = scope, receive, send
        self._writing = asyncio.Lock()
        self._finished = False

    async def run(self, body: Any) -> None:
        """Stream until the operation ends, the client goes, does not read, or is no longer signed in.

        Raises, before anything is sent, what is a matter of HTTP: a batch, a mutation by GET, a bad token.
        """
        if isinstance(body, list):
            raise BatchRefused("实时连接一次只能执行一个操作。", limit=1, actual=len(body))
        authorization = header(self._scope, b"authorization")
        try:
            prepared = self._engine.prepare(Parameters.of(body))
            if self._scope["method"] == "GET" and prepared.kind is OperationType.MUTATION:
                raise MethodNotAllowed()
            context = await self._contexts.make(self._scope, prepared.operation, authorization)
        except (Denied, Unavailable, MethodNotAllowed):
            raise
        except (CityError, DocumentErrors) as error:
            await self._send(_START)
            await self._write(_next(refusal(error, trace_id_of(self._scope))))
            await self._write(_COMPLETE, last=True)
            return
        await self._send(_START)
        tasks = [
            asyncio.create_task(self._pump(prepared, context)),
            asyncio.create_task(self._until_gone()),
            asyncio.create_task(self._keep_alive()),
            asyncio.create_task(self._until_denied(authorization)),
            asyncio.create_task(self._until_draining()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            broken = task.exception()
            if broken is not None and not isinstance(broken, OSError | TimeoutError):  # else nobody reads any more
                raise broken

    async def _pump(self, prepared: Any, context: Any) -> None:
        try:
            async with aclosing(self._engine.stream(prepared, context)) as answers:
                async for answer in answers:
                    await self._write(_next(answer))
        except CityError as error:
            await self._write(_next(refusal(error, context.trace_id)))
        await self._write(_COMPLETE, last=True)

    async def _write(self, event: bytes, last: bool = False) -> None:
        """Send one event and wait until the client's buffer takes it; nothing goes after the last."""
        async with self._writing, asyncio.timeout(self._limits.send_seconds):
            if not self._finished:
                self._finished = last
                await self._send({"type": "http.response.body", "body": event, "more_body": not last})

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _until_draining(self) -> None:
        await draining.wait()
        await self._write(b"", last=True)  # without `complete`: the client connects again, to another worker

    async def _keep_alive(self) -> None:
        await self._write(_ALIVE)  # at once: the client learns that it is connected
        while True:
            await asyncio.sleep(self._limits.keep_alive_seconds)
            await self._write(_ALIVE)

    async def _until_denied(self, authorization: str | None) -> None:
        while True:
            await asyncio.sleep(self._limits.recheck_seconds)
            try:
                await self._contexts.check(authorization)
            except Denied as error:
                await self._write(_next(refusal(error, trace_id_of(self._scope))))
                await self._write(_COMPLETE, last=True)
                return
            except Unavailable:
                continue  # cannot tell just now; the next round will


def _next(answer: Answer) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(answer) + b"\n\n"

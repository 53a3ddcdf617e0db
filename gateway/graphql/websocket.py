"""GraphQL over WebSocket: the subprotocol `graphql-transport-ws`, as npm `graphql-ws` speaks it.

Every connection is bounded: time to introduce itself, operations at once, size of a message, time that one
message may take to be sent. Each operation sends before it takes the next event, so a slow reader slows its own
source and nothing piles up. The token is checked again while the connection lives, and an ended session closes it.
"""

import asyncio
from contextlib import aclosing, suppress
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from gateway.draining import draining
from gateway.graphql.contexts import Contexts, header
from gateway.graphql.engine import Answer, Engine, Parameters, refusal
from gateway.graphql.errors import BadRequest, DocumentErrors, TooManyOperations
from gateway.graphql.http import decode
from gateway.graphql.limits import StreamLimits
from services.kernel import tracing
from services.kernel.errors import CityError, Denied, StoreDown

PROTOCOL = "graphql-transport-ws"

BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN = 4400, 4401, 4403
BAD_PROTOCOL, INIT_TIMEOUT, SAME_ID, SECOND_INIT = 4406, 4408, 4409, 4429
GOING_AWAY = 1001
MAX_ID = 128


class _CloseConnection(Exception):
    """Close with this code; the reason is for developers."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


class _Gone(Exception):
    """The client has closed, or does not read."""


class GraphQLWebSocket:
    """Serves one engine."""

    def __init__(self, engine: Engine, contexts: Contexts, limits: StreamLimits) -> None:
        self._engine, self._contexts, self._limits = engine, contexts, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _Connection(self._engine, self._contexts, self._limits, scope, receive, send).run()


class _Connection:
    def __init__(
        self, engine: Engine, contexts: Contexts, limits: StreamLimits, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._engine, self._contexts, self._limits = engine, contexts, limits
        self._scope, self._receive, self._send_raw = scope, receive, send
        self._authorization: str | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._initialised = False
        self._lost = asyncio.Event()

    async def run(self) -> None:
        await self._receive()  # websocket.connect
        offered = self._scope.get("subprotocols", [])
        await self._send_raw({"type": "websocket.accept", "subprotocol": PROTOCOL if PROTOCOL in offered else None})
        talk = asyncio.create_task(self._talk(PROTOCOL in offered))
        watch = asyncio.create_task(self._watch())
        lost = asyncio.create_task(self._lost.wait())
        leaving = asyncio.create_task(draining.wait())
        try:
            await asyncio.wait({talk, watch, lost, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if leaving.done():
                raise _CloseConnection(GOING_AWAY, "Going away: connect again")
            for done in (talk, watch):
                if done.done():
                    done.result()
        except _CloseConnection as close:
            await self._end(close)
        except _Gone:
            pass
        finally:
            everything = [talk, watch, lost, leaving, *self._operations.values()]
            for task in everything:
                task.cancel()
            await asyncio.gather(*everything, return_exceptions=True)

    async def _end(self, close: _CloseConnection) -> None:
        with suppress(OSError, TimeoutError):  # gone already, or not reading: nothing to tell it
            async with asyncio.timeout(self._limits.send_seconds):
                await self._send_raw({"type": "websocket.close", "code": close.code, "reason": close.reason})

    async def _talk(self, known_protocol: bool) -> None:
        if not known_protocol:
            raise _CloseConnection(BAD_PROTOCOL, "Subprotocol not acceptable")
        try:
            async with asyncio.timeout(self._limits.init_seconds):
                while not self._initialised:
                    await self._take()
        except TimeoutError as error:
            raise _CloseConnection(INIT_TIMEOUT, "Connection initialisation timeout") from error
        while True:
            await self._take()

    async def _watch(self) -> None:
        """Check the token again and again; whoever has signed out or run out hears no more."""
        while True:
            await asyncio.sleep(self._limits.recheck_seconds)
            if self._authorization is None:
                continue
            with suppress(StoreDown):  # cannot tell just now; the next round will
                try:
                    await self._contexts.check(self._authorization)
                except Denied as error:
                    raise _CloseConnection(FORBIDDEN, "Forbidden: token expired or session ended") from error

    async def _take(self) -> None:
        """Receive one message and act on it."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise _Gone()
        text = event.get("text")
        if text is None or len(text) > self._engine.limits.body_bytes:
            raise _CloseConnection(BAD_MESSAGE, "Only text messages of a sane size")
        try:
            message = decode(text.encode())
        except (BadRequest, UnicodeEncodeError) as error:
            raise _CloseConnection(BAD_MESSAGE, "Invalid message: not JSON") from error
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "connection_init":
            await self._initialise(message.get("payload"))
        elif kind == "ping":
            await self._send({"type": "pong", **({"payload": message["payload"]} if "payload" in message else {})})
        elif kind == "subscribe":
            await self._subscribe(message.get("id"), message.get("payload"))
        elif kind == "complete" and isinstance(message.get("id"), str):
            task = self._operations.pop(message["id"], None)
            if task is not None:
                task.cancel()
        elif kind != "pong":
            raise _CloseConnection(BAD_MESSAGE, "Invalid message")

    async def _initialise(self, payload: Any) -> None:
        if self._initialised:
            raise _CloseConnection(SECOND_INIT, "Too many initialisation requests")
        if payload is not None and not isinstance(payload, dict):
            raise _CloseConnection(BAD_MESSAGE, "Invalid message: payload")
        given = payload or {}
        authorization = given.get("authorization") or given.get("Authorization")
        if authorization is not None and not isinstance(authorization, str):
            raise _CloseConnection(BAD_MESSAGE, "Invalid message: payload.authorization")
        self._authorization = authorization or header(self._scope, b"authorization")
        try:
            await self._contexts.check(self._authorization)
        except Denied as error:
            raise _CloseConnection(FORBIDDEN, "Forbidden: bad token") from error
        except CityError as error:
            raise _CloseConnection(GOING_AWAY, "Try again later") from error
        self._initialised = True
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, id_: Any, payload: Any) -> None:
        if not self._initialised:
            raise _CloseConnection(UNAUTHORIZED, "Unauthorized")
        if not isinstance(id_, str) or not 0 < len(id_) <= MAX_ID or not isinstance(payload, dict):
            raise _CloseConnection(BAD_MESSAGE, "Invalid message: subscribe")
        if id_ in self._operations:
            raise _CloseConnection(SAME_ID, f"Subscriber for {id_} already exists")
        if len(self._operations) >= self._limits.operations:
            error = TooManyOperations(limit=self._limits.operations)
            await self._send({"type": "error", "id": id_, "payload": refusal(error, tracing.trace_id())["errors"]})
            return
        task = asyncio.create_task(self._operate(id_, payload))
        self._operations[id_] = task

    async def _operate(self, id_: str, payload: dict[str, Any]) -> None:
        trace = tracing.new_trace_id()
        tracing.enter(trace)  # never left: this task is the operation
        try:
            prepared = self._engine.prepare(Parameters.of(payload))
            context = await self._contexts.make(self._scope, prepared.operation, self._authorization)
            async with aclosing(self._engine.stream(prepared, context)) as answers:
                async for answer in answers:
                    if "data" not in answer:  # refused before its first event
                        self._forget(id_)
                        await self._send({"type": "error", "id": id_, "payload": answer["errors"]})
                        return
                    await self._send({"type": "next", "id": id_, "payload": answer})
            self._forget(id_)
            await self._send({"type": "complete", "id": id_})
        except (CityError, DocumentErrors) as error:
            self._forget(id_)
            with suppress(_Gone):
                await self._send({"type": "error", "id": id_, "payload": refusal(error, trace)["errors"]})
        except _Gone:
            self._lost.set()

    def _forget(self, id_: str) -> None:
        """The id is free again before the client hears of the end and may use it anew."""
        if self._operations.get(id_) is asyncio.current_task():
            del self._operations[id_]

    async def _send(self, message: Answer) -> None:
        try:
            async with asyncio.timeout(self._limits.send_seconds):
                await self._send_raw({"type": "websocket.send", "text": orjson.dumps(message).decode()})
        except (OSError, TimeoutError) as error:
            raise _Gone() from error

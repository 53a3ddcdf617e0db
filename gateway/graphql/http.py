"""GraphQL over HTTP as a plain ASGI application: POST, GET for queries, batches, SSE by Accept."""

from typing import Any
from urllib.parse import parse_qs

import orjson
from graphql import OperationType
from starlette.types import Receive, Scope, Send

from gateway.graphql import negotiation
from gateway.graphql.contexts import Contexts, header, trace_id_of
from gateway.graphql.engine import Answer, Engine, Parameters, Prepared, refusal
from gateway.graphql.errors import (
    BadRequest,
    BatchRefused,
    BodyTooLarge,
    DocumentErrors,
    MethodNotAllowed,
    NotAcceptable,
)
from gateway.graphql.limits import StreamLimits
from gateway.graphql.sse import EventStream
from services.kernel.errors import CityError

Headers = list[tuple[bytes, bytes]]
MAX_NESTING = 64
"""Deepest `variables`; deeper is nobody's form."""


class Disconnected(Exception):
    """Nobody waits for the answer: the client went away while sending."""


class GraphQLHttp:
    """Serves one engine."""

    def __init__(self, engine: Engine, contexts: Contexts, stream_limits: StreamLimits) -> None:
        self._engine = engine
        self._contexts = contexts
        self._stream_limits = stream_limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        accept = headers.get(b"accept")
        media = negotiation.answer_type(accept.decode("latin-1") if accept is not None else None)
        answer: Answer | list[Answer]
        try:
            if media is None:
                raise NotAcceptable()
            body = await self._body(scope, headers, receive)
            if media == negotiation.EVENTS:
                await EventStream(self._engine, self._contexts, self._stream_limits, scope, receive, send).run(body)
                return
            if isinstance(body, list):
                status, answer = 200, await self._batch(body, scope)
            else:
                status, answer = 200, await self._one(Parameters.of(body), scope)
        except Disconnected:
            return
        except (CityError, DocumentErrors) as error:
            status, answer = self._refused(error, scope, media)
        if media is None or media == negotiation.EVENTS:
            media = negotiation.JSON
        await respond(send, status, media, orjson.dumps(answer), _headers_for(status))

    async def _body(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Any:
        if scope["method"] == "POST":
            content_type = headers.get(b"content-type")
            negotiation.require_json(content_type.decode("latin-1") if content_type is not None else None)
            return decode(await read_body(headers, receive, self._engine.limits.body_bytes))
        if scope["method"] == "GET":
            return parameters_of_url(scope["query_string"])
        raise MethodNotAllowed()

    async def _one(self, parameters: Parameters, scope: Scope) -> Answer:
        prepared = self._engine.prepare(parameters)
        self._check_kind(prepared, scope)
        context = await self._contexts.make(scope, prepared.operation, header(scope, b"authorization"))
        return await self._engine.answer(prepared, context)

    def _check_kind(self, prepared: Prepared, scope: Scope) -> None:
        if prepared.kind is OperationType.SUBSCRIPTION:
            raise NotAcceptable("实时订阅请使用 WebSocket，或以 Accept: text/event-stream 请求。")
        if scope["method"] == "GET" and prepared.kind is OperationType.MUTATION:
            raise MethodNotAllowed()

    async def _batch(self, bodies: list[Any], scope: Scope) -> list[Answer]:
        limit = self._engine.limits.batch
        if not 0 < len(bodies) <= limit:
            raise BatchRefused(limit=limit, actual=len(bodies))
        answers = []
        for body in bodies:  # one after another: a batch may not take more than its turn
            try:
                answers.append(await self._one(Parameters.of(body), scope))
            except (CityError, DocumentErrors) as error:
                answers.append(refusal(error, trace_id_of(scope)))
        return answers

    def _refused(self, error: CityError | DocumentErrors, scope: Scope, media: str | None) -> tuple[int, Answer]:
        """Status and answer of what was not run.

        In `application/json`, which proxies answer in too, 200 marks a GraphQL answer: a document that
        does not parse, validate or fit a limit gets 200 there, and 400 as GRAPHQL (specification, § 6.4).
        """
        status = 400 if isinstance(error, DocumentErrors) else error.http_status
        if media == negotiation.JSON and isinstance(error, DocumentErrors):
            status = 200
        return status, refusal(error, trace_id_of(scope))


def _headers_for(status: int) -> Headers:
    if status == 405:
        return [(b"allow", b"GET, POST")]
    if status == 401:
        return [(b"www-authenticate", b"Bearer")]
    if status == 413:
        return [(b"connection", b"close")]
    return []


async def respond(send: Send, status: int, media: str, body: bytes, headers: Headers) -> None:
    start = [
        (b"content-type", media.encode() + b"; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


async def read_body(headers: dict[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """The whole body. Raises `BodyTooLarge` as soon as more than `limit` bytes are announced or have come."""
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > limit:
        raise BodyTooLarge(limit=limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected()
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(limit=limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def decode(body: bytes) -> Any:
    """The JSON value. Raises `BadRequest` for what is no JSON, nests too deeply or holds NUL (no store takes it)."""
    if b"\\u0000" in body:
        raise BadRequest("文字里有不允许的字符。")
    if body.count(b"[") + body.count(b"{") > MAX_NESTING and nesting(body) > MAX_NESTING:
        raise BadRequest("请求内容嵌套过深。")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest("请求内容不是有效的 JSON。") from error


def nesting(body: bytes) -> int:
    """How deep brackets outside of strings nest; a rough reading that never recurses."""
    depth = deepest = 0
    inside = escaped = False
    for byte in body:
        if inside:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                inside = False
        elif byte == 0x22:
            inside = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def parameters_of_url(query_string: bytes) -> dict[str, Any]:
    """The same members as in a body; `variables` and `extensions` are JSON text. Raises `BadRequest`."""
    try:
        values = parse_qs(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError as error:
        raise BadRequest("网址中的参数无效。") from error
    body: dict[str, Any] = {}
    for name, given in values.items():
        if len(given) > 1:
            raise BadRequest("网址中的参数重复。", field=name if name.isalnum() else "url")
        if name in {"variables", "extensions"}:
            body[name] = decode(given[0].encode()) if given[0] else None
        else:
            body[name] = given[0]
    return body

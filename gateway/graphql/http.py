"""GraphQL over HTTP as a plain ASGI application: POST, GET for queries, batches, SSE by Accept."""

from typing import Any
from urllib.parse import parse_qs

import orjson
from graphql import OperationType
from starlette.types import Receive, Scope, Send

from gateway.bodies import Disconnected, read_body
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
from gateway.graphql.response_cache import KeptAnswer, ResponseCache
from gateway.graphql.sse import EventStream
from gateway.observability.middleware import HEADERS, OPERATION
from services.kernel.errors import CityError

Headers = list[tuple[bytes, bytes]]
NO_STORE: Headers = [(b"cache-control", b"no-store")]
PUBLIC: Headers = [(b"cache-control", b"public, no-cache"), (b"vary", b"accept")]
"""Anybody may keep it, and must ask again with its ETag: the version may have moved."""
_REFUSAL_HEADERS: dict[int, Headers] = {
    401: [(b"www-authenticate", b"Bearer")],
    405: [(b"allow", b"GET, POST")],
}
_CONTENT_TYPE = {m: f"{m}; charset=utf-8".encode() for m in (negotiation.GRAPHQL, negotiation.JSON)}
MAX_DISCARDED = 32_000_000
"""Bytes of a refused body that the server throws away as they come; a longer one is cut off."""
MAX_NESTING = 64
"""Deepest `variables`; deeper is nobody's form."""


class GraphQLHttp:
    """Serves one engine."""

    def __init__(
        self, engine: Engine, contexts: Contexts, stream_limits: StreamLimits, cache: ResponseCache | None = None
    ) -> None:
        self._engine = engine
        self._contexts = contexts
        self._stream_limits = stream_limits
        self._cache = ResponseCache({}) if cache is None else cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope.get(HEADERS) or dict(scope["headers"])
        media = negotiation.answer_type(headers.get(b"accept"))
        try:
            if media is None:
                raise NotAcceptable()
            request = await self._request(scope, headers, receive)
            kept = self._cache.of_request(request) if media != negotiation.EVENTS else None
            if kept is None:
                body = decode(request) if scope["method"] == "POST" else parameters_of_url(request)
                if media == negotiation.EVENTS:
                    await EventStream(self._engine, self._contexts, self._stream_limits, scope, receive, send).run(body)
                    return
                if isinstance(body, list):
                    await respond(send, 200, media, orjson.dumps(await self._batch(body, scope)), NO_STORE)
                    return
                answer = await self._one(body, request, scope)
                if isinstance(answer, dict):
                    await respond(send, 200, media, orjson.dumps(answer), NO_STORE)
                    return
                kept = answer
        except Disconnected:
            return
        except (CityError, DocumentErrors) as error:
            await self._refuse(error, scope, media, send)
            return
        scope[OPERATION] = kept.label
        if scope["method"] == "GET" and matches(headers.get(b"if-none-match"), kept.etag):
            await respond(send, 304, media, b"", [(b"etag", kept.etag), *PUBLIC])
            return
        start = kept.headers.get(media)
        if start is None:
            start = kept.headers[media] = headers_of(media, kept.body, [(b"etag", kept.etag), *PUBLIC])
        await send({"type": "http.response.start", "status": 200, "headers": start})
        await send({"type": "http.response.body", "body": kept.body})

    async def _request(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        """The body of a POST, the query string of a GET."""
        if scope["method"] == "POST":
            negotiation.require_json(headers.get(b"content-type"))
            limits, announced = self._engine.limits, headers.get(b"content-length", b"")
            too_large = BodyTooLarge(limit=limits.body_bytes)
            return await read_body(receive, limits.body_bytes, limits.body_seconds, too_large, announced)
        if scope["method"] == "GET":
            query_string: bytes = scope["query_string"]
            return query_string
        raise MethodNotAllowed()

    async def _one(self, body: Any, request: bytes | None, scope: Scope) -> Answer | KeptAnswer:
        """A kept answer for public operations that came as a `request` of their own; else a fresh one."""
        prepared = self._engine.prepare(Parameters.of(body))
        self._check_kind(prepared, scope)
        operation, variables = prepared.operation, prepared.variables
        label = scope[OPERATION] = self._engine.trusted.name_of(operation.text)
        cacheable = request is not None and self._cache.cacheable(operation)
        if cacheable:
            kept = self._cache.of_operation(operation, variables, request or b"")
            if kept is not None:
                return kept
            versions = self._cache.versions_of(operation)
        context = await self._contexts.make(scope, operation, header(scope, b"authorization"))
        answer = await self._engine.answer(prepared, context)
        if cacheable and "errors" not in answer:
            return self._cache.keep(operation, variables, request or b"", orjson.dumps(answer), versions, label)
        return answer

    def _check_kind(self, prepared: Prepared, scope: Scope) -> None:
        if prepared.kind is OperationType.SUBSCRIPTION:
            raise NotAcceptable("实时订阅请使用 WebSocket，或以 Accept: text/event-stream 请求。")
        if scope["method"] == "GET" and prepared.kind is OperationType.MUTATION:
            raise MethodNotAllowed()

    async def _batch(self, bodies: list[Any], scope: Scope) -> list[Any]:
        limit = self._engine.limits.batch
        if not 0 < len(bodies) <= limit:
            raise BatchRefused(limit=limit, actual=len(bodies))
        answers: list[Any] = []
        for body in bodies:  # one after another: a batch may not take more than its turn
            try:
                answers.append(await self._one(body, None, scope))
            except (CityError, DocumentErrors) as error:
                answers.append(refusal(error, trace_id_of(scope)))
        return answers

    async def _refuse(self, error: CityError | DocumentErrors, scope: Scope, media: str | None, send: Send) -> None:
        """Answer what was not run.

        In `application/json`, which proxies answer in too, 200 marks a GraphQL answer: a document that
        does not parse or validate gets 200 there, and 400 as GRAPHQL (specification, § 6.4).
        """
        status = 400 if isinstance(error, DocumentErrors) else error.http_status
        if media not in (negotiation.GRAPHQL, negotiation.JSON):
            media = negotiation.JSON
        if media == negotiation.JSON and isinstance(error, DocumentErrors):
            status = 200
        headers = [*NO_STORE, *_REFUSAL_HEADERS.get(status, ())]
        if status == 408 or (status == 413 and not _bearable(header(scope, b"content-length"))):
            headers.append((b"connection", b"close"))
        await respond(send, status, media, orjson.dumps(refusal(error, trace_id_of(scope))), headers)


def _bearable(content_length: str | None) -> bool:
    """Whether the rest of a refused body may come in, unread, so that its sender gets to read the refusal."""
    return content_length is not None and content_length.isdigit() and int(content_length) <= MAX_DISCARDED


def matches(if_none_match: bytes | None, etag: bytes) -> bool:
    """Whether the client has this very answer (RFC 9110 § 13.1.2)."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == b"*" or etag in (t.strip().removeprefix(b"W/") for t in if_none_match.split(b","))


def headers_of(media: str, body: bytes, headers: Headers) -> Headers:
    return [(b"content-type", _CONTENT_TYPE[media]), (b"content-length", b"%d" % len(body)), *headers]


async def respond(send: Send, status: int, media: str, body: bytes, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers_of(media, body, headers)})
    await send({"type": "http.response.body", "body": body})


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

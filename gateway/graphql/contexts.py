"""Makes the `RequestContext` of a request, asking who it is only when the operation needs to know."""

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.types import Scope

from gateway.auth.bearer import authenticate
from gateway.context import RequestContext
from gateway.graphql.documents import Operation

if TYPE_CHECKING:
    from gateway.bootstrap import Services

ContextMaker = Callable[[Scope, Operation], Awaitable[RequestContext]]

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def header(scope: Scope, name: bytes) -> str | None:
    """A header's value; None when it is not there. `name` is lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def trace_id_of(scope: Scope) -> str:
    """The trace id of this request: the one a middleware set, W3C traceparent's, else a fresh one."""
    state = scope.setdefault("state", {})
    known = state.get("trace_id")
    if known is None:
        given = next((v for k, v in scope["headers"] if k == b"traceparent"), b"")
        match = _TRACEPARENT.fullmatch(given)
        known = match[1].decode() if match else secrets.token_hex(16)
        state["trace_id"] = known
    return str(known)


def context_maker(services: "Services", public: frozenset[str]) -> ContextMaker:
    """A maker that leaves the caller unknown for operations of `public` root fields alone."""

    async def make(scope: Scope, operation: Operation) -> RequestContext:
        principal = None
        if not public.issuperset(operation.shape.root_fields):
            principal = await authenticate(services, header(scope, b"authorization"))
        client = scope.get("client")
        return RequestContext(
            services=services,
            principal=principal,
            trace_id=trace_id_of(scope),
            client_ip=client[0] if client else "",
            user_agent=(header(scope, b"user-agent") or "")[:200],
        )

    return make

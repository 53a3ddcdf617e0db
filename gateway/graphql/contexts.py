"""Makes the `RequestContext` of a request, asking who it is only when the operation needs to know."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.types import Scope

from gateway.auth.bearer import authenticate
from gateway.context import RequestContext
from gateway.graphql.documents import Operation
from services.kernel import tracing

if TYPE_CHECKING:
    from gateway.bootstrap import Services

ContextMaker = Callable[[Scope, Operation], Awaitable[RequestContext]]


def header(scope: Scope, name: bytes) -> str | None:
    """A header's value; None when it is not there. `name` is lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def trace_id_of(scope: Scope) -> str:
    """The trace of this request: the present one, else that of W3C `traceparent`, else a fresh one."""
    if tracing.trace_id() == "0" * 32:
        # never left: the server runs each request in a task, and so a context, of its own
        tracing.enter(tracing.trace_id_from(header(scope, b"traceparent")) or tracing.new_trace_id())
    return tracing.trace_id()


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

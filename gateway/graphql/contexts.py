"""Makes the `RequestContext` of a request, asking who it is only when the operation needs to know."""

import hashlib
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from graphql import OperationType
from starlette.types import Scope

from gateway.auth.bearer import WITHOUT_TOKEN, authenticate
from gateway.context import RequestContext
from gateway.graphql.documents import Operation
from services.kernel import tracing
from services.kernel.errors import Overloaded, StoreDown
from services.kernel.fast_state import FastState
from services.kernel.principal import Principal

if TYPE_CHECKING:
    from gateway.bootstrap import Services

MUTATIONS_WINDOW = timedelta(minutes=1)


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


class Contexts:
    """Makes contexts; leaves the caller unknown where no root field needs to know."""

    def __init__(self, services: "Services", public: frozenset[str]) -> None:
        self._services = services
        self._public = public | WITHOUT_TOKEN

    async def check(self, authorization: str | None) -> None:
        """Raise `Unauthenticated` for a bad, expired or revoked token."""
        await authenticate(self._services, authorization)

    async def make(self, scope: Scope, operation: Operation, authorization: str | None) -> RequestContext:
        """Raises `Unauthenticated` when the operation is not public and the token is bad, `Overloaded` when it
        is one mutation too many of this person, or of this address when nobody is signed in."""
        principal = None
        if authorization is not None and not self._public.issuperset(operation.shape.root_fields):
            principal = await authenticate(self._services, authorization)
        client = scope.get("client")
        if operation.kind is OperationType.MUTATION:
            await self._throttle(principal, client[0] if client else "")
        return RequestContext(
            services=self._services,
            principal=principal,
            trace_id=trace_id_of(scope),
            client_ip=client[0] if client else "",
            user_agent=(header(scope, b"user-agent") or "")[:200],
        )

    async def _throttle(self, principal: Principal | None, address: str) -> None:
        settings = self._services.settings
        if principal is not None:
            key, limit = f"gateway.mutations:{principal.person_id}", settings.mutations_per_person
        else:
            opaque = hashlib.sha256(b"mutations\x00" + address.encode()).hexdigest()[:32]
            key, limit = f"gateway.mutations.address:{opaque}", settings.mutations_per_address
        try:
            wait = await self._services.ports.get(FastState).hit(key, limit, MUTATIONS_WINDOW)
        except StoreDown:  # without the fast state nobody counts, and what needs no more than the store goes on
            return
        if wait is not None:
            raise Overloaded("操作太频繁，请稍等片刻再试。", retryAfterSeconds=ceil(wait))

"""What a resolver sees of its request: who asks, the services, and the batch loaders of this request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLResolveInfo

from services.kernel.errors import Unauthenticated
from services.kernel.principal import Assurance, Principal

if TYPE_CHECKING:
    from gateway.bootstrap import Services


@dataclass(slots=True)
class RequestContext:
    """One request's own state; passed to every resolver as `info.context`."""

    services: Services
    principal: Principal | None
    trace_id: str
    client_ip: str = ""
    user_agent: str = ""
    loaders: dict[str, Any] = field(default_factory=dict)
    """Batch loaders by name, made by the slice that needs one, for this request only."""


def context_of(info: GraphQLResolveInfo) -> RequestContext:
    context: RequestContext = info.context
    return context


def principal_of(info: GraphQLResolveInfo, assurance: Assurance = Assurance.PHONE) -> Principal:
    """The signed-in person. Raises `Unauthenticated`, or `StepUpRequired` below `assurance`."""
    principal = context_of(info).principal
    if principal is None:
        raise Unauthenticated()
    principal.require(assurance)
    return principal

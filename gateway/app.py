"""The ASGI application: routes of each part, under the middleware that all of them need."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import graphql, web
from gateway.bootstrap import Services, open_services
from gateway.observability.client_address import parse_networks
from gateway.observability.logs import lines
from gateway.observability.middleware import Observed
from gateway.observability.spans import open_spans
from gateway.rest import callbacks, certificate_types, health, keys, openapi, verification
from gateway.settings import Settings
from services.kernel.clock import Clock


def routes(services: Services) -> list[BaseRoute]:
    """Every route of the gateway."""
    return [
        *health.routes(services),
        *keys.routes(services),
        *callbacks.routes(services),
        *verification.routes(services),
        *certificate_types.routes(services),
        *openapi.routes(services),
        *graphql.routes(services),
        *web.routes(services),
    ]


class Gateway(Starlette):
    """Starlette, with GraphQL over HTTP ahead of its routing: most requests are that, and most of those
    are answered from memory, where a walk past the other routes would cost more than the answer."""

    graphql: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.graphql is not None and scope["type"] == "http" and scope["path"] == graphql.PATH:
            scope["app"] = self
            await self.graphql(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, clock: Clock | None = None) -> Starlette:
    """The gateway for one worker; services open when it starts and close when it stops."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_services(settings, clock) as services:
            app.state.services = services
            app.router.routes.extend(routes(services))
            queries = graphql.http_of(app.router.routes)
            gateway.graphql = observed(queries if spans is None else spans.around(queries))
            yield
        if spans is not None:
            await asyncio.to_thread(spans.close)
        lines.flush()

    observed = partial(Observed, trusted=parse_networks(settings.trusted_proxies), access_log=settings.access_log)
    spans = open_spans()
    around = [] if spans is None else [Middleware(spans.around)]
    gateway = Gateway(lifespan=lifespan, middleware=[Middleware(observed), *around])
    return gateway

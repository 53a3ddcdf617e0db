"""GraphQL over HTTP, WebSocket and SSE: one engine, bounded in everything a client can make it do."""

from collections.abc import Sequence
from functools import partial

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.bootstrap import Services
from gateway.graphql.contexts import Contexts
from gateway.graphql.engine import Engine
from gateway.graphql.http import GraphQLHttp
from gateway.graphql.limits import Limits, StreamLimits
from gateway.graphql.response_cache import ResponseCache
from gateway.graphql.trusted import TrustedDocuments, checked_in
from gateway.graphql.websocket import GraphQLWebSocket
from gateway.observability.metrics import watched
from gateway.root import graphql_schema, public_fields

PATH = "/graphql"


def engine_of(services: Services) -> Engine:
    """The engine of the city's own graph."""
    settings = services.settings
    return Engine(
        graphql_schema(),
        Limits.of(settings),
        introspection=settings.allows_introspection,
        trusted=TrustedDocuments(checked_in(), settings.trusted_documents_only),
    )


def routes(services: Services) -> list[BaseRoute]:
    fields = public_fields()
    versions = {version: partial(version, services) for version in fields.values()}  # fields share a version
    cache = ResponseCache({name: versions[version] for name, version in fields.items()})
    watched.caches["public_answers"] = (lambda: cache.hits, lambda: cache.misses)
    contexts = Contexts(services, cache.public_fields)
    return routes_of(engine_of(services), contexts, StreamLimits(), cache)


def routes_of(
    engine: Engine, contexts: Contexts, limits: StreamLimits, cache: ResponseCache | None = None
) -> list[BaseRoute]:
    """The routes of any engine: the city's, or a test's."""
    return [
        Route(PATH, GraphQLHttp(engine, contexts, limits, cache)),
        WebSocketRoute(PATH, GraphQLWebSocket(engine, contexts, limits)),
    ]


def http_of(routes: Sequence[BaseRoute]) -> ASGIApp:
    """The app behind the HTTP route of `routes`, which notes that route in the scope as Starlette does."""
    route = next(r for r in routes if isinstance(r, Route) and r.path == PATH)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = route
        await route.app(scope, receive, send)

    return app

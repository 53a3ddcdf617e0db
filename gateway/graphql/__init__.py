"""GraphQL over HTTP, WebSocket and SSE: one engine, bounded in everything a client can make it do."""

from starlette.routing import BaseRoute, Route, WebSocketRoute

from gateway.bootstrap import Services
from gateway.graphql.contexts import Contexts
from gateway.graphql.engine import Engine
from gateway.graphql.http import GraphQLHttp
from gateway.graphql.limits import Limits, StreamLimits
from gateway.graphql.trusted import TrustedDocuments, checked_in
from gateway.graphql.websocket import GraphQLWebSocket
from gateway.root import graphql_schema

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
    engine = engine_of(services)
    contexts = Contexts(services, public=frozenset({"__typename"}))
    return routes_of(engine, contexts, StreamLimits())


def routes_of(engine: Engine, contexts: Contexts, limits: StreamLimits) -> list[BaseRoute]:
    """The routes of any engine: the city's, or a test's."""
    return [
        Route(PATH, GraphQLHttp(engine, contexts, limits)),
        WebSocketRoute(PATH, GraphQLWebSocket(engine, contexts, limits)),
    ]

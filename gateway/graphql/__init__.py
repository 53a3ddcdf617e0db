"""GraphQL over HTTP, WebSocket and SSE: one engine, bounded in everything a client can make it do."""

from starlette.routing import BaseRoute, Route

from gateway.bootstrap import Services
from gateway.graphql.contexts import context_maker
from gateway.graphql.engine import Engine
from gateway.graphql.http import GraphQLHttp
from gateway.graphql.limits import Limits
from gateway.graphql.trusted import TrustedDocuments, checked_in
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
    public = frozenset({"__typename"})
    return [Route(PATH, GraphQLHttp(engine_of(services), context_maker(services, public)))]

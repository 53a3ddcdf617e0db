"""The whole graph, put together from the slices that `gateway/schema/` holds.

A slice `gateway/schema/<domain>/__init__.py` may state any of

    QUERIES, MUTATIONS, SUBSCRIPTIONS   classes whose fields join the root type of that name
    VIEWER                              classes whose fields join `Viewer`, with the Principal as root value
    TYPES                               object types that only an interface leads to
"""

import importlib
import pkgutil
from functools import cache
from typing import Any

import graphene
from graphene import relay
from graphql import GraphQLResolveInfo, GraphQLSchema

import gateway.schema
from gateway.context import principal_of
from services.kernel.principal import Principal


def _collect(name: str) -> tuple[type, ...]:
    found: list[type] = []
    for module in sorted(m.name for m in pkgutil.iter_modules(gateway.schema.__path__) if m.ispkg):
        found.extend(getattr(importlib.import_module(f"gateway.schema.{module}"), name, ()))
    return tuple(found)


def _viewer() -> type:
    description = "登录后的本人及其名下的一切。The signed-in person and what is theirs."
    meta = type("Meta", (), {"name": "Viewer", "description": description})
    return type("Viewer", (*_collect("VIEWER"), graphene.ObjectType), {"Meta": meta})


def _query(viewer: type) -> type:
    class Query(*_collect("QUERIES"), graphene.ObjectType):  # type: ignore[misc]  # bases are discovered
        """读取。Reads; public catalogue fields need no sign-in."""

        node = relay.Node.Field(description="按全局编号取任一对象。Any object by its global id (Relay).")
        viewer = graphene.Field(viewer, description="本人；未登录时报 UNAUTHENTICATED。The signed-in person.")

        @staticmethod
        def resolve_viewer(root: None, info: GraphQLResolveInfo) -> Principal:
            return principal_of(info)

    return Query


def _root(name: str, parts: tuple[type, ...], description: str) -> type | None:
    if not parts:
        return None
    meta = type("Meta", (), {"name": name, "description": description})
    return type(name, (*parts, graphene.ObjectType), {"Meta": meta})


@cache
def schema() -> graphene.Schema:
    """The graph as graphene knows it; made once."""
    arguments: dict[str, Any] = {
        "mutation": _root("Mutation", _collect("MUTATIONS"), "办理。Writes; each input has an idempotencyKey."),
        "subscription": _root("Subscription", _collect("SUBSCRIPTIONS"), "实时进展。Live progress."),
    }
    return graphene.Schema(query=_query(_viewer()), types=list(_collect("TYPES")), **arguments)


def graphql_schema() -> GraphQLSchema:
    """The graph as graphql-core executes it."""
    core: GraphQLSchema = schema().graphql_schema
    return core

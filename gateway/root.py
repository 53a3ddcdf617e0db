"""The whole graph, put together from the slices that `gateway/schema/` holds.

A slice `gateway/schema/<domain>/__init__.py` may state any of

    QUERIES, MUTATIONS, SUBSCRIPTIONS   classes whose fields join the root type of that name
    VIEWER                              classes whose fields join `Viewer`, with the Principal as root value
    TYPES                               object types that only an interface leads to
    PUBLIC                              {GraphQL name of a root query field: version(services)} for fields whose answer
                                        is the same for everybody and changes only when the version does: such
                                        operations never ask who the caller is, and are answered from memory whole
"""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import graphene
from graphene import relay
from graphql import GraphQLResolveInfo, GraphQLSchema

import gateway.schema
from gateway.context import principal_of
from services.kernel.principal import Principal

if TYPE_CHECKING:
    from gateway.bootstrap import Services

Version = Callable[["Services"], str]


def _slices() -> list[ModuleType]:
    names = sorted(m.name for m in pkgutil.iter_modules(gateway.schema.__path__) if m.ispkg)
    return [importlib.import_module(f"gateway.schema.{name}") for name in names]


def _collect(name: str) -> tuple[type, ...]:
    return tuple(part for module in _slices() for part in getattr(module, name, ()))


def _viewer() -> type | None:
    return _root("Viewer", _collect("VIEWER"), "登录后的本人及其名下的一切。The signed-in person and what is theirs.")


def _resolve_viewer(root: None, info: GraphQLResolveInfo) -> Principal:
    return principal_of(info)


def _query() -> type:
    fields: dict[str, Any] = {
        "node": relay.Node.Field(description="按全局编号取任一对象。Any object by its global id.")
    }
    viewer_type = _viewer()
    if viewer_type is not None:
        fields["viewer"] = graphene.Field(
            viewer_type, description="本人；未登录时报 UNAUTHENTICATED。The signed-in person."
        )
        fields["resolve_viewer"] = staticmethod(_resolve_viewer)
    parts = (*_collect("QUERIES"), type("Root", (), fields))
    root = _root("Query", parts, "读取。Reads; public catalogue fields need no sign-in.")
    assert root is not None  # noqa: S101 - `parts` is never empty
    return root


def _root(name: str, parts: tuple[type, ...], description: str) -> type | None:
    if not parts:
        return None
    meta = type("Meta", (), {"name": name, "description": description})
    return type(name, (*parts, graphene.ObjectType), {"Meta": meta})


def _forever(services: "Services") -> str:
    """The version of what only a new release changes."""
    return ""


def public_fields() -> dict[str, Version]:
    """Root query fields that are the same for everybody, with what tells their version."""
    found: dict[str, Version] = {"__typename": _forever, "__schema": _forever, "__type": _forever}
    for part in _slices():
        found.update(getattr(part, "PUBLIC", {}))
    return found


@cache
def schema() -> graphene.Schema:
    """The graph as graphene knows it; made once."""
    arguments: dict[str, Any] = {
        "mutation": _root("Mutation", _collect("MUTATIONS"), "办理。Writes; each input has an idempotencyKey."),
        "subscription": _root("Subscription", _collect("SUBSCRIPTIONS"), "实时进展。Live progress."),
    }
    return graphene.Schema(query=_query(), types=list(_collect("TYPES")), **arguments)


def graphql_schema() -> GraphQLSchema:
    """The graph as graphql-core executes it."""
    core: GraphQLSchema = schema().graphql_schema
    return core

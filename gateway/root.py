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
from graphql_relay import from_global_id

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


def _resolve_node(root: None, info: GraphQLResolveInfo, id: str) -> Any:  # noqa: A002 - the argument's name
    """graphene's own resolver raises a bare Exception for an id that it never made."""
    try:
        type_name, key = from_global_id(id)
    except ValueError:  # binascii's and Unicode's errors are ValueErrors
        return None
    core = info.schema.get_type(type_name) if type_name else None
    kind = getattr(core, "graphene_type", None)
    if kind is None or relay.Node not in getattr(kind._meta, "interfaces", ()) or not hasattr(kind, "get_node"):
        return None
    return kind.get_node(info, key)


def _query() -> type:
    node = graphene.Field(
        relay.Node,
        id=graphene.ID(required=True, description="全局编号。Global id."),
        description="按全局编号取任一对象；没有或不是自己的为空。Any object by its global id, null for none.",
        resolver=_resolve_node,
    )
    fields: dict[str, Any] = {"node": node}
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

"""How one operation is run: what of the execution does not depend on the request is worked out once.

Most of an answer is plain text and numbers read off an object. For those fields the plan knows the attribute
and the Python type that needs no conversion; everything else goes graphql-core's own way.
"""

from functools import partial
from typing import Any, NamedTuple

from graphene.types.resolver import dict_or_attr_resolver
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLBoolean,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    Node,
    OperationDefinitionNode,
    VariableNode,
    visit,
)
from graphql.execution.collect_fields import collect_fields
from graphql.language.visitor import BREAK, Visitor, VisitorAction

Fields = dict[str, list[FieldNode]]

_NEEDS_NO_CONVERSION: dict[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool, GraphQLInt: int}


class Step(NamedTuple):
    """One field of a selection."""

    response_name: str
    nodes: list[FieldNode]
    attribute: str | None
    """Of the parent object or dict; None: not a plain field."""
    plain: type | None
    nullable: bool


class Plan:
    """Reusable part of the execution of one operation."""

    def __init__(
        self, schema: GraphQLSchema, node: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
    ) -> None:
        self.schema = schema
        self.node = node
        self.fragments = fragments
        self.fixed = not _depends_on_variables(node, *fragments.values())
        """Whether every request of this operation selects the same fields."""
        self.subfields: dict[Any, Fields] = {}
        """Of each (type, selection); shared by all requests while `fixed`."""
        root = schema.get_root_type(node.operation)
        self.root_fields: Fields | None = None
        if self.fixed and root is not None:
            self.root_fields = collect_fields(schema, fragments, {}, root, node.selection_set)
        self._steps: dict[tuple[int, str], list[Step]] = {}

    def steps(self, parent: GraphQLObjectType, fields: Fields) -> list[Step]:
        """The steps of a selection that this plan holds; only while `fixed`."""
        key = (id(fields), parent.name)  # the plan keeps `fields`, so its id stays its own
        known = self._steps.get(key)
        if known is None:
            known = self._steps[key] = [_step(parent, name, nodes) for name, nodes in fields.items()]
        return known


def _step(parent: GraphQLObjectType, response_name: str, nodes: list[FieldNode]) -> Step:
    field = parent.fields.get(nodes[0].name.value)
    if field is None or field.args:
        return Step(response_name, nodes, None, None, False)
    required = isinstance(field.type, GraphQLNonNull)
    kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    plain, resolve = _NEEDS_NO_CONVERSION.get(kind), field.resolve
    if plain is None or not isinstance(resolve, partial) or resolve.func is not dict_or_attr_resolver:
        return Step(response_name, nodes, None, None, False)
    return Step(response_name, nodes, str(resolve.args[0]), plain, not required)


class _Conditions(Visitor):
    """Finds a `@skip` or `@include` whose condition is a variable."""

    found = False

    def enter_directive(self, node: Any, *_: object) -> VisitorAction:
        if any(isinstance(argument.value, VariableNode) for argument in node.arguments):
            self.found = True
            return BREAK
        return None


def _depends_on_variables(*nodes: Node) -> bool:
    conditions = _Conditions()
    for node in nodes:
        visit(node, conditions)
    return conditions.found

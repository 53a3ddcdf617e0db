"""Measures a valid document: depth, aliases, root fields, cost. Linear in its length: a fragment is measured once."""

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

from gateway.graphql.limits import CostNode, ListSize, Shape

PAGE = 20
"""Items in a page when `first` is left out (`gateway.relay.page_size`)."""
UNSTATED_LIST = 4
"""Items assumed in a list without `first`, like the materials of an item. Assumed, not measured."""
_PAGE_PARTS = {"edges", "nodes"}
"""Lists within a connection: its `first` has counted them."""


@dataclass(frozen=True, slots=True)
class _Measure:
    depth: int
    aliases: int
    cost: CostNode
    names: tuple[str, ...]


class _Analysis:
    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._measured: dict[str, _Measure] = {}

    def _fragment(self, name: str) -> _Measure:
        measured = self._measured.get(name)
        if measured is None:
            node = self._fragments[name]
            on = self._schema.type_map.get(node.type_condition.name.value)
            measured = self.selections(node.selection_set, on if is_composite_type(on) else None)  # type: ignore[arg-type]  # narrowed by the check
            self._measured[name] = measured
        return measured

    def selections(self, selection_set: SelectionSetNode, parent: GraphQLCompositeType | None) -> _Measure:
        depth = aliases = fixed = 0
        parts: list[tuple[ListSize, CostNode]] = []
        names: list[str] = []
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                inner, size = self._field(selection, parent)
                depth = max(depth, 1 + inner.depth)
                aliases += inner.aliases + (selection.alias is not None)
                fixed += 1
                names.append(selection.name.value)
            else:
                inner, size = self._spread(selection, parent), ListSize(1)
                depth = max(depth, inner.depth)
                aliases += inner.aliases
                names.extend(inner.names)
            if size.variable is None and not inner.cost.parts:
                fixed += size.number * inner.cost.fixed
            else:
                parts.append((size, inner.cost))
        return _Measure(depth, aliases, CostNode(fixed, tuple(parts)), tuple(names[:1000]))

    def _spread(self, node: object, parent: GraphQLCompositeType | None) -> _Measure:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        assert isinstance(node, InlineFragmentNode)  # noqa: S101 - the third and last kind of selection
        if node.type_condition is not None:
            named = self._schema.type_map.get(node.type_condition.name.value)
            parent = named if is_composite_type(named) else None  # type: ignore[assignment]  # narrowed by the check
        return self.selections(node.selection_set, parent)

    def _field(self, node: FieldNode, parent: GraphQLCompositeType | None) -> tuple[_Measure, ListSize]:
        if node.selection_set is None or node.name.value in {"__schema", "__type"}:
            return _LEAF, _ONCE  # tools ask for the schema deeply, where introspection is on at all
        field: GraphQLField | None = None
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            field = parent.fields.get(node.name.value)
        inner_type = get_named_type(field.type) if field else None
        inner = self.selections(node.selection_set, inner_type if is_composite_type(inner_type) else None)  # type: ignore[arg-type]  # narrowed by the check
        return inner, _size(node, field)


def _size(node: FieldNode, field: GraphQLField | None) -> ListSize:
    if field is None:
        return _ONCE
    if "first" in field.args:
        for argument in node.arguments:
            if argument.name.value == "first":
                if isinstance(argument.value, IntValueNode):
                    return ListSize(max(int(argument.value.value), 0))
                if isinstance(argument.value, VariableNode):
                    return ListSize(PAGE, argument.value.name.value)
        default = field.args["first"].default_value
        return ListSize(default if isinstance(default, int) else PAGE)
    if _is_list(field) and node.name.value not in _PAGE_PARTS:
        return ListSize(UNSTATED_LIST)
    return _ONCE


def _is_list(field: GraphQLField) -> bool:
    kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return isinstance(kind, GraphQLList)


_ONCE = ListSize(1)
_LEAF = _Measure(0, 0, CostNode(0), ())


def shape_of(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Shape:
    """The shape of one operation of a document that passed validation."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    root = schema.get_root_type(operation.operation)
    measure = _Analysis(schema, fragments).selections(operation.selection_set, root)
    return Shape(measure.depth, measure.aliases, measure.names, measure.cost)

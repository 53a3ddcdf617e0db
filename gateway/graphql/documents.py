"""Documents are parsed, validated and measured once, then kept in a bounded LRU."""

from collections import OrderedDict
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    StringValueNode,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.language.visitor import SKIP, Visitor, VisitorAction

from gateway.graphql.analysis import shape_of
from gateway.graphql.errors import BadRequest, DocumentErrors, DocumentRefused, IntrospectionRefused, TooManyTokens
from gateway.graphql.limits import Limits, Shape
from gateway.graphql.plan import Plan

MAX_KEPT = 1_000
MAX_KEPT_CHARACTERS = 2_000_000
"""Text of all kept documents together; their parsed form takes some 100 bytes a character."""

MAX_SELECTIONS = 150


@dataclass(slots=True, eq=False)
class Operation:
    """One operation of a document, ready to run any number of times."""

    text: str
    """Of the whole document."""
    name: str | None
    kind: OperationType
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    shape: Shape
    plan: Plan


@dataclass(slots=True, eq=False)
class Document:
    """A valid document. `text` is its key."""

    text: str
    operations: dict[str | None, Operation] = field(default_factory=dict)

    def operation(self, name: str | None) -> Operation:
        """The operation of this name; the only one when the name is None or empty. Raises `BadRequest`."""
        if not name:
            if len(self.operations) == 1:
                return next(iter(self.operations.values()))
            raise BadRequest("请求里有多个操作，请用 operationName 指明要执行哪一个。")
        found = self.operations.get(name)
        if found is None:
            raise BadRequest("请求里没有 operationName 指明的操作。", field="operationName")
        return found


class DocumentCache:
    """Parsed and valid documents by their text; least recently used goes first. Not for several threads."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, introspection: bool) -> None:
        self.schema = schema
        self._limits = limits
        self._introspection = introspection
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, text: str) -> Document:
        """The document. Raises `DocumentErrors`, `DocumentRefused` or `BadRequest`."""
        found = self._kept.get(text)
        if found is not None:
            self._kept.move_to_end(text)
            return found
        document = self._read(text)
        self._kept[text] = document
        self._characters += len(text)
        while len(self._kept) > MAX_KEPT or self._characters > MAX_KEPT_CHARACTERS:
            dropped, _ = self._kept.popitem(last=False)
            self._characters -= len(dropped)
        return document

    def _read(self, text: str) -> Document:
        ast = self._parse(text)
        visit(ast, _Guard(self._introspection))
        suggestions = self._introspection
        errors = validate(self.schema, ast, specified_rules, max_errors=20, hide_suggestions=not suggestions)
        if errors:
            raise DocumentErrors(errors, "GRAPHQL_VALIDATION_FAILED")
        fragments = {d.name.value: d for d in ast.definitions if isinstance(d, FragmentDefinitionNode)}
        document = Document(text)
        for node in ast.definitions:
            if isinstance(node, OperationDefinitionNode):
                shape = shape_of(self.schema, ast, node)
                fault: DocumentRefused | None = shape.fault(self._limits)
                if fault is not None:
                    raise fault
                name = node.name.value if node.name else None
                plan = Plan(self.schema, node, fragments)
                document.operations[name] = Operation(text, name, node.operation, node, fragments, shape, plan)
        if not document.operations:
            raise BadRequest("请求里没有可以执行的操作。", field="query")
        return document

    def _parse(self, text: str) -> DocumentNode:
        limit = self._limits.tokens
        try:
            return parse(text, max_lexical_tokens=limit, max_comments=limit)
        except GraphQLSyntaxError as error:
            if "tokens" in error.message and str(limit) in error.message:
                raise TooManyTokens(f"查询超过 {limit} 个词", limit=limit, actual=limit + 1) from error
            raise DocumentErrors([error], "GRAPHQL_PARSE_FAILED") from error
        except GraphQLError as error:
            raise DocumentErrors([error], "GRAPHQL_PARSE_FAILED") from error


class _Guard(Visitor):
    """Refuses, before the costlier validation, NUL in strings and introspection where it is off."""

    def __init__(self, introspection: bool) -> None:
        super().__init__()
        self._introspection = introspection

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> VisitorAction:
        """Validation compares the fields of one selection pairwise: keep it short."""
        count = len(node.selections)
        if count > MAX_SELECTIONS:
            raise TooManyTokens(
                f"一层里有 {count} 个字段，最多 {MAX_SELECTIONS} 个", limit=MAX_SELECTIONS, actual=count
            )
        return None

    def enter_string_value(self, node: StringValueNode, *_: object) -> VisitorAction:
        if "\x00" in node.value:
            raise BadRequest("文字里有不允许的字符。", field="query")
        return SKIP

    def enter_field(self, node: object, *_: object) -> VisitorAction:
        if not self._introspection and node.name.value in {"__schema", "__type"}:  # type: ignore[attr-defined]  # the visitor calls it for FieldNode
            raise IntrospectionRefused()
        return None

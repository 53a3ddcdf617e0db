"""Runs a prepared operation on graphql-core; nothing is parsed, validated or looked up again."""

from asyncio import gather
from collections.abc import AsyncIterator, Awaitable, Mapping
from types import CoroutineType, NoneType
from typing import Any, cast

from graphql import ExecutionContext, ExecutionResult, GraphQLError, GraphQLObjectType, OperationDefinitionNode
from graphql.execution.execute import CollectedErrors, default_field_resolver, default_type_resolver
from graphql.execution.subscribe import execute_subscription
from graphql.execution.values import get_variable_values
from graphql.pyutils import AwaitableOrValue, Path, Undefined

from gateway.graphql.documents import Operation
from gateway.graphql.errors import DocumentErrors
from gateway.graphql.plan import Fields, Plan

_NEVER_AWAITABLE = frozenset({str, int, float, bool, dict, list, tuple, NoneType})

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1


def is_awaitable(value: Any) -> bool:
    """As graphql-core's, quicker for what resolvers mostly return."""
    kind = type(value)
    if kind in _NEVER_AWAITABLE:
        return False
    return kind is CoroutineType or hasattr(value, "__await__")


class PlannedExecution(ExecutionContext):
    """graphql-core's execution, which takes the short way for plain fields of a plan."""

    def __init__(self, plan: Plan, variables: dict[str, Any], context: Any, root: Any) -> None:
        super().__init__(
            plan.schema,
            plan.fragments,
            root,
            context,
            plan.node,
            variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            CollectedErrors(),
            None,
            is_awaitable,
        )
        self._plan = plan
        if plan.fixed:
            self._subfields_cache = plan.subfields

    def execute_operation(self, operation: OperationDefinitionNode, root_value: Any) -> Any:
        fields, root_type = self._plan.root_fields, self.schema.get_root_type(operation.operation)
        if fields is None or root_type is None:
            return super().execute_operation(operation, root_value)
        run = self.execute_fields_serially if operation.operation.value == "mutation" else self.execute_fields
        return run(root_type, root_value, None, fields)

    def execute_fields(
        self, parent_type: GraphQLObjectType, source_value: Any, path: Path | None, fields: Fields
    ) -> AwaitableOrValue[dict[str, Any]]:
        if not self._plan.fixed:
            return super().execute_fields(parent_type, source_value, path, fields)
        results: dict[str, Any] = {}
        pending: list[str] = []
        value: Any
        type_name, is_dict = parent_type.name, isinstance(source_value, dict)
        for name, nodes, attribute, plain, nullable in self._plan.steps(parent_type, fields):
            if attribute is not None and source_value is not None:
                try:
                    value = source_value.get(attribute) if is_dict else getattr(source_value, attribute, None)
                except Exception:  # noqa: BLE001 - a property of any slice; the long way reports it in its place
                    value = Undefined
                kind = type(value)
                if kind is plain:
                    if plain is not int or _INT_MIN <= value <= _INT_MAX:
                        results[name] = value
                        continue
                elif value is None and nullable:
                    results[name] = value
                    continue
            result = self.execute_field(parent_type, source_value, nodes, Path(path, name, type_name))
            if result is not Undefined:
                results[name] = result
                if is_awaitable(result):
                    pending.append(name)
        if not pending:
            return results
        return self._settle(results, pending)

    async def _settle(self, results: dict[str, Any], pending: list[str]) -> dict[str, Any]:
        if len(pending) == 1:  # a task of its own would gain nothing
            results[pending[0]] = await results[pending[0]]
            return results
        # together, so that batch loaders meet; in order of the selection
        results.update(zip(pending, await gather(*(results[name] for name in pending)), strict=True))
        return results


def coerce(operation: Operation, raw: Mapping[str, Any] | None, suggestions: bool) -> dict[str, Any]:
    """The variables as the schema wants them. Raises `DocumentErrors`."""
    definitions = operation.node.variable_definitions
    if not definitions:
        return {}
    values = get_variable_values(
        operation.plan.schema, definitions, dict(raw or {}), max_errors=10, hide_suggestions=not suggestions
    )
    if isinstance(values, list):
        raise DocumentErrors(values, "INVALID_VARIABLES")
    return values


async def run(operation: Operation, variables: dict[str, Any], context: Any, root: Any = None) -> ExecutionResult:
    """Run a query or mutation, or one event of a subscription with the event as `root`."""
    execution = PlannedExecution(operation.plan, variables, context, root)
    errors = execution.collected_errors
    try:
        data = execution.execute_operation(operation.node, root)
        if is_awaitable(data):
            data = await data
    except GraphQLError as error:
        errors.add(error, None)
        data = None
    return execution.build_response(cast("dict[str, Any] | None", data), errors.errors)


async def source_of(operation: Operation, variables: dict[str, Any], context: Any) -> AsyncIterator[Any]:
    """The events of a subscription. Raises `GraphQLError` when the resolver refuses."""
    execution = PlannedExecution(operation.plan, variables, context, None)
    stream: Awaitable[Any] = execute_subscription(execution)
    events = await stream
    if not hasattr(events, "__aiter__"):
        raise TypeError("a subscription must answer with an asynchronous iterator")
    iterator: AsyncIterator[Any] = aiter(events)
    return iterator

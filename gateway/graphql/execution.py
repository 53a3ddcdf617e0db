"""Runs a prepared operation on graphql-core; nothing is parsed, validated or looked up again."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any

from graphql import ExecutionContext, ExecutionResult, GraphQLError
from graphql.execution.execute import CollectedErrors, default_field_resolver, default_type_resolver
from graphql.execution.subscribe import execute_subscription
from graphql.execution.values import get_variable_values

from gateway.graphql.documents import Operation
from gateway.graphql.errors import DocumentErrors
from gateway.graphql.plan import Plan


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


def _context(plan: Plan, variables: dict[str, Any], context: Any, root: Any) -> ExecutionContext:
    return ExecutionContext(
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
        None,
    )


async def run(operation: Operation, variables: dict[str, Any], context: Any, root: Any = None) -> ExecutionResult:
    """Run a query or mutation, or one event of a subscription with the event as `root`."""
    execution = _context(operation.plan, variables, context, root)
    errors = execution.collected_errors
    try:
        data = execution.execute_operation(operation.node, root)
        if execution.is_awaitable(data):
            data = await data  # type: ignore[misc]  # narrowed by is_awaitable
    except GraphQLError as error:
        errors.add(error, None)
        data = None
    return execution.build_response(data, errors.errors)  # type: ignore[arg-type]  # awaited above


async def source_of(operation: Operation, variables: dict[str, Any], context: Any) -> AsyncIterator[Any]:
    """The events of a subscription. Raises `GraphQLError` when the resolver refuses."""
    execution = _context(operation.plan, variables, context, None)
    stream: Awaitable[Any] = execute_subscription(execution)
    events = await stream
    if not hasattr(events, "__aiter__"):
        raise TypeError("a subscription must answer with an asynchronous iterator")
    iterator: AsyncIterator[Any] = aiter(events)
    return iterator

"""What all transports share: from a request's parameters to an answer or a stream of answers."""

from asyncio import timeout
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationType

from gateway.context import RequestContext
from gateway.errors import extensions_of, formatted
from gateway.graphql.documents import Document, DocumentCache, Operation
from gateway.graphql.errors import BadRequest, DocumentErrors, OperationTimeout
from gateway.graphql.execution import coerce, run, source_of
from gateway.graphql.limits import Limits
from gateway.graphql.trusted import TrustedDocuments
from services.kernel.errors import CityError

Answer = dict[str, Any]
"""`data`, `errors` and `extensions` of one GraphQL answer, ready for JSON."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """One request as it came, of the right types."""

    query: str | None
    variables: Mapping[str, Any] | None = None
    operation_name: str | None = None
    sha256: str | None = None

    @classmethod
    def of(cls, body: Any) -> "Parameters":
        """From a decoded JSON body. Raises `BadRequest` naming the wrong member."""
        if not isinstance(body, dict):
            raise BadRequest("请求须是一个 JSON 对象。")
        query, variables = body.get("query"), body.get("variables")
        name, extensions = body.get("operationName"), body.get("extensions")
        for value, kind, member in (
            (query, str, "query"),
            (variables, dict, "variables"),
            (name, str, "operationName"),
            (extensions, dict, "extensions"),
        ):
            if value is not None and not isinstance(value, kind):
                raise BadRequest(f"请求中的 {member} 类型不正确。", field=member)
        sha256 = body.get("documentId")
        if sha256 is None and extensions:
            persisted = extensions.get("persistedQuery")
            sha256 = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        if sha256 is not None and not isinstance(sha256, str):
            raise BadRequest("请求中的文档编号类型不正确。", field="extensions.persistedQuery")
        if not query and not sha256:
            raise BadRequest("请求里没有 query。", field="query")
        return cls(query or None, variables, name, sha256)


@dataclass(slots=True)
class Prepared:
    """An operation with its variables, within all limits."""

    operation: Operation
    variables: dict[str, Any]

    @property
    def kind(self) -> OperationType:
        return self.operation.kind


class Engine:
    """Prepares and runs operations on one schema."""

    def __init__(
        self, schema: GraphQLSchema, limits: Limits, *, introspection: bool, trusted: TrustedDocuments
    ) -> None:
        self.schema = schema
        self.limits = limits
        self.trusted = trusted
        self._suggestions = introspection
        self.documents = DocumentCache(schema, limits, introspection)

    def document(self, parameters: Parameters) -> Document:
        return self.documents.get(self.trusted.text_of(parameters.query, parameters.sha256))

    def prepare(self, parameters: Parameters) -> Prepared:
        """Raises what is wrong with the request: `DocumentErrors` or a `CityError`."""
        operation = self.document(parameters).operation(parameters.operation_name)
        variables = coerce(operation, parameters.variables, self._suggestions)
        operation.shape.check_cost(variables, self.limits)
        return Prepared(operation, variables)

    async def answer(self, prepared: Prepared, context: RequestContext) -> Answer:
        """Run a query or mutation. Raises `OperationTimeout`; all else is in the answer's `errors`."""
        try:
            async with timeout(self.limits.seconds):
                result = await run(prepared.operation, prepared.variables, context)
        except TimeoutError as error:
            raise OperationTimeout() from error
        return answer_of(result, context.trace_id)

    async def stream(self, prepared: Prepared, context: RequestContext) -> AsyncGenerator[Answer, None]:
        """Answers of a subscription, or the one answer of a query or mutation.

        An answer without `data` is the last: the resolver refused, or its source broke. Close the
        generator to close the source. Raises `OperationTimeout`.
        """
        if prepared.kind is not OperationType.SUBSCRIPTION:
            yield await self.answer(prepared, context)
            return
        try:
            async with timeout(self.limits.seconds):
                events = await source_of(prepared.operation, prepared.variables, context)
        except TimeoutError as error:
            raise OperationTimeout() from error
        except GraphQLError as error:
            yield {"errors": [formatted(error, context.trace_id)]}
            return
        try:
            async with aclosing(_closable(events)) as source:
                async for event in source:
                    context.loaders.clear()  # each event reads anew
                    yield await self._event(prepared, context, event)
        except Exception as error:  # noqa: BLE001 - the edge: the source is a slice's code, and the client must be told
            yield {"errors": [formatted(GraphQLError(str(error), original_error=error), context.trace_id)]}

    async def _event(self, prepared: Prepared, context: RequestContext, event: Any) -> Answer:
        try:
            async with timeout(self.limits.seconds):
                result = await run(prepared.operation, prepared.variables, context, event)
        except TimeoutError:
            return refusal(OperationTimeout(), context.trace_id)
        return answer_of(result, context.trace_id)


async def _closable(events: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    """`events` as a generator whose closing closes the source, whatever kind of iterator it is."""
    close: Callable[[], Awaitable[None]] | None = getattr(events, "aclose", None)
    try:
        async for event in events:
            yield event
    finally:
        if close is not None:
            await close()


def answer_of(result: ExecutionResult, trace_id: str) -> Answer:
    if result.errors:
        return {"errors": [formatted(e, trace_id) for e in result.errors], "data": result.data}
    return {"data": result.data}


def refusal(error: CityError | DocumentErrors, trace_id: str) -> Answer:
    """The answer to a request that was not run."""
    if isinstance(error, DocumentErrors):
        return {"errors": [formatted(e, trace_id) for e in error.errors]}
    return {"errors": [{"message": error.message, "extensions": extensions_of(error, trace_id)}]}

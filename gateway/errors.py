"""The one place that turns failures into what clients see: GraphQL errors and HTTP problem answers."""

from typing import Any

import structlog
from graphql import GraphQLError, GraphQLFormattedError
from starlette.responses import Response

from gateway.responses import JsonResponse
from services.kernel.errors import CityError

UNEXPECTED = "系统开小差了，请稍后再试；如果多次出现，请把追踪号告诉客服。"
"""All that anybody outside learns of an unknown error, besides the trace id."""

log = structlog.get_logger("gateway.errors")


def extensions_of(error: CityError, trace_id: str) -> dict[str, Any]:
    return {**error.extensions, "code": error.code, "retryable": error.retryable, "traceId": trace_id}


def formatted(error: GraphQLError, trace_id: str) -> GraphQLFormattedError:
    """One entry of a GraphQL answer's `errors`.

    Errors of the document itself (syntax, validation, variables) keep graphql-core's own message
    and carry the code that the transport set, or GRAPHQL_VALIDATION_FAILED.
    """
    answer = error.formatted
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    if isinstance(original, CityError):
        answer["message"] = original.message
        answer["extensions"] = extensions_of(original, trace_id)
    elif original is not None:
        log.error("unexpected_error", trace_id=trace_id, exc_info=original)
        answer["message"] = UNEXPECTED
        answer["extensions"] = {"code": "INTERNAL", "retryable": True, "traceId": trace_id}
    else:
        answer["extensions"] = {
            "code": "GRAPHQL_VALIDATION_FAILED",
            "retryable": False,
            **(error.extensions or {}),
            "traceId": trace_id,
        }
    return answer


def http_answer(error: CityError, trace_id: str) -> Response:
    """An HTTP answer for REST endpoints: ``{"error": {"code", "message", "retryable", "traceId", …}}``."""
    headers = (
        {"retry-after": str(error.extensions["retryAfterSeconds"])} if "retryAfterSeconds" in error.extensions else {}
    )
    if error.http_status == 408:
        headers["connection"] = "close"  # the rest of its body may never come
    body = {"error": {"message": error.message, **extensions_of(error, trace_id)}}
    return JsonResponse(body, status_code=error.http_status, headers=headers)

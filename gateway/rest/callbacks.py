"""`POST /callbacks/<system>`: a department tells how an application went, signed.

The signature is told in `services/outbound/README.md`. 200 also for what we knew already, so that the
department stops; 401 unsigned, forged or stale; 409 a nonce seen with another message; 404 not ours; 400 unreadable;
408 not sent in time.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.bodies import Disconnected, read_body
from gateway.bootstrap import Services
from gateway.errors import http_answer
from gateway.responses import JsonResponse
from services.kernel.errors import CityError, InvalidInput
from services.kernel.tracing import trace_id

MOST_BYTES = 200_000


def routes(services: Services) -> list[BaseRoute]:
    async def receive(request: Request) -> Response:
        try:
            body = await read_body(request.receive, MOST_BYTES, services.settings.body_seconds, _too_large())
            system, headers = request.path_params["system"], dict(request.headers)
            changed = await services.applications.receive_callback(system, _target(request), headers, body)
        except Disconnected:
            return Response()  # to nobody
        except CityError as error:
            return http_answer(error, trace_id())
        return JsonResponse({"received": True, "changed": changed})

    return [Route("/callbacks/{system}", receive, methods=["POST"])]


def _too_large() -> InvalidInput:
    return InvalidInput("通知内容过大。", field="body")


def _target(request: Request) -> str:
    """Path and query as they were signed: exactly as sent."""
    path = request.scope.get("raw_path", request.url.path.encode()).split(b"?")[0].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path

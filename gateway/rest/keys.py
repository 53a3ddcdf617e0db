"""The published keys: what verifiers fetch and keep for five minutes.

/.well-known/jwks.json                all keys of this issuer
/.well-known/jwks/presentation.json   those of certificates shown only: what a verifier should pin
"""

import hashlib

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.bootstrap import Services
from gateway.errors import http_answer
from services.kernel.errors import CityError
from services.kernel.tracing import trace_id
from services.keyring.model import KEY_SET_CACHE, KeyPurpose

CACHE = f"public, max-age={int(KEY_SET_CACHE.total_seconds())}"


def routes(services: Services) -> list[BaseRoute]:
    async def published(request: Request, *purposes: KeyPurpose) -> Response:
        try:
            body = orjson.dumps(await services.keyring.jwks(*purposes))
        except CityError as error:
            return http_answer(error, trace_id())
        headers = {
            "cache-control": CACHE,
            "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "access-control-allow-origin": "*",  # public keys: a verifier's page may fetch them from anywhere
        }
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/jwk-set+json", headers=headers)

    async def all_keys(request: Request) -> Response:
        return await published(request)

    async def presentation(request: Request) -> Response:
        return await published(request, KeyPurpose.PRESENTATION)

    return [
        Route("/.well-known/jwks.json", all_keys),
        Route("/.well-known/jwks/presentation.json", presentation),
    ]

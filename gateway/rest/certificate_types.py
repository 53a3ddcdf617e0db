"""The JSON Schemas of the certificates' claims, at an address that stays: for issuers, apps and verifiers.

/schemas/certificates/index.json   every type with its names and the address of its schema
/schemas/certificates/<TYPE>.json  the JSON Schema (2020-12) of one type's claims

They change with a release only, so each answer is made once; its ETag tells whether it changed.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from certs_schema.core import CertificateType
from certs_schema.registry import SCHEMAS_PATH
from gateway.bootstrap import Services
from gateway.errors import http_answer
from services.kernel.errors import CityError, NotFound
from services.kernel.tracing import trace_id
from services.wallet.errors import UnknownCertificateType

CACHE = "public, max-age=3600"
SCHEMA_JSON = "application/schema+json"


def routes(services: Services) -> list[BaseRoute]:
    @cache
    def listed() -> bytes:
        return orjson.dumps({"certificateTypes": [_entry(one.type) for one in services.wallet.types()]})

    @cache  # bounded by the number of types: an unknown code raises, which is not kept
    def schema(code: str) -> bytes:
        try:
            return orjson.dumps(services.wallet.type(code).schema)
        except UnknownCertificateType as unknown:
            raise NotFound() from unknown

    async def index(request: Request) -> Response:
        return _published(request, listed, "application/json")

    async def one(request: Request) -> Response:
        return _published(request, lambda: schema(request.path_params["code"]), SCHEMA_JSON)

    return [Route(f"{SCHEMAS_PATH}/index.json", index), Route(f"{SCHEMAS_PATH}/{{code}}.json", one)]


def _entry(one: CertificateType) -> dict[str, Any]:
    return {"code": one.code, "name": one.name_zh, "nameEn": one.name_en, "schema": f"{SCHEMAS_PATH}/{one.code}.json"}


def _published(request: Request, made: Callable[[], bytes], media_type: str) -> Response:
    try:
        body = made()
    except CityError as error:
        return http_answer(error, trace_id())
    headers = {
        "cache-control": CACHE,
        "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "access-control-allow-origin": "*",  # public: an issuer's page may fetch them from anywhere
    }
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)

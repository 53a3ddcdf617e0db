"""`GET /openapi.json`: the REST part described in OpenAPI 3.1, for verifiers' developers and for fuzzing.

GraphQL has its own description in `gateway/schema.graphql`. A test holds that each path here is served.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from certs_schema.registry import SCHEMAS_PATH
from certs_schema.verifier.errors import SENTENCES, UNDECIDED
from certs_schema.verifier.token import MAX_TOKEN_CHARS
from gateway.bootstrap import Services
from gateway.responses import JsonResponse
from gateway.rest.certificate_types import SCHEMA_JSON
from gateway.rest.verification import MOST_BYTES
from services.verification.service import MAX_PURPOSE, PURPOSE

JSON = "application/json"


def routes(services: Services) -> list[BaseRoute]:
    document = openapi(services.settings.public_url)

    async def described(request: Request) -> Response:
        return JsonResponse(document, headers={"access-control-allow-origin": "*"})

    return [Route("/openapi.json", described)]


def openapi(public_url: str) -> dict[str, Any]:
    """The whole document."""
    verify = _verify()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "爱山东·聊城分厅 REST",
            "version": "1",
            "description": "Verifiers, published keys and health. Everything else is GraphQL at /graphql.",
        },
        "servers": [{"url": public_url}],
        "paths": {
            "/verify": {"post": {**verify, "operationId": "verify"}},
            "/api/verify": {"post": {**verify, "operationId": "apiVerify"}},
            "/.well-known/jwks.json": {"get": _jwks("jwks", "All published keys of this issuer.")},
            "/.well-known/jwks/presentation.json": {
                "get": _jwks("presentationJwks", "Keys of shown certificates: what a verifier pins.")
            },
            "/healthz": {"get": _health("healthz", "The process runs.")},
            "/readyz": {"get": _health("readyz", "The stores answer; 503 while they do not.", "503")},
            f"{SCHEMAS_PATH}/index.json": {"get": _types()},
            f"{SCHEMAS_PATH}/{{code}}.json": {"get": _type_schema()},
            "/openapi.json": {
                "get": {
                    "operationId": "openapi",
                    "summary": "This document.",
                    "responses": {"200": _json("OpenAPI 3.1", {"type": "object"})},
                }
            },
        },
        "components": {"schemas": _schemas()},
    }


def _verify() -> dict[str, Any]:
    return {
        "summary": "核验亮证码。Check a shown certificate; a good code is used up by the answer.",
        "description": "No sign-in. 200 tells the result in `valid`; with every other status the code stays unused.",
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": {"$ref": "#/components/schemas/VerifyRequest"}}},
        },
        "responses": {
            "200": _json("The result of the check.", {"$ref": "#/components/schemas/VerifyAnswer"}),
            "400": _error(f"The request cannot be read, or is above {MOST_BYTES} bytes."),
            "408": _error("The request did not come in time; the connection is closed."),
            "429": {
                **_error("Too many checks from this address."),
                "headers": {"Retry-After": {"schema": {"type": "integer"}}},
            },
            "503": _error("A store is down; the code is still unused."),
        },
    }


def _jwks(operation: str, summary: str) -> dict[str, Any]:
    schema = {"type": "object", "required": ["keys"], "properties": {"keys": {"type": "array"}}}
    return {
        "operationId": operation,
        "summary": summary,
        "responses": {
            "200": {"description": "JWKS (RFC 7517)", "content": {"application/jwk-set+json": {"schema": schema}}},
            "304": {"description": "Unchanged since the ETag in If-None-Match."},
            "503": _error("A store is down."),
        },
    }


def _types() -> dict[str, Any]:
    text = {"type": "string"}
    keys = ("code", "name", "nameEn", "schema")
    entry = {"type": "object", "required": keys, "properties": dict.fromkeys(keys, text)}
    listed = {"type": "object", "properties": {"certificateTypes": {"type": "array", "items": entry}}}
    return {
        "operationId": "certificateTypes",
        "summary": "证照类型。Every certificate type and where the JSON Schema of its claims is.",
        "responses": {
            "200": _json("The types, by code.", listed),
            "304": {"description": "Unchanged since the ETag in If-None-Match."},
        },
    }


def _type_schema() -> dict[str, Any]:
    return {
        "operationId": "certificateTypeSchema",
        "summary": "JSON Schema (2020-12) of the claims of one certificate type. Holds no personal data.",
        "parameters": [
            {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}, "example": "ID_CARD"}
        ],
        "responses": {
            "200": {"description": "The schema.", "content": {SCHEMA_JSON: {"schema": {"type": "object"}}}},
            "304": {"description": "Unchanged since the ETag in If-None-Match."},
            "404": _error("No such type."),
        },
    }


def _health(operation: str, summary: str, *others: str) -> dict[str, Any]:
    answer = _json(summary, {"type": "object", "required": ["status"]})
    return {"operationId": operation, "summary": summary, "responses": dict.fromkeys(("200", *others), answer)}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": schema}}}


def _error(description: str) -> dict[str, Any]:
    return _json(description, {"$ref": "#/components/schemas/Error"})


def _schemas() -> dict[str, Any]:
    text, moment = {"type": "string"}, {"type": "string", "format": "date-time"}
    reasons = [code.value for code in SENTENCES if code not in UNDECIDED]
    named = {"type": "object", "required": ["key", "label", "labelEn", "value"]}
    valid = {
        "valid": {"const": True},
        "code": {"const": "VALID"},
        "message": text,
        "type": text,
        "typeName": text,
        "typeNameEn": text,
        "holder": text,
        "claims": {"type": "array", "items": {**named, "properties": dict.fromkeys(named["required"], text)}},
        "online": {"const": True},
        "checkedAt": moment,
        "stateAsOf": moment,
        "expiresAt": moment,
    }
    refused = {"valid": {"const": False}, "code": {"enum": reasons}, "message": text, "firstUsedAt": moment}
    error = {"code": text, "message": text, "retryable": {"type": "boolean"}, "traceId": text}
    return {
        "VerifyRequest": {
            "type": "object",
            "required": ["token"],
            "properties": {
                "token": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": MAX_TOKEN_CHARS,
                    "description": "What the QR holds.",
                },
                "purpose": {
                    "type": ["string", "null"],
                    "maxLength": MAX_PURPOSE,
                    "pattern": PURPOSE,
                    "description": "Shown to the holder.",
                },
            },
        },
        "VerifyAnswer": {
            "oneOf": [
                {"type": "object", "required": list(valid), "properties": valid, "additionalProperties": False},
                {
                    "type": "object",
                    "required": ["valid", "code", "message"],
                    "properties": refused,
                    "additionalProperties": False,
                },
            ]
        },
        "Error": {
            "type": "object",
            "required": ["error"],
            "properties": {"error": {"type": "object", "required": list(error), "properties": error}},
        },
    }

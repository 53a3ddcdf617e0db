"""`POST /verify` (also `/api/verify`): check a shown certificate, for whoever scans it. No sign-in.

The answer to a check is 200 whether the code is good or not: ``valid`` says which, ``code`` why not. Other
statuses mean that nothing was checked and the code is unused: 400 unreadable request, 408 not sent in time,
429 too many from this address, 503 a store is down.
"""

from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from certs_schema.verifier.token import MAX_TOKEN_CHARS
from gateway.bodies import Disconnected, read_body
from gateway.bootstrap import Services
from gateway.errors import http_answer
from gateway.responses import JsonResponse
from services.kernel.clock import CHINA
from services.kernel.errors import CityError, InvalidInput
from services.kernel.tracing import trace_id
from services.verification.errors import PresentationRefused
from services.verification.model import Checked

MOST_BYTES = 16_384
_HEADERS = {"cache-control": "no-store"}


def routes(services: Services) -> list[BaseRoute]:
    async def verify(request: Request) -> Response:
        try:
            body = await read_body(request.receive, MOST_BYTES, services.settings.body_seconds, _too_large())
            token, purpose = _read(body)
            address = request.client.host if request.client else ""
            checked = await services.verification.verify(token, address, purpose)
        except Disconnected:
            return Response()  # to nobody
        except PresentationRefused as refused:
            return JsonResponse(_refusal(refused), headers=_HEADERS)
        except CityError as error:
            return http_answer(error, trace_id())
        return JsonResponse(_answer(services, checked), headers=_HEADERS)

    return [Route(path, verify, methods=["POST"]) for path in ("/verify", "/api/verify")]


def _too_large() -> InvalidInput:
    return InvalidInput("请求内容过大。", field="body")


def _read(body: bytes) -> tuple[str, str | None]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput('请求内容须为 JSON：{"token": "…", "purpose": "…"}。', field="body") from error
    if not isinstance(given, dict):
        raise InvalidInput("请求内容须为一个 JSON 对象。", field="body")
    token, purpose = given.get("token"), given.get("purpose")
    if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN_CHARS:
        raise InvalidInput(f"请提供亮证码 token，1 至 {MAX_TOKEN_CHARS} 个字符。", field="token")
    if purpose is not None and not isinstance(purpose, str):
        raise InvalidInput("用途 purpose 须为文字。", field="purpose")
    return token.strip(), purpose


def _answer(services: Services, checked: Checked) -> dict[str, Any]:
    declared = services.wallet.type(checked.type_code).type
    fields = [
        {"key": key, "label": spec.label_zh, "labelEn": spec.label_en, "value": value}
        for key, value in checked.fields.items()
        if (spec := declared.field(key)) is not None
    ]
    return {
        "valid": True,
        "code": "VALID",
        "message": "此证有效，核验已完成；该码已使用，不能再次核验。",
        "type": checked.type_code,
        "typeName": declared.name_zh,
        "typeNameEn": declared.name_en,
        "holder": checked.holder,
        "claims": fields,
        "online": True,
        "checkedAt": _text(checked.checked_at),
        "stateAsOf": _text(checked.state_as_of),
        "expiresAt": _text(checked.expires_at),
    }


def _refusal(refused: PresentationRefused) -> dict[str, Any]:
    answer: dict[str, Any] = {"valid": False, "code": refused.reason.value, "message": refused.message}
    if refused.first_used_at is not None:
        answer["firstUsedAt"] = _text(refused.first_used_at)
    return answer


def _text(moment: datetime) -> str:
    return moment.astimezone(CHINA).isoformat(timespec="seconds")

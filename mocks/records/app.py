"""The record service on the wire: POST /records/<system>/query, signed; every department's, in one process.

    {"resource": "YB-032", "party": {"kind", "name", "number"} or null, "conditions": {…}, "from": 0, "count": 100}
    200 {"total", "asOf", "source", "records"}      400 {"code", "message"}      401 wrong signature

A script's `scope` is a system's code (``YB-CORE``) or an item's: it then disturbs that one alone.
"""

import json
from datetime import timedelta, timezone
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.config import MockConfig
from mocks.control import Control, Kind
from mocks.records.city import owner_of, resources
from mocks.signing import is_signed, target_of

CHINA = timezone(timedelta(hours=8))
MOST = 200


def _refused(code: str, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status_code=400)


def create_app(config: MockConfig) -> Starlette:
    """The mock, with its control surface at `/__mock__`."""
    control = Control("records", "各部门查询接口（记录服务）")

    async def query(request: Request) -> Response:
        system, body = request.path_params["system"], await request.body()
        if not is_signed(config.secret, "POST", target_of(request), request.headers, body, config.now()):
            return JSONResponse({"code": "SIGNATURE", "message": "签名无效"}, status_code=401)
        asked = json.loads(body)
        party = asked["party"]
        number = party["number"] if party else None
        scopes = (system, asked["resource"])
        broken = await control.disturb(number, scopes)
        if broken is not None:
            control.record(request, asked["resource"], number, system=system, disturbed=True)
            return broken
        control.record(request, asked["resource"], number, system=system)
        if refused := control.take_in(scopes, number, Kind.REFUSE):
            return _refused(refused.code or "NOT_NOW", refused.message or "数据正在核对，暂不提供查询。")
        known = resources().get(asked["resource"])
        if known is None or known.system != system:
            return _refused("UNKNOWN_RESOURCE", "本系统没有这项数据。")
        owner = owner_of(party)
        found = [] if owner is None else known.find(owner, asked["conditions"])
        start, count = int(asked["from"]), min(int(asked["count"]), MOST)
        now = config.now().astimezone(CHINA).replace(microsecond=0)
        answer: dict[str, Any] = {"total": len(found), "asOf": now.isoformat(), "source": ""}
        return JSONResponse({**answer, "records": found[start : start + count]})

    app = Starlette(routes=[Route("/records/{system}/query", query, methods=["POST"]), *control.routes()])
    app.state.control = control
    return app

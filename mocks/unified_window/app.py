"""Many department systems on the common protocol of docs/adapters.md, told apart by the code in the path.

The same item always goes the same way: 即办件 are decided at once; 承诺件 are accepted, then reviewed and
decided by signed callbacks, a working day in `pace` seconds. Scripts (mocks/control.py) make it otherwise.

POST /__mock__/pace   {"secondsPerWorkingDay": 0.01}
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.callbacks import send_callback
from mocks.config import MockConfig
from mocks.control import Behaviour, Control, Kind
from mocks.signing import is_signed, target_of
from mocks.unified_window.city import claims, known, systems

CHINA = timezone(timedelta(hours=8))
LATER = (Kind.ASYNCHRONOUS, Kind.DUPLICATE_CALLBACK, Kind.NO_CALLBACK)
REMEDIES = ["可向{department}申请复核。", "可拨打12345政务服务便民热线反映。", "可依法申请行政复议或者提起行政诉讼。"]
DECIDED = ("APPROVED", "REFUSED", "DENIED", "WITHDRAWN")


class Refusal(Exception):
    """The protocol's 404 and 422."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(code)


@dataclass(slots=True)
class Matter:
    """One matter at one department."""

    system: str
    id: str
    number: str
    request: dict[str, Any]
    status: str = "RECEIVED"
    reason: dict[str, Any] | None = None
    correction: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    reminders: int = 0

    @property
    def person(self) -> str:
        return str(self.request["applicant"]["identityNumber"])


class Window:
    """The departments' own state and business."""

    def __init__(self, config: MockConfig, control: Control) -> None:
        self.config, self.control = config, control
        self.matters: dict[tuple[str, str], Matter] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.pace = 1.0
        control.on_reset(self.matters.clear)

    def take_in(self, system: str, request: dict[str, Any]) -> tuple[Matter, bool]:
        """The matter, and whether it is a repeat."""
        found = self.matters.get((system, request["matterId"]))
        if found is not None:
            return found, True
        if not known(request["applicant"]):
            raise Refusal(422, "IDENTITY_MISMATCH", "姓名与证件号码不一致，请核对后重新申请。")
        number = f"{system}{self._now():%Y%m%d}{len(self.matters) + 1:05d}"
        matter = Matter(system, request["matterId"], number, request)
        self.matters[system, matter.id] = matter
        scopes = (system, request["item"]["code"])
        if refused := self.control.take_in(scopes, matter.person, Kind.REFUSE):
            self._refuse(matter, "REFUSED", refused)
        elif asked := self.control.take_in(scopes, matter.person, Kind.CORRECTION):
            self._ask(matter, asked)
        else:
            self.go_on(matter)
        return matter, False

    def go_on(self, matter: Matter) -> None:
        """Accept, and decide now or later."""
        scopes = (matter.system, matter.request["item"]["code"])
        later = self.control.take_in(scopes, matter.person, *LATER)
        denied = self.control.take_in(scopes, matter.person, Kind.DENY)
        days = matter.request["item"]["promisedWorkingDays"]
        if matter.request["item"]["immediate"] and later is None:
            self._decide(matter, denied)
            return
        matter.status = "ACCEPTED"
        seconds = later.seconds if later else min(30.0, max(1, days) * self.pace)
        task = asyncio.create_task(self._work(matter, seconds, later, denied))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def correct(self, matter: Matter, body: dict[str, Any]) -> bool:
        """Take the answer in; whether it is a repeat."""
        if matter.status != "CORRECTION_ASKED":
            return True
        if matter.correction is None or body["reference"] != matter.correction["reference"]:
            raise Refusal(422, "UNKNOWN_CORRECTION", "没有这份补正通知。")
        matter.request["form"] = body["form"]
        self.go_on(matter)
        return False

    def find(self, system: str, matter_id: str) -> Matter:
        matter = self.matters.get((system, matter_id))
        if matter is None:
            raise Refusal(404, "UNKNOWN_MATTER", "查无此办件")
        return matter

    def shown(self, matter: Matter) -> dict[str, Any]:
        status = "RECEIVED" if matter.status == "WITHDRAWN" else matter.status
        said: dict[str, Any] = {"matterId": matter.id, "caseNumber": matter.number, "status": status}
        said["asOf"] = self._now().isoformat()
        if status == "CORRECTION_ASKED":
            said["correction"] = matter.correction
        if status in ("REFUSED", "DENIED"):
            said["reason"] = matter.reason
        if status in ("APPROVED", "DENIED"):
            said["result"] = matter.result
        return said

    async def _work(self, matter: Matter, seconds: float, how: Behaviour | None, denied: Behaviour | None) -> None:
        kind = how.kind if how else Kind.ASYNCHRONOUS
        await asyncio.sleep(seconds / 2)
        if matter.status == "ACCEPTED":
            matter.status = "IN_REVIEW"
            if kind is not Kind.NO_CALLBACK:
                await self.call_back(matter)
        await asyncio.sleep(seconds / 2)
        if matter.status in DECIDED:
            return
        self._decide(matter, denied)
        for _ in range({Kind.NO_CALLBACK: 0, Kind.DUPLICATE_CALLBACK: 2}.get(kind, 1)):
            await self.call_back(matter)

    def _decide(self, matter: Matter, denied: Behaviour | None) -> None:
        if denied is not None:
            self._refuse(matter, "DENIED", denied)
            return
        item, today = matter.request["item"], f"{self._now():%Y-%m-%d}"
        matter.status = "APPROVED"
        matter.result = {
            "title": f"{item['name']}办理结果",
            "number": matter.number,
            "issuer": systems()[matter.system]["department"],
            "issuedOn": today,
        }
        made = claims(item.get("resultType"), matter.request["applicant"], today)
        if made is not None:
            matter.result["certificate"] = {"type": item["resultType"], "claims": made, "validFrom": today}

    def _refuse(self, matter: Matter, status: str, how: Behaviour) -> None:
        department = systems()[matter.system]["department"]
        matter.status = status
        matter.reason = {
            "code": how.code or "NOT_ELIGIBLE",
            "sentence": how.message or "经审查，暂不符合办理条件。",
            "remedies": [remedy.format(department=department) for remedy in REMEDIES],
        }

    def _ask(self, matter: Matter, how: Behaviour) -> None:
        wanted = [text for text in how.message.split("；") if text] or ["请补充一份能证明申请内容的材料说明。"]
        items = [{"requirement": text, **({"field": how.code} if how.code else {})} for text in wanted]
        matter.status = "CORRECTION_ASKED"
        matter.correction = {"reference": f"BZ-{matter.number}", "workingDays": 5, "items": items}

    async def call_back(self, matter: Matter) -> int:
        """Send the notice until it is taken; the last HTTP status, 0 when the gateway never answered."""
        path, body = f"/callbacks/{matter.system}", json.dumps(self.shown(matter), ensure_ascii=False).encode()
        return await send_callback(self.config, path, body)

    def _now(self) -> datetime:
        return self.config.now().astimezone(CHINA)


def create_app(config: MockConfig) -> Starlette:
    """The mock, with its control surface at `/__mock__`. `app.state.core` holds what it keeps."""
    control = Control("unified_window", "部门业务系统（统一受理协议）")
    window = Window(config, control)

    async def call(request: Request) -> Response:
        body, system = await request.body(), request.path_params["system"]
        if not is_signed(config.secret, request.method, target_of(request), request.headers, body, config.now()):
            return JSONResponse({"code": "UNSIGNED", "message": "签名无效"}, status_code=401)
        if system not in systems():
            return JSONResponse({"code": "UNKNOWN_SYSTEM", "message": "无此系统"}, status_code=400)
        data = json.loads(body) if body else {}
        matter_id, part = request.path_params.get("matter", ""), request.path_params.get("part", "")
        matter = window.matters.get((system, matter_id or data.get("matterId", "")))
        person = matter.person if matter else data.get("applicant", {}).get("identityNumber")
        item = matter.request["item"]["code"] if matter else data.get("item", {}).get("code")
        operation, scopes = part or ("status" if matter_id else "deliver"), (system, str(item))
        broken = await control.disturb(person, scopes)
        if broken is not None:
            control.record(request, operation, person, system=system, disturbed=True)
            return broken
        try:
            matter, repeat = _done(window, system, matter_id, part, data)
            answer = JSONResponse(window.shown(matter))
        except Refusal as refusal:
            repeat = False
            answer = JSONResponse({"code": refusal.code, "message": refusal.message}, status_code=refusal.status)
        control.record(request, operation, person, system=system, item=item, repeat=repeat)
        if control.take_in(scopes, person, Kind.LOST_ANSWER):
            return Response("Gateway Timeout", status_code=504)
        return answer

    async def pace(request: Request) -> Response:
        window.pace = max(0.0, float((await request.json())["secondsPerWorkingDay"]))
        return JSONResponse({"secondsPerWorkingDay": window.pace})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        for task in list(window.tasks):
            task.cancel()
        await asyncio.gather(*window.tasks, return_exceptions=True)

    matters = "/window/v1/{system}/matters"
    app = Starlette(
        routes=[
            Route(matters, call, methods=["POST"]),
            Route(matters + "/{matter}", call, methods=["GET"]),
            Route(matters + "/{matter}/{part}", call, methods=["POST"]),
            Route("/__mock__/pace", pace, methods=["POST"]),
            *control.routes(),
        ],
        lifespan=lifespan,
    )
    app.state.core, app.state.control = window, control
    return app


def _done(window: Window, system: str, matter_id: str, part: str, data: dict[str, Any]) -> tuple[Matter, bool]:
    if not matter_id:
        return window.take_in(system, data)
    matter = window.find(system, matter_id)
    match part:
        case "corrections":
            return matter, window.correct(matter, data)
        case "reminders":
            matter.reminders += 1
        case "withdrawal":
            matter.status = "WITHDRAWN"
        case _ if part:
            raise Refusal(404, "UNKNOWN_OPERATION", "无此操作")
    return matter, False

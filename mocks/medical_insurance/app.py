"""The medical insurance core on the wire: POST /yb/<infno>, an envelope with infcode and err_msg.

    1101    人员参保信息查询     input.data {psn_cert_type, certno, psn_name}
    LC5301  参保凭证出具         input.data {ywlsh, certno, psn_name, insutype, insu_admdvs, yt}; idempotent by header
    LC5302  办理状态查询         input.data {ywlsh}
    LC5303  撤销               input.data {ywlsh}
    LC5304  催办               input.data {ywlsh}
    LC5390  办理结果通知: our callback to the gateway

pzzt: 0 办理中, 1 已出具, 2 不予出具, 3 已撤销. infcode 0 is success; business refusals come with HTTP 200.
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
from mocks.medical_insurance.city import ADMDVS, AGENCY, Enrolment, enrolments, person_of
from mocks.people import Person
from mocks.signing import is_signed, target_of

CHINA = timezone(timedelta(hours=8))
CALLBACK = "/callbacks/medical_insurance"
ASYNCHRONOUS = (Kind.ASYNCHRONOUS, Kind.DUPLICATE_CALLBACK, Kind.NO_CALLBACK)


class Refusal(Exception):
    """A business refusal with the system's own code."""

    def __init__(self, err_code: str, err_msg: str) -> None:
        self.err_code, self.err_msg = err_code, err_msg
        super().__init__(err_code)


@dataclass(slots=True)
class Matter:
    """One handling of 参保凭证出具."""

    ywlsh: str
    slh: str
    person: str
    pzzt: str
    outcome: dict[str, Any]
    ready_at: datetime


class Core:
    """The system's own state and business."""

    def __init__(self, config: MockConfig, control: Control) -> None:
        self.config, self.control = config, control
        self.matters: dict[str, Matter] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        control.on_reset(self.matters.clear)

    def query(self, data: dict[str, Any]) -> dict[str, Any]:
        person, found = self._insured(data)
        base = {"certno": person.id_number, "psn_name": person.name, "gend": person.gender, "brdy": person.birth_date}
        rows = [
            {
                "psn_no": one.psn_no,
                "insutype": one.insutype,
                "psn_type": one.psn_type,
                "psn_insu_stas": one.psn_insu_stas,
                "psn_insu_date": f"{one.ksny[:4]}-{one.ksny[4:]}-01",
                "insuplc_admdvs": ADMDVS,
                "balc": one.balc,
            }
            for one in found
        ]
        return {"baseinfo": base, "insuinfo": rows, "cxsj": self._now().strftime("%Y-%m-%d %H:%M:%S")}

    def issue(self, data: dict[str, Any], key: str) -> tuple[dict[str, Any], bool]:
        """Output of LC5301, and whether it is a repeat."""
        matter = self.matters.get(key)
        if matter is not None:
            return self.shown(matter), True
        if refused := self.control.take(data.get("certno"), Kind.REFUSE):
            raise Refusal(refused.code or "YB9999", refused.message or "暂不符合办理条件")
        person, found = self._insured(data)
        one = next((e for e in found if e.insutype == data.get("insutype")), None)
        if one is None:
            raise Refusal("YB4042", "未参加该险种")
        later = self.control.take(person.id_number, *ASYNCHRONOUS)
        number = len(self.matters) + 1
        slh = f"LC{self._now():%Y%m%d}{number:04d}"
        ready = self._now() + timedelta(seconds=later.seconds if later else 0)
        matter = Matter(key, slh, person.id_number, "0" if later else "1", self._voucher(person, one, slh), ready)
        self.matters[key] = matter
        if later:
            task = asyncio.create_task(self._finish_later(matter, later))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        return self.shown(matter), False

    def status(self, data: dict[str, Any]) -> dict[str, Any]:
        return self.shown(self._matter(data))

    def cancel(self, data: dict[str, Any]) -> dict[str, Any]:
        matter = self._matter(data)
        matter.pzzt = "3"
        return self.shown(matter)

    def shown(self, matter: Matter) -> dict[str, Any]:
        shown = {"ywlsh": matter.ywlsh, "slh": matter.slh, "pzzt": matter.pzzt}
        return {**shown, "pzinfo": matter.outcome} if matter.pzzt == "1" else shown

    def _matter(self, data: dict[str, Any]) -> Matter:
        matter = self.matters.get(str(data.get("ywlsh")))
        if matter is None:
            raise Refusal("YB4040", "查无此业务流水号")
        return matter

    def _insured(self, data: dict[str, Any]) -> tuple[Person, tuple[Enrolment, ...]]:
        person = person_of(str(data.get("certno")), str(data.get("psn_name")))
        if person is None:
            raise Refusal("YB4043", "证件号码与姓名不符")
        found = enrolments(person)
        if not found:
            raise Refusal("YB4041", "查无参保记录")
        return person, found

    def _voucher(self, person: Person, one: Enrolment, slh: str) -> dict[str, Any]:
        return {
            "pzbh": slh,
            "psn_name": person.name,
            "certno": person.id_number,
            "gend": person.gender,
            "brdy": person.birth_date,
            "insutype": one.insutype,
            "ksny": one.ksny,
            "jsny": one.jsny,
            "sjjfys": one.sjjfys,
            "zhye": one.balc,
            "cjjg": AGENCY,
            "cjsj": self._now().strftime("%Y-%m-%d %H:%M:%S"),
        }

    async def _finish_later(self, matter: Matter, how: Behaviour) -> None:
        await asyncio.sleep(how.seconds)
        if matter.pzzt == "0":
            matter.pzzt = "1"
        if how.kind is Kind.NO_CALLBACK:
            return
        for _ in range(2 if how.kind is Kind.DUPLICATE_CALLBACK else 1):
            await self.call_back(matter)

    async def call_back(self, matter: Matter) -> int:
        """Send LC5390 until it is taken; the last HTTP status, 0 when the gateway never answered."""
        body = json.dumps({"infno": "LC5390", "input": {"data": self.shown(matter)}}, ensure_ascii=False).encode()
        return await send_callback(self.config, CALLBACK, body)

    def _now(self) -> datetime:
        return self.config.now().astimezone(CHINA)


def create_app(config: MockConfig) -> Starlette:
    """The mock, with its control surface at `/__mock__`. `app.state.core` holds what it keeps."""
    control = Control("medical_insurance", "医疗保险核心业务系统（YB-CORE）")
    core = Core(config, control)

    async def call(request: Request) -> Response:
        infno, body = request.path_params["infno"], await request.body()
        if not is_signed(config.secret, "POST", target_of(request), request.headers, body, config.now()):
            return JSONResponse({"infcode": -2, "err_msg": "签名无效"}, status_code=401)
        data = json.loads(body)["input"]["data"]
        key = request.headers.get("idempotency-key") or str(data.get("ywlsh"))
        known = core.matters.get(str(data.get("ywlsh")))
        person = data.get("certno") or (known.person if known else None)
        broken = await control.disturb(person)
        if broken is not None:
            control.record(request, infno, person, disturbed=True)
            return broken
        repeat, err_code, err_msg, output = False, "", "", {}
        try:
            match infno:
                case "1101":
                    output = core.query(data)
                case "LC5301":
                    output, repeat = core.issue(data, key)
                case "LC5302":
                    output = core.status(data)
                case "LC5304":
                    output = core.status(data)
                case "LC5303":
                    output = core.cancel(data)
                case _:
                    return JSONResponse({"infcode": -1, "err_code": "YB4000", "err_msg": "无此交易"}, status_code=400)
        except Refusal as refusal:
            err_code, err_msg = refusal.err_code, refusal.err_msg
        control.record(request, infno, person, repeat=repeat, err_code=err_code)
        if control.take(person, Kind.LOST_ANSWER):
            return Response("Gateway Timeout", status_code=504)
        stamp = config.now().strftime("%Y%m%d%H%M%S%f")
        answer = {"infcode": -1 if err_code else 0, "inf_refmsgid": stamp, "err_code": err_code, "err_msg": err_msg}
        return JSONResponse({**answer, "output": output})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        for task in list(core.tasks):
            task.cancel()
        await asyncio.gather(*core.tasks, return_exceptions=True)

    app = Starlette(routes=[Route("/yb/{infno}", call, methods=["POST"]), *control.routes()], lifespan=lifespan)
    app.state.core, app.state.control = core, control
    return app

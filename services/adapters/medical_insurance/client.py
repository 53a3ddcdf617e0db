"""`DepartmentDesk` on the medical insurance core: hand in, ask, withdraw, read its notices."""

from collections.abc import Mapping
from typing import Any

import orjson

from services.adapters.medical_insurance.wire import (
    INSUTYPE,
    NO_SUCH_MATTER,
    Envelope,
    MalformedAnswer,
    answer_of,
    refusal_answer,
)
from services.applications.model import DeskAnswer, DeskStatus
from services.applications.ports import DeskCallback, DeskRequest
from services.kernel.adapter import Standing
from services.kernel.clock import Clock
from services.kernel.errors import DepartmentDown, InvalidInput
from services.outbound import DepartmentClient, DepartmentRefused, verify

ITEMS = frozenset({"YB-010"})
"""Items that have a transaction of their own here; the others of YB-CORE go by the common protocol."""
PURPOSE = {"TRANSFER": "转移接续", "EMPLOYMENT": "求职入职", "OTHER": "其他"}


class MedicalInsuranceDesk:
    """Wire: POST /yb/<infno>: LC5301 出具参保凭证, LC5302 状态, LC5303 撤销, LC5304 催办. LC5390 is its notice."""

    name = "medical_insurance"
    title = "医保核心业务系统"

    def __init__(self, client: DepartmentClient, secret: str, clock: Clock) -> None:
        self._client = client
        self._secret = secret
        self._clock = clock

    def takes(self, item_code: str) -> bool:
        return item_code in ITEMS

    def standing(self) -> Standing:
        return self._client.standing()

    async def deliver(self, request: DeskRequest) -> DeskAnswer:
        if request.item_code not in ITEMS:
            return refusal_answer("YB4000", "")
        data = {
            "ywlsh": request.application_id,
            "certno": request.applicant.identity_number,
            "psn_name": request.applicant.name,
            "insutype": INSUTYPE[request.form["insuranceType"]],
            "insu_admdvs": request.region_code,
            "yt": PURPOSE[request.form["purpose"]],
        }
        return await self._ask("LC5301", data, idempotency_key=request.application_id)

    async def status(self, request: DeskRequest) -> DeskAnswer:
        return await self._ask("LC5302", {"ywlsh": request.application_id}, repeatable=True)

    async def correct(self, request: DeskRequest) -> DeskAnswer:
        """This system decides at once or refuses and never asks for a correction; what stands, stands."""
        return await self.status(request)

    async def urge(self, request: DeskRequest) -> None:
        await self._ask("LC5304", {"ywlsh": request.application_id}, idempotency_key=f"{request.application_id}:cb")

    async def withdraw(self, request: DeskRequest) -> None:
        await self._ask("LC5303", {"ywlsh": request.application_id}, idempotency_key=f"{request.application_id}:cx")

    def read_callback(self, target: str, headers: Mapping[str, str], body: bytes) -> DeskCallback:
        nonce = verify(self._secret, "POST", target, headers, body, self._clock.now())
        try:
            message = orjson.loads(body)
            data = message["input"]["data"]
            if message["infno"] != "LC5390":
                raise MalformedAnswer("infno")
            return DeskCallback(str(data["ywlsh"]), nonce, answer_of(data))
        except (orjson.JSONDecodeError, MalformedAnswer, KeyError, TypeError) as error:
            raise InvalidInput("通知的内容无法识别。", field="body") from error

    async def _ask(self, infno: str, data: Mapping[str, Any], **how: Any) -> DeskAnswer:
        sent = {"infno": infno, "msgid": f"{data['ywlsh']}-{infno}", "input": {"data": data}}
        try:
            envelope = Envelope.read(await self._client.post(f"/yb/{infno}", sent, **how))
            if envelope.refused:
                if envelope.err_code == NO_SUCH_MATTER:
                    return DeskAnswer(DeskStatus.UNKNOWN)
                return refusal_answer(envelope.err_code, envelope.err_msg)
            return answer_of(envelope.output)
        except MalformedAnswer as error:
            raise DepartmentDown(self.name) from error
        except DepartmentRefused as refused:
            return refusal_answer(refused.reason, refused.detail)

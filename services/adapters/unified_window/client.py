"""`DepartmentDesk` on the common protocol: hand in, ask, correct, urge, withdraw, read notices: docs/adapters.md."""

from collections.abc import Mapping
from typing import Any

import orjson

from services.adapters.unified_window.wire import UNKNOWN_MATTER, MalformedAnswer, Matter, refusal, request_body
from services.applications.model import DeskAnswer, DeskStatus
from services.applications.ports import DeskCallback, DeskRequest
from services.kernel.adapter import Standing
from services.kernel.clock import Clock
from services.kernel.errors import DepartmentDown, InvalidInput
from services.outbound import DepartmentClient, DepartmentRefused, verify


class WindowDesk:
    """One department system. `name`, its callback address, is the system's code."""

    def __init__(self, system: str, title: str, client: DepartmentClient, secret: str, clock: Clock) -> None:
        self.name = system
        self.title = title
        self._client = client
        self._secret = secret
        self._clock = clock
        self._path = f"/window/v1/{system}/matters"

    @staticmethod
    def read_refusal(status: int, body: Any) -> tuple[str, str] | None:
        """Only 404 and 422 with a code are answers; any other 4xx means that our set-up is wrong."""
        if status not in (404, 422) or not isinstance(body, dict) or not isinstance(body.get("code"), str):
            return None
        return body["code"], str(body.get("message") or "")

    def takes(self, item_code: str) -> bool:
        return True

    def standing(self) -> Standing:
        return self._client.standing()

    async def deliver(self, request: DeskRequest) -> DeskAnswer:
        return await self._post("", request_body(request), request.application_id, request)

    async def status(self, request: DeskRequest) -> DeskAnswer:
        try:
            answer = await self._client.get(f"{self._path}/{request.application_id}")
        except DepartmentRefused as refused:
            return self._refused(refused)
        return self._read(answer, request)

    async def correct(self, request: DeskRequest) -> DeskAnswer:
        body = {
            "reference": request.correction_reference,
            "note": request.correction_note,
            "form": dict(request.form),
        }
        key = f"{request.application_id}:correction:{request.correction_reference}"
        return await self._post(f"/{request.application_id}/corrections", body, key, request)

    async def urge(self, request: DeskRequest) -> None:
        await self._post(f"/{request.application_id}/reminders", {}, f"{request.application_id}:reminder", request)

    async def withdraw(self, request: DeskRequest) -> None:
        await self._post(f"/{request.application_id}/withdrawal", {}, f"{request.application_id}:withdrawal", request)

    def read_callback(self, target: str, headers: Mapping[str, str], body: bytes) -> DeskCallback:
        nonce = verify(self._secret, "POST", target, headers, body, self._clock.now())
        try:
            matter = Matter.read(orjson.loads(body), self.title)
        except (orjson.JSONDecodeError, MalformedAnswer) as error:
            raise InvalidInput("通知的内容无法识别。", field="body") from error
        return DeskCallback(matter.matter_id, nonce, matter.answer)

    async def _post(self, path: str, body: Mapping[str, Any], key: str, request: DeskRequest) -> DeskAnswer:
        try:
            answer = await self._client.post(self._path + path, body, idempotency_key=key)
        except DepartmentRefused as refused:
            return self._refused(refused)
        return self._read(answer, request)

    def _refused(self, refused: DepartmentRefused) -> DeskAnswer:
        if refused.reason == UNKNOWN_MATTER:
            return DeskAnswer(DeskStatus.UNKNOWN)
        return refusal(refused.reason, refused.detail)

    def _read(self, answer: Any, request: DeskRequest) -> DeskAnswer:
        try:
            matter = Matter.read(answer, self.title)
            if matter.matter_id != request.application_id:
                raise MalformedAnswer("matterId")
        except MalformedAnswer as error:
            raise DepartmentDown(self.name) from error
        return matter.answer

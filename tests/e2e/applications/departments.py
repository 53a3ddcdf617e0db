"""Driving any item of any department as an app does: read the guide, fill the form, hand in, answer."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from graphql_relay import from_global_id

from mocks.unified_window.app import Window
from services.kernel.ids import new_id
from tests.city import City
from tests.e2e.applications.operations import FIELDS, acting_for, submit
from tests.sign_in import Tokens, sign_in

MORE = f"""{FIELDS} departmentNotice correction {{ reference dueAt dueProvisional answeredAt askedAt
  items {{ requirement field }} }}
  result {{ certificateId document {{ title number issuer issuedOn }} }}"""
SEEN = f"query($id: ID!) {{ viewer {{ application(id: $id) {{ {MORE} }} }} }}"
ANSWER = f"""mutation($input: AnswerCorrectionInput!) {{ answerCorrection(input: $input) {{
  application {{ {MORE} }} problems {{ path code message }} }} }}"""
GUIDE = """query($code: String!) { serviceItem(code: $code) { code name immediate subjects
  department { code } form { schema } } }"""
STATUS = "query($systems: [String!]) { departmentStatus(systems: $systems) { system title condition sentence since } }"
ITEMS = Path(__file__).resolve().parents[3] / "services" / "catalog" / "items"
COMPANY = "聊城示例商贸有限公司"


@cache
def applying_items() -> dict[str, dict[str, Any]]:
    """The files of all items that can be applied for online now, by code, in order."""
    files = [tomllib.loads(path.read_text(encoding="utf-8")) for path in ITEMS.glob("*/*.toml")]
    chosen = [
        one
        for one in files
        if one["handheld"] and one["depth"] in ("全程网办", "在线申请") and one.get("effective_from", "") <= "2026-11"
    ]
    return {one["code"]: one for one in sorted(chosen, key=lambda one: one["code"])}


class Applicant:
    """张三, as himself and for his company."""

    def __init__(self, city: City, tokens: Tokens, company: str) -> None:
        self.city, self.tokens, self.company = city, tokens, company

    @classmethod
    async def of(cls, city: City) -> "Applicant":
        tokens = await sign_in(city, "zhangsan")
        return cls(city, tokens, await acting_for(city, tokens, COMPANY))

    def token(self, code: str) -> str:
        return self.tokens.access if "个人" in applying_items()[code]["subjects"] else self.company

    async def guide(self, code: str) -> dict[str, Any]:
        guide: dict[str, Any] = (await self.city.graphql(GUIDE, {"code": code})).data["serviceItem"]
        return guide

    async def filled(self, code: str) -> Any:
        """The form as its own schema shows it filled in; empty for an item that asks nothing."""
        form = (await self.guide(code))["form"]
        return {} if form is None else form["schema"]["examples"][0]

    async def apply(self, code: str, **values: Any) -> dict[str, Any]:
        """The new application."""
        sent = {"itemCode": code, "form": await self.filled(code), **values}
        payload = (await submit(self.city, self.token(code), **sent)).data["submitApplication"]
        assert payload["problems"] == [], (code, payload["problems"])
        one: dict[str, Any] = payload["application"]
        return one

    async def seen(self, one: dict[str, Any]) -> dict[str, Any]:
        reply = await self.city.graphql(SEEN, {"id": one["id"]}, self.token(one["itemCode"]))
        found: dict[str, Any] = reply.data["viewer"]["application"]
        return found

    async def answer(self, one: dict[str, Any], **values: Any) -> Any:
        form = await self.filled(one["itemCode"])
        sent = {"applicationId": one["id"], "form": form, "idempotencyKey": new_id(), **values}
        return await self.city.graphql(ANSWER, {"input": sent}, self.token(one["itemCode"]))


def window_of(city: City) -> Window:
    window: Window = city.mocks["unified_window"].state.core
    return window


def matter_id(one: dict[str, Any]) -> str:
    return str(from_global_id(one["id"])[1])

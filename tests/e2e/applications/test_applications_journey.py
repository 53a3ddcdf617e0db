"""The first journey over HTTP: apply for 《参保凭证》, be followed, get the certificate."""

import asyncio
from typing import Any

from services.kernel.ids import new_id
from tests.city import City
from tests.sign_in import Tokens, sign_in

FIELDS = """
  id number itemCode itemName state stateLabel turn dueAt dueProvisional canWithdraw departmentName
  reason { code sentence remedies } result { certificateId }
  timeline { sequence actor state label sentence reasonCode }
"""
SUBMIT = f"""mutation($input: SubmitApplicationInput!) {{ submitApplication(input: $input) {{
  application {{ {FIELDS} }} problems {{ path code message }} }} }}"""
ONE = f"query($id: ID!) {{ viewer {{ application(id: $id) {{ {FIELDS} }} }} }}"
FORM = {"insuranceType": "EMPLOYEE", "purpose": "TRANSFER", "contactPhone": "10000000001"}


async def submit(city: City, tokens: Tokens, form: Any = None, **values: Any) -> dict[str, Any]:
    sent = {"itemCode": "YB-010", "form": form or FORM, "regionCode": "371502", "idempotencyKey": new_id(), **values}
    answer: dict[str, Any] = (await city.graphql(SUBMIT, {"input": sent}, tokens.access)).data["submitApplication"]
    return answer


async def until(city: City, tokens: Tokens, application_id: str, *states: str, seconds: float = 15) -> dict[str, Any]:
    """The application, as soon as it is in one of `states`."""
    async with asyncio.timeout(seconds):
        while True:
            seen = (await city.graphql(ONE, {"id": application_id}, tokens.access)).data["viewer"]["application"]
            if seen["state"] in states:
                one: dict[str, Any] = seen
                return one
            await asyncio.sleep(0.05)


async def test_an_insured_citizen_applies_and_has_the_certificate_when_the_department_answers(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    payload = await submit(city, tokens)
    assert payload["problems"] == []
    assert payload["application"]["state"] == "SUBMITTED"
    assert payload["application"]["number"].startswith("SQ-")
    closed = await until(city, tokens, payload["application"]["id"], "CLOSED")
    assert [event["state"] for event in closed["timeline"]] == [
        "SUBMITTED",
        "ACCEPTED",
        "DECIDED",
        "CERTIFICATE_MADE",
        "DELIVERED",
        "CLOSED",
    ]
    assert closed["result"]["certificateId"]
    assert (closed["turn"], closed["dueAt"], closed["reason"]) == ("NOBODY", None, None)
    issued = [call for call in city.mocks["medical_insurance"].state.control.log if call["operation"] == "LC5301"]
    assert [call["repeat"] for call in issued] == [False]

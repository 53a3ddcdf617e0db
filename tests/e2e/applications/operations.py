"""What an app sends about applications, and short ways to send it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from graphql_relay import to_global_id

from mocks.medical_insurance.app import Core
from services.kernel.ids import new_id
from tests.city import City, GraphQLReply
from tests.e2e.identity.operations import ACT_FOR, send
from tests.sign_in import Tokens

FIELDS = """
  id number itemCode itemName state stateLabel turn dueAt dueProvisional canWithdraw departmentName version
  reason { code sentence remedies } result { certificateId }
  timeline { sequence actor state label sentence reasonCode }
"""
SUBMIT = f"""mutation($input: SubmitApplicationInput!) {{ submitApplication(input: $input) {{
  application {{ {FIELDS} }} problems {{ path code message }} }} }}"""
WITHDRAW = f"""mutation($input: WithdrawApplicationInput!) {{ withdrawApplication(input: $input) {{
  application {{ {FIELDS} }} }} }}"""
ONE = f"query($id: ID!) {{ viewer {{ application(id: $id) {{ {FIELDS} }} }} }}"
NODE = "query($id: ID!) { node(id: $id) { id ... on Application { number } } }"
LIST = """query($first: Int, $after: String, $states: [ApplicationState!]) { viewer {
  applications(first: $first, after: $after, states: $states) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    edges { cursor node { id number state timeline { sequence } } } } } }"""
PROGRESS = f"subscription($id: ID!) {{ applicationProgress(applicationId: $id) {{ {FIELDS} }} }}"
FORM = {"insuranceType": "EMPLOYEE", "purpose": "TRANSFER", "contactPhone": "10000000001"}
WHOLE_WAY = ["SUBMITTED", "ACCEPTED", "DECIDED", "CERTIFICATE_MADE", "DELIVERED", "CLOSED"]


def wanted(**values: Any) -> dict[str, Any]:
    return {"itemCode": "YB-010", "form": FORM, "regionCode": "371502", "idempotencyKey": new_id(), **values}


async def submit(city: City, token: str | None, **values: Any) -> GraphQLReply:
    return await city.graphql(SUBMIT, {"input": wanted(**values)}, token)


async def submitted(city: City, tokens: Tokens, **values: Any) -> dict[str, Any]:
    """The new application."""
    payload = (await submit(city, tokens.access, **values)).data["submitApplication"]
    assert payload["problems"] == []
    one: dict[str, Any] = payload["application"]
    return one


async def seen(city: City, tokens: Tokens, application_id: str) -> dict[str, Any]:
    one: dict[str, Any] = (await city.graphql(ONE, {"id": application_id}, tokens.access)).data["viewer"]["application"]
    return one


async def until(city: City, tokens: Tokens, application_id: str, *states: str, seconds: float = 15) -> dict[str, Any]:
    """The application, as soon as it is in one of `states`."""
    async with asyncio.timeout(seconds):
        while True:
            one = await seen(city, tokens, application_id)
            if one["state"] in states:
                return one
            await asyncio.sleep(0.05)


async def until_noted(city: City, tokens: Tokens, application_id: str, code: str) -> dict[str, Any]:
    """The application, as soon as its record has an event with this reason code."""
    async with asyncio.timeout(15):
        while True:
            one = await seen(city, tokens, application_id)
            if code in [event["reasonCode"] for event in one["timeline"]]:
                return one
            await asyncio.sleep(0.05)


async def progress(city: City, tokens: Tokens, application_id: str) -> AsyncIterator[dict[str, Any]]:
    """What the subscription yields over SSE, until it completes."""
    headers = {"accept": "text/event-stream", **tokens.headers}
    body = {"query": PROGRESS, "variables": {"id": application_id}}
    async with city.http.post("/graphql", json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        async for line in answer.content:
            if line.startswith(b"data:") and len(line) > 7:
                message = json.loads(line[5:])
                assert "errors" not in message, message
                yield message["data"]["applicationProgress"]


async def acting_for(city: City, tokens: Tokens, name: str) -> str:
    """An access token of the same person, acting for the subject of this name."""
    principal = await city.services.identity.authenticate(tokens.access)
    relations = await city.services.identity.relations(principal.person_id)
    subject = next(one.subject for one in relations if one.party.name == name)  # the API masks children's names
    chosen = to_global_id("ActingSubject", f"{subject.kind.value}:{subject.id}")
    acting = (await send(city, ACT_FOR, tokens.access, subjectId=chosen)).data["actFor"]["tokens"]["accessToken"]
    return str(acting)


def core_of(city: City) -> Core:
    core: Core = city.mocks["medical_insurance"].state.core
    return core


def issues(city: City) -> list[dict[str, Any]]:
    """Calls of LC5301 that the department really worked on."""
    log = core_of(city).control.log
    return [call for call in log if call["operation"] == "LC5301" and not call.get("disturbed")]


async def certificates(city: City, tokens: Tokens) -> int:
    """How many vouchers were ever put into the wallet of whom `tokens` is for."""
    principal = await city.services.identity.authenticate(tokens.access)
    held = await city.services.wallet.list(principal.subject)
    return len([one for one in held if one.type_code == "INSURED_PROOF"])

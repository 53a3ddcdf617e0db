"""Show, scan online and offline, be refused the second time: over real HTTP, embedded and on servers."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from certs_schema.verifier import FileReplayCache, OfflineVerifier, VerifyError, load
from services.kernel.ids import new_id
from tests.city import City, GraphQLReply, running_city
from tests.e2e.wallet.holding import give
from tests.sign_in import Tokens, sign_in

PRESENT = """mutation($input: PresentCertificateInput!) { presentCertificate(input: $input) {
  presentationId token issuedAt expiresAt } }"""
CANCEL = """mutation($input: CancelPresentationInput!) { cancelPresentation(input: $input) {
  status { presentationId state scannedAt } } }"""
STATUS = """subscription($id: ID!) { presentationStatus(presentationId: $id) {
  presentationId certificateId state expiresAt scannedAt scannedBy purpose } }"""
SCANS = """{ viewer { certificateScans { totalCount edges { node {
  certificateId typeCode typeName scannedAt scannedBy purpose fields } } } } }"""


async def present(city: City, token: str | None, certificate: str, key: str | None = None) -> GraphQLReply:
    given = {"certificateId": certificate, "idempotencyKey": key or new_id()}
    return await city.graphql(PRESENT, {"input": given}, token)


async def shown(city: City, tokens: Tokens, certificate: str) -> dict[str, Any]:
    one: dict[str, Any] = (await present(city, tokens.access, certificate)).data["presentCertificate"]
    return one


async def check(city: City, token: str, path: str = "/verify", **members: Any) -> dict[str, Any]:
    async with city.http.post(path, json={"token": token, **members}) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.headers["cache-control"] == "no-store"
        said: dict[str, Any] = await answer.json()
        return said


async def status_of(city: City, token: str, presentation: str) -> AsyncIterator[dict[str, Any]]:
    """What the subscription yields over SSE, until it completes."""
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {token}"}
    body = {"query": STATUS, "variables": {"id": presentation}}
    async with city.http.post("/graphql", json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        async for line in answer.content:
            if line.startswith(b"data:") and line[5:].strip():
                yield json.loads(line[5:])


async def test_a_shown_certificate_is_verified_once_and_its_holder_sees_it(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    certificate = await give(city, tokens)
    code = await shown(city, tokens, certificate)
    seen = []
    async for event in status_of(city, tokens.access, code["presentationId"]):
        seen.append(event["data"]["presentationStatus"])
        if len(seen) == 1:
            first = await check(city, code["token"], purpose="办理住院")
    assert {key: first[key] for key in ("valid", "code", "type", "typeName", "holder", "claims")} == {
        "valid": True,
        "code": "VALID",
        "type": "INSURED_PROOF",
        "typeName": "参保凭证(基本医疗保险)",
        "holder": "张*",
        "claims": [],
    }
    assert [one["state"] for one in seen] == ["WAITING", "SCANNED"]
    assert (seen[1]["scannedBy"], seen[1]["purpose"], seen[1]["certificateId"]) == (None, "办理住院", certificate)
    again = await check(city, code["token"], "/api/verify")
    assert (again["valid"], again["code"]) == (False, "ALREADY_USED")
    assert again["message"].startswith("亮证码已被核验过")
    assert again["firstUsedAt"].endswith("+08:00")
    scans = (await city.graphql(SCANS, {}, tokens.access)).data["viewer"]["certificateScans"]
    assert [edge["node"]["purpose"] for edge in scans["edges"]] == ["办理住院"]
    assert (scans["totalCount"], scans["edges"][0]["node"]["certificateId"]) == (1, certificate)
    stranger = await sign_in(city, "lisi")
    assert (await city.graphql(SCANS, {}, stranger.access)).data["viewer"]["certificateScans"]["totalCount"] == 0


async def test_offline_with_the_published_keys_a_code_is_good_once_on_a_device(city: City, tmp_path: Any) -> None:
    tokens = await sign_in(city, "zhangsan")
    code = await shown(city, tokens, await give(city, tokens))
    keys = await asyncio.to_thread(load, f"{city.url}/.well-known/jwks/presentation.json", tmp_path)
    verifier = OfflineVerifier(keys, city.settings.public_url, FileReplayCache(tmp_path / "used.db"))
    result = verifier.verify(code["token"])
    assert (result.presentation.holder, result.presentation.claims["insutype"]) == ("张*", "职工基本医疗保险")
    assert result.statement_zh.startswith("离线核验")
    with pytest.raises(VerifyError, match="ALREADY_USED"):
        verifier.verify(code["token"])


async def test_one_hundred_scanners_at_once_and_one_succeeds(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    code = await shown(city, tokens, await give(city, tokens))
    answers = await asyncio.gather(*(check(city, code["token"]) for _ in range(100)))
    assert sorted(answer["code"] for answer in answers) == ["ALREADY_USED"] * 99 + ["VALID"]


async def test_a_revoked_certificate_is_refused_and_cannot_be_shown(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    certificate = await give(city, tokens)
    code = await shown(city, tokens, certificate)
    held = (await city.services.wallet.list((await city.services.identity.authenticate(tokens.access)).subject))[0]
    await city.services.wallet.revoke(held.id)
    assert (await check(city, code["token"]))["code"] == "REVOKED"
    assert (await present(city, tokens.access, certificate)).codes == ["CERTIFICATE_NOT_VALID"]


async def test_a_cancelled_code_is_refused(city: City) -> None:
    tokens = await sign_in(city, "zhangsan")
    code = await shown(city, tokens, await give(city, tokens))
    given = {"presentationId": code["presentationId"], "idempotencyKey": new_id()}
    for _ in range(2):
        done = (await city.graphql(CANCEL, {"input": given}, tokens.access)).data["cancelPresentation"]["status"]
        assert done["state"] == "CANCELLED"
    assert (await check(city, code["token"]))["code"] == "CANCELLED"


async def test_nobody_and_the_wrong_citizen_can_neither_show_nor_follow_nor_cancel(embedded_city: City) -> None:
    city = embedded_city
    tokens, other = await sign_in(city, "zhangsan"), await sign_in(city, "lisi")
    certificate = await give(city, tokens)
    code = await shown(city, tokens, certificate)
    cancel = {"input": {"presentationId": code["presentationId"], "idempotencyKey": new_id()}}
    for caller, expected in ((None, ["UNAUTHENTICATED"]), (other.access, ["NOT_FOUND"])):
        assert (await present(city, caller, certificate)).codes == expected
        assert (await city.graphql(CANCEL, cancel, caller)).codes == expected
        headers = {"accept": "text/event-stream"} | ({"authorization": f"Bearer {caller}"} if caller else {})
        body = {"query": STATUS, "variables": {"id": code["presentationId"]}}
        async with city.http.post("/graphql", json=body, headers=headers) as answer:
            assert expected[0] in await answer.text()
    assert (await city.graphql(SCANS)).codes == ["UNAUTHENTICATED"]
    assert (await check(city, code["token"]))["valid"] is True


async def test_a_phone_sign_in_shows_nothing(embedded_city: City) -> None:
    tokens = await sign_in(embedded_city, "zhangsan")
    certificate = await give(embedded_city, tokens)
    phone = (await sign_in(embedded_city, "zhangsan", "PHONE")).access
    assert (await present(embedded_city, phone, certificate)).codes == ["STEP_UP_REQUIRED"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"token": 1}', b'{"token": ""}', b'{"token": "x", "purpose": 1}',
     b'{"token": "x", "purpose": "\\n\\u202e"}', b'{"token": "' + b"x" * 4_097 + b'"}',
     b'{"token": "' + b"x" * 20_000 + b'"}', b"\xff\xfe"],
)  # fmt: skip
async def test_a_request_that_cannot_be_read_is_a_400_with_a_code(body: bytes, embedded_city: City) -> None:
    async with embedded_city.http.post("/verify", data=body) as answer:
        assert answer.status == 400
        error = (await answer.json())["error"]
        assert (error["code"], error["retryable"]) == ("INVALID_INPUT", False)


async def test_garbage_is_an_invalid_code_and_too_much_of_it_is_a_429(sqlite_url: str) -> None:

    async with running_city(sqlite_url, checks_per_address=5) as city:
        for _ in range(5):
            assert (await check(city, "garbage"))["code"] == "TOKEN_MALFORMED"
        async with city.http.post("/verify", json={"token": "garbage"}) as answer:
            assert answer.status == 429
            assert int(answer.headers["retry-after"]) >= 1
            assert (await answer.json())["error"]["code"] == "OVERLOADED"


async def test_the_openapi_document_describes_what_is_served(embedded_city: City) -> None:
    async with embedded_city.http.get("/openapi.json") as answer:
        document = await answer.json()
    assert document["openapi"] == "3.1.0"
    for path, operations in document["paths"].items():
        for method in operations:
            async with embedded_city.http.request(method.upper(), path) as answer:
                assert str(answer.status) in operations[method]["responses"], (method, path)

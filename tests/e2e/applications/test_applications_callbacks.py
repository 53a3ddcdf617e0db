"""What comes in at /callbacks: true, forged, stale, repeated, unknown."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from mocks.signing import signed_headers
from services.kernel.clock import SystemClock
from tests.city import SECRET, City
from tests.e2e.applications.operations import WHOLE_WAY, certificates, core_of, seen, submitted, until
from tests.sign_in import sign_in

PATH = "/callbacks/medical_insurance"


async def send(city: City, body: bytes, headers: dict[str, str], path: str = PATH) -> tuple[int, Any]:
    async with city.http.post(path, data=body, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


def signed(body: bytes, nonce: str) -> dict[str, str]:
    """The headers of a message whose nonce we choose."""
    timestamp = str(int(SystemClock().now().timestamp()))
    text = "\n".join(("POST", PATH, timestamp, nonce, hashlib.sha256(body).hexdigest()))
    signature = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    return {"X-Timestamp": timestamp, "X-Nonce": nonce, "X-Signature": signature}


def notice(city: City) -> bytes:
    """The true notice of the only matter the department has."""
    core = core_of(city)
    (matter,) = core.matters.values()
    matter.pzzt = "1"
    return json.dumps({"infno": "LC5390", "input": {"data": core.shown(matter)}}).encode()


async def test_a_true_notice_closes_the_matter_once_and_its_repetition_changes_nothing(city: City) -> None:
    await city.script("medical_insurance", "no_callback", seconds=3600)
    tokens = await sign_in(city, "zhangsan")
    application = await submitted(city, tokens)
    await until(city, tokens, application["id"], "ACCEPTED")
    body = notice(city)
    headers = signed(body, "n" * 32)
    assert await send(city, body, headers) == (200, {"received": True, "changed": True})
    closed = await seen(city, tokens, application["id"])
    assert [event["state"] for event in closed["timeline"]] == WHOLE_WAY
    assert await send(city, body, headers) == (200, {"received": True, "changed": False})  # its 200 was lost
    other = body + b" "
    status, answer = await send(city, other, signed(other, "n" * 32))
    assert (status, answer["error"]["code"]) == (409, "CALLBACK_REPLAYED")
    fresh = signed_headers(SECRET, "POST", PATH, body, SystemClock().now())
    assert await send(city, body, fresh) == (200, {"received": True, "changed": False})
    assert await seen(city, tokens, application["id"]) == closed
    assert await certificates(city, tokens) == 1


@pytest.mark.parametrize("spoilt", ["secret", "stale", "early", "unsigned", "body"])
async def test_a_forged_or_stale_notice_is_refused_and_changes_nothing(embedded_city: City, spoilt: str) -> None:
    city = embedded_city
    await city.script("medical_insurance", "no_callback", seconds=3600)
    tokens = await sign_in(city, "zhangsan")
    application = await submitted(city, tokens)
    before = await until(city, tokens, application["id"], "ACCEPTED")
    body, now = notice(city), SystemClock().now()
    shift = {"stale": timedelta(minutes=-6), "early": timedelta(minutes=6)}.get(spoilt, timedelta())
    headers = signed_headers("guess" if spoilt == "secret" else SECRET, "POST", PATH, body, now + shift)
    sent = body.replace(b"148", b"480") if spoilt == "body" else body
    status, answer = await send(city, sent, {} if spoilt == "unsigned" else headers)
    assert (status, answer["error"]["code"]) == (401, "SIGNATURE_REFUSED")
    assert await seen(city, tokens, application["id"]) == before
    assert await certificates(city, tokens) == 0
    true = signed_headers(SECRET, "POST", PATH, body, now)
    assert (await send(city, body, true))[1]["changed"]


async def test_a_notice_about_nothing_of_ours_is_not_found_and_leaves_its_nonce_free(embedded_city: City) -> None:
    city = embedded_city
    body = b'{"infno": "LC5390", "input": {"data": {"ywlsh": "unknown", "pzzt": "0"}}}'
    headers = signed_headers(SECRET, "POST", PATH, body, SystemClock().now())
    for _ in range(2):
        status, answer = await send(city, body, headers)
        assert (status, answer["error"]["code"]) == (404, "NOT_FOUND")
    other = "/callbacks/nobody"
    status, answer = await send(city, body, signed_headers(SECRET, "POST", other, body, SystemClock().now()), other)
    assert (status, answer["error"]["code"]) == (404, "NOT_FOUND")


async def test_an_overlong_or_unreadable_notice_is_invalid(embedded_city: City) -> None:
    for body in (b"{}", b"x" * 300_000):
        headers = signed_headers(SECRET, "POST", PATH, body, SystemClock().now())
        status, answer = await send(embedded_city, body, headers)
        assert (status, answer["error"]["code"]) == (400, "INVALID_INPUT")

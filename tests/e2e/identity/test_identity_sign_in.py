"""Sign-in end to end, and what the identity provider or a stranger may do wrong."""

import asyncio
import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from mocks.identity.app import Provider
from services.kernel.clock import FixedClock
from services.kernel.ids import new_id
from tests.city import City
from tests.e2e.identity.operations import SESSIONS, complete, returned, send
from tests.sign_in import COMPLETE, START, authorize, complete_input, sign_in, tokens_of


def start_values(city: City, **values: Any) -> dict[str, Any]:
    return {"redirectUri": f"{city.url}/auth/callback", "device": "手机", **values}


async def live_sessions(city: City, person: str = "zhangsan") -> int:
    """How many sessions the person has beside the one that looks."""
    token = (await sign_in(city, person)).access
    return len((await city.graphql(SESSIONS, token=token)).data["viewer"]["sessions"]) - 1


async def test_the_authorization_url_asks_for_what_oidc_needs(small_city: City) -> None:
    city = small_city
    started = (await send(city, START, **start_values(city, assurance="FACE"))).data["startSignIn"]
    url = started["authorizationUrl"]
    assert url.startswith(f"{city.mock_urls['identity']}/authorize?")
    for part in ("response_type=code", "code_challenge_method=S256", "acr_values=L3", "scope=openid", "nonce="):
        assert part in url
    assert started["state"] in url
    assert "secret" not in url


async def test_a_repeated_start_gets_the_same_address(small_city: City) -> None:
    values = start_values(small_city, idempotencyKey=new_id())
    first, second = [(await send(small_city, START, **values)).data for _ in range(2)]
    assert first == second
    other = await send(small_city, START, **{**values, "assurance": "FACE"})
    assert other.codes == ["IDEMPOTENCY_KEY_REUSED"]


async def test_a_redirect_off_the_list_is_refused(small_city: City) -> None:
    for path in ("/auth/callback/", "/auth/callback?x=1", "/other", ".evil.example/auth/callback"):
        reply = await send(small_city, START, redirectUri=f"{small_city.url}{path}", device="手机")
        assert (path, reply.codes) == (path, ["REDIRECT_NOT_ALLOWED"])


async def test_a_device_needs_a_name(small_city: City) -> None:
    for device in ("", "   ", "机" * 101):
        assert (await send(small_city, START, **start_values(small_city, device=device))).codes == ["INVALID_INPUT"]


async def test_a_repeated_completion_gets_the_same_session(city: City) -> None:
    back = await returned(city)
    values = complete_input(back)
    answers = [(await city.graphql(COMPLETE, {"input": values})).data["completeSignIn"]["tokens"] for _ in range(2)]
    first, second = (tokens_of(answer) for answer in answers)
    assert (first.session_id, first.refresh) == (second.session_id, second.refresh)
    assert await live_sessions(city) == 1


async def test_a_state_opens_one_session_only(city: City) -> None:
    back = await returned(city)
    assert "errors" not in (await complete(city, back)).body
    assert (await complete(city, back)).codes == ["SIGN_IN_EXPIRED"]
    assert await live_sessions(city) == 1


async def test_of_concurrent_completions_one_opens_a_session(city: City) -> None:
    back = await returned(city)
    replies = await asyncio.gather(*(complete(city, back) for _ in range(6)))
    assert sum("errors" not in reply.body for reply in replies) == 1
    assert {code for reply in replies for code in reply.codes} == {"SIGN_IN_EXPIRED"}
    assert await live_sessions(city) == 1


async def test_a_state_lives_ten_minutes(small_city: City, clock: FixedClock) -> None:
    back = await returned(small_city)
    clock.advance(timedelta(minutes=10))
    assert (await complete(small_city, back)).codes == ["SIGN_IN_EXPIRED"]


async def test_a_wrong_state_is_refused_and_burns_nothing(small_city: City) -> None:
    back, other = await returned(small_city), await returned(small_city)
    for state in ("", "x", "x" * 513, other.state[:-1]):
        assert (await complete(small_city, back, state=state)).codes == ["SIGN_IN_EXPIRED"]
    assert "errors" not in (await complete(small_city, back)).body


async def test_somebody_elses_code_under_my_state_is_refused(small_city: City) -> None:
    mine, theirs = await returned(small_city, "zhangsan"), await returned(small_city, "lisi")
    assert (await complete(small_city, mine, code=theirs.code)).codes == ["SIGN_IN_REFUSED"]
    assert await live_sessions(small_city, "lisi") == 0


async def test_a_code_of_another_issuer_is_refused(small_city: City) -> None:
    back = await returned(small_city)
    assert (await complete(small_city, back, iss="https://evil.example")).codes == ["SIGN_IN_REFUSED"]


async def test_a_stolen_redirect_is_useless_without_the_apps_own_verifier(small_city: City) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    back = await returned(small_city, codeChallenge=challenge)
    assert (await complete(small_city, back)).codes == ["SIGN_IN_EXPIRED"]
    assert (await complete(small_city, back, codeVerifier="w" * 43)).codes == ["SIGN_IN_EXPIRED"]
    assert "errors" not in (await complete(small_city, back, codeVerifier=verifier)).body


async def test_a_refusal_at_the_provider_comes_back_as_an_error_of_the_redirect(small_city: City) -> None:
    await small_city.script("identity", "refuse", code="access_denied", times=1)
    back = await returned(small_city)
    assert (back.code, back.error) == (None, "access_denied")


BENT: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "somebody-else"},
    "several audiences without azp": {"aud": ["liaocheng-subhall", "other"], "azp": None},
    "another authorized party": {"azp": "other"},
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "a wrong at_hash": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "an end in the past": {"exp": 1_700_000_000},
    "no end": {"exp": None},
    "a text for the end": {"exp": "later"},
    "issued in the future": {"iat": 4_000_000_000},
    "issued long ago": {"iat": 1_700_000_000},
    "no time of authentication": {"auth_time": None},
    "no level": {"acr": None},
    "an unknown level": {"acr": "L9"},
    "a weaker level than asked": {"acr": "L1"},
    "no subject": {"sub": None},
    "another subject than userinfo": {"sub": "sd-lisi"},
}


async def test_an_id_token_that_proves_nothing_signs_nobody_in(small_city: City, provider: Provider) -> None:
    for name, claims in BENT.items():
        provider.id_token_claims.update(claims)
        assert (name, (await complete(small_city, await returned(small_city))).codes) == (name, ["SIGN_IN_REFUSED"])
        provider.id_token_claims.clear()
    assert await live_sessions(small_city) == 0


ODD_HEADERS: list[dict[str, Any]] = [
    {"alg": "none"},
    {"alg": "HS256"},
    {"alg": "RS256"},
    {"kid": "unknown"},
    {"kid": "../../etc/passwd"},
    {"kid": None},
    {"typ": "at+jwt"},
    {"crit": ["exp"]},
]


async def test_an_id_token_with_an_odd_header_is_refused(small_city: City, provider: Provider) -> None:
    for header in ODD_HEADERS:
        provider.id_token_header = header
        codes = (await complete(small_city, await returned(small_city))).codes
        assert (header, codes) == (header, ["SIGN_IN_REFUSED"])


def forged(provider: Provider, kind: str) -> str:
    claims = {"iss": provider.config.own_url, "aud": "liaocheng-subhall", "sub": "sd-zhangsan", "exp": 4_000_000_000}
    if kind == "unsigned":
        return jwt.encode(claims, "", "none", {"kid": provider.keys.jwks["keys"][0]["kid"]})
    if kind == "oversize":
        return provider.keys.sign(claims | {"pad": "x" * 9000})
    if kind == "garbage":
        return "not.a.token"
    key = jwt.PyJWK(provider.keys.jwks["keys"][1]).key
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "kid": provider.keys.jwks["keys"][1]["kid"], "typ": "JWT"}
    b64 = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(b".".join(b64), pem)
    return b".".join([*b64, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


async def test_a_forged_id_token_is_refused(small_city: City, provider: Provider) -> None:
    for kind in ("unsigned", "oversize", "garbage", "HMAC with the public key"):
        provider.forge = forged(provider, kind)
        assert (kind, (await complete(small_city, await returned(small_city))).codes) == (kind, ["SIGN_IN_REFUSED"])


async def test_an_id_token_may_be_signed_with_rsa_too(small_city: City, provider: Provider) -> None:
    provider.algorithm = "RS256"
    assert "errors" not in (await complete(small_city, await returned(small_city))).body


async def test_the_provider_may_rotate_its_keys(small_city: City, provider: Provider, clock: FixedClock) -> None:
    await sign_in(small_city)
    provider.keys.rotate()
    clock.advance(timedelta(seconds=31))
    await sign_in(small_city)


async def test_an_unproven_person_is_told_to_prove_themselves(small_city: City, provider: Provider) -> None:
    provider.userinfo_claims["id_number"] = "371599199001010012"
    assert (await complete(small_city, await returned(small_city))).codes == ["IDENTITY_NOT_PROVEN"]


@pytest.mark.parametrize("kind", ["outage", "garbage"])
async def test_a_provider_that_is_down_costs_no_sign_in(kind: str, small_city: City) -> None:
    city = small_city
    back = await returned(city)
    person = "371599199001010011"
    values = complete_input(back)
    await city.script("identity", kind, person=person)
    refused = await city.graphql(COMPLETE, {"input": values})
    assert refused.codes == ["DEPARTMENT_DOWN"]
    assert refused.errors[0]["extensions"]["department"] == "identity"
    assert refused.errors[0]["extensions"]["retryable"] is True
    # The mock used the code up before it failed, as real ones do: a new sign-in is needed, and works.
    async with city.http.delete(f"{city.mock_urls['identity']}/__mock__/behaviour"):
        pass
    assert (await city.graphql(COMPLETE, {"input": values})).codes == ["SIGN_IN_REFUSED"]
    await sign_in(city)


async def test_too_many_sign_ins_of_one_device_must_wait(small_city: City) -> None:
    for _ in range(10):
        assert "errors" not in (await send(small_city, START, **start_values(small_city))).body
    refused = await send(small_city, START, **start_values(small_city))
    assert refused.codes == ["TOO_MANY_SIGN_INS"]
    assert 0 < refused.errors[0]["extensions"]["retryAfterSeconds"] <= 61
    other = await send(small_city, START, **start_values(small_city, device="另一台手机"))
    assert "errors" not in other.body


async def test_an_expired_token_is_no_obstacle_to_signing_in_again(small_city: City, clock: FixedClock) -> None:
    old = await sign_in(small_city)
    clock.advance(timedelta(minutes=15))
    assert (await small_city.graphql(SESSIONS, token=old.access)).codes == ["TOKEN_EXPIRED"]
    started = await send(small_city, START, old.access, **start_values(small_city))
    back = await authorize(small_city.http, started.data["startSignIn"]["authorizationUrl"], "zhangsan")
    answer = await small_city.graphql(COMPLETE, {"input": complete_input(back)}, token=old.access)
    assert answer.data["completeSignIn"]["tokens"]["session"]["current"] is True


async def test_nothing_personal_or_secret_is_logged(small_city: City, capfd: pytest.CaptureFixture[str]) -> None:
    tokens = await sign_in(small_city, device="张三的小手机")
    await small_city.graphql(SESSIONS, token=tokens.access)
    written = "".join(capfd.readouterr())
    for secret in ("张三", "371599199001010011", "10000000001", tokens.access, tokens.refresh):
        assert secret not in written

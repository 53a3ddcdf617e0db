"""Our access token: everything that is not exactly what we wrote is refused."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.identity.errors import TokenExpired, TokenInvalid
from services.identity.model import ACCESS_TOKEN_LIFE, SESSION_LIFE, Session, self_subject
from services.identity.tokens import MAX_TOKEN, AccessTokens
from services.kernel.clock import FixedClock
from services.kernel.principal import Assurance, Subject, SubjectKind
from services.keyring.model import RULES, KeyPurpose
from services.keyring.service import KeyRing, PurposeKeys
from tests.unit.keyring.fakes import MemoryKeyStore

ISSUER = "https://hall.example"
PERSON = "019c0000-0000-7000-8000-000000000001"


@pytest.fixture
def ring(clock: FixedClock) -> KeyRing:
    return KeyRing(MemoryKeyStore(), clock)


@pytest.fixture
def tokens(ring: KeyRing, clock: FixedClock) -> AccessTokens:
    return AccessTokens(PurposeKeys(ring, KeyPurpose.ACCESS), clock, ISSUER, "app")


@pytest.fixture
def session(clock: FixedClock) -> Session:
    now = clock.now()
    return Session(
        id="s-1",
        person_id=PERSON,
        device="手机",
        assurance=Assurance.REAL_NAME,
        subject=self_subject(PERSON),
        authenticated_at=now,
        created_at=now,
        last_used_at=now,
        expires_at=now + SESSION_LIFE,
    )


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, payload, signature = token.split(".")
    return (
        json.loads(base64.urlsafe_b64decode(header + "==")),
        json.loads(base64.urlsafe_b64decode(payload + "==")),
        signature,
    )


async def resigned(ring: KeyRing, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Signed with our real key: what only a bug of ours, or another purpose's token, could bring."""
    key = await ring.signing_key(KeyPurpose.ACCESS)
    text = f"{b64(json.dumps(header, separators=(',', ':')).encode())}.{b64(json.dumps(claims).encode())}"
    encoded = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256, ec.SECP256R1).sign(
        text.encode(), key.private_key
    )
    return f"{text}.{b64(encoded)}"


async def test_a_token_says_who_for_whom_and_how_strongly(tokens: AccessTokens, session: Session) -> None:
    company = Subject(SubjectKind.COMPANY, "c-1")
    token, expires_at = await tokens.issue(session, company, None)
    claims = await tokens.verify(token)
    assert (claims.person_id, claims.session_id, claims.subject) == (PERSON, "s-1", company)
    assert claims.assurance is Assurance.REAL_NAME
    assert expires_at == session.created_at + ACCESS_TOKEN_LIFE


async def test_another_library_accepts_the_token_with_the_published_key(
    tokens: AccessTokens, ring: KeyRing, session: Session, clock: FixedClock
) -> None:
    token, _ = await tokens.issue(session, session.subject, None)
    (jwk,) = (await ring.jwks(KeyPurpose.ACCESS))["keys"]
    options: Any = {"verify_exp": False, "verify_iat": False}
    decoded = jwt.decode_complete(
        token, jwt.PyJWK(jwk), ["ES256"], options, audience=f"{ISSUER}/graphql", issuer=ISSUER
    )
    assert decoded["header"] == {"alg": "ES256", "kid": jwk["kid"], "typ": "at+jwt"}
    claims = decoded["payload"]
    assert {"iss", "aud", "sub", "client_id", "sid", "acr", "act_for", "jti", "iat", "exp", "auth_time"} == set(claims)
    assert claims["exp"] - claims["iat"] == 900


async def test_a_token_is_over_to_the_second(tokens: AccessTokens, session: Session, clock: FixedClock) -> None:
    token, _ = await tokens.issue(session, session.subject, None)
    clock.advance(ACCESS_TOKEN_LIFE - timedelta(seconds=1))
    await tokens.verify(token)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(TokenExpired):
        await tokens.verify(token)


async def test_a_token_never_outlives_its_session(tokens: AccessTokens, session: Session, clock: FixedClock) -> None:
    clock.advance(SESSION_LIFE - timedelta(minutes=1))
    _, expires_at = await tokens.issue(session, session.subject, None)
    assert expires_at == session.expires_at


async def test_a_token_signed_before_a_rotation_verifies_after_it(
    tokens: AccessTokens, ring: KeyRing, session: Session, clock: FixedClock
) -> None:
    await ring.tick()
    await ring.rotate(KeyPurpose.ACCESS)
    clock.advance(RULES[KeyPurpose.ACCESS].lead - timedelta(seconds=1))
    before, _ = await tokens.issue(session, session.subject, None)
    clock.advance(timedelta(seconds=1))
    after, _ = await tokens.issue(session, session.subject, None)
    assert parts(before)[0]["kid"] != parts(after)[0]["kid"]
    clock.advance(ACCESS_TOKEN_LIFE - timedelta(seconds=2))
    await tokens.verify(before)
    await tokens.verify(after)


async def test_a_remembered_token_of_a_revoked_key_is_refused(
    tokens: AccessTokens, ring: KeyRing, session: Session
) -> None:
    token, _ = await tokens.issue(session, session.subject, None)
    claims = await tokens.verify(token)
    await ring.revoke(claims.kid)
    with pytest.raises(TokenInvalid):
        await tokens.verify(token)


HEADERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "no algorithm": lambda h: h | {"alg": "none"},
    "none in capitals": lambda h: h | {"alg": "None"},
    "a symmetric algorithm": lambda h: h | {"alg": "HS256"},
    "another asymmetric algorithm": lambda h: h | {"alg": "ES384"},
    "a plain JWT": lambda h: h | {"typ": "JWT"},
    "no type": lambda h: {"alg": h["alg"], "kid": h["kid"]},
    "a presentation's type": lambda h: h | {"typ": "cert+jwt"},
    "an unknown critical member": lambda h: h | {"crit": ["b64"], "b64": False},
    "a key of its own": lambda h: h | {"jwk": {"kty": "EC"}},
    "a key address of its own": lambda h: h | {"jku": "https://evil.example/jwks.json"},
    "a certificate address": lambda h: h | {"x5u": "https://evil.example/x5u"},
    "no kid": lambda h: {"alg": h["alg"], "typ": h["typ"]},
    "a number for kid": lambda h: h | {"kid": 7},
    "an unknown kid": lambda h: h | {"kid": "access-unknown"},
    "a path for kid": lambda h: h | {"kid": "../../../../dev/null"},
    "SQL for kid": lambda h: h | {"kid": "' OR 1=1 --"},
    "kid with a space": lambda h: h | {"kid": h["kid"] + " "},
    "a huge kid": lambda h: h | {"kid": "k" * 1_000_000},
}


@pytest.mark.parametrize("name", HEADERS)
async def test_a_header_that_we_never_write_is_refused(
    name: str, tokens: AccessTokens, ring: KeyRing, session: Session
) -> None:
    header, claims, _ = parts((await tokens.issue(session, session.subject, None))[0])
    with pytest.raises(TokenInvalid):
        await tokens.verify(await resigned(ring, HEADERS[name](header), claims))


CLAIMS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "https://hall.example/verify"},
    "several audiences": {"aud": [f"{ISSUER}/graphql", "https://evil.example"]},
    "a subject that is no text": {"sub": 7},
    "an empty subject": {"sub": ""},
    "no session": {"sid": None},
    "an unknown level": {"acr": "L9"},
    "a text for the end": {"exp": "never"},
    "a boolean for the end": {"exp": True},
    "no end": {"exp": None},
    "no act_for": {"act_for": None},
    "an unknown kind of subject": {"act_for": {"kind": "ROBOT", "id": "x"}},
    "a list for act_for": {"act_for": []},
    "a broken step-up": {"step_up": {"acr": "L3"}},
}


@pytest.mark.parametrize("name", CLAIMS)
async def test_claims_that_we_never_write_are_refused(
    name: str, tokens: AccessTokens, ring: KeyRing, session: Session
) -> None:
    header, claims, _ = parts((await tokens.issue(session, session.subject, None))[0])
    bent = {key: value for key, value in (claims | CLAIMS[name]).items() if value is not None}
    with pytest.raises(TokenInvalid):
        await tokens.verify(await resigned(ring, header, bent))


async def test_a_token_from_the_future_is_refused_beyond_the_skew(
    tokens: AccessTokens, ring: KeyRing, session: Session
) -> None:
    header, claims, _ = parts((await tokens.issue(session, session.subject, None))[0])
    await tokens.verify(await resigned(ring, header, claims | {"iat": claims["iat"] + 60}))
    with pytest.raises(TokenInvalid):
        await tokens.verify(await resigned(ring, header, claims | {"iat": claims["iat"] + 61}))


async def test_the_public_key_is_no_shared_secret(tokens: AccessTokens, ring: KeyRing, session: Session) -> None:
    header, claims, _ = parts((await tokens.issue(session, session.subject, None))[0])
    public = (await ring.signing_key(KeyPurpose.ACCESS)).private_key.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    text = f"{b64(json.dumps(header | {'alg': 'HS256'}).encode())}.{b64(json.dumps(claims).encode())}"
    forged = f"{text}.{b64(jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(text.encode(), pem))}"
    with pytest.raises(TokenInvalid):
        await tokens.verify(forged)


async def test_another_key_under_our_kid_is_refused(tokens: AccessTokens, session: Session) -> None:
    header, claims, _ = parts((await tokens.issue(session, session.subject, None))[0])
    forged = jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), "ES256", header)
    with pytest.raises(TokenInvalid):
        await tokens.verify(forged)


async def test_a_presentation_key_signs_no_access_token(tokens: AccessTokens, ring: KeyRing, session: Session) -> None:
    header, claims, _ = parts((await tokens.issue(session, session.subject, None))[0])
    other = await ring.signing_key(KeyPurpose.PRESENTATION)
    forged = jwt.encode(claims, other.private_key, "ES256", header | {"kid": other.kid})
    with pytest.raises(TokenInvalid):
        await tokens.verify(forged)


async def test_a_token_has_no_twin_in_its_last_bits(tokens: AccessTokens, session: Session) -> None:
    token, _ = await tokens.issue(session, session.subject, None)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(token[-1])
    twins = [token[:-1] + alphabet[last ^ bits] for bits in range(1, 16)]
    for twin in [*twins, token + "=", token + "\n", token.replace(".", ".\n", 1)]:
        with pytest.raises(TokenInvalid):
            await tokens.verify(twin)


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b", "a.b.c.d", "。.。.。", "x" * (MAX_TOKEN + 1), "[" * 1000 + ".a.b"]
)
async def test_what_is_no_token_is_refused(token: str, tokens: AccessTokens) -> None:
    with pytest.raises(TokenInvalid):
        await tokens.verify(token)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.integers(0, 10_000), replacement=st.characters(codec="utf-8"))
async def test_no_altered_character_goes_unnoticed(
    position: int, replacement: str, tokens: AccessTokens, session: Session
) -> None:
    token, _ = await tokens.issue(session, session.subject, None)
    place = position % len(token)
    altered = token[:place] + replacement + token[place + 1 :]
    if altered == token:
        return
    with pytest.raises(TokenInvalid):
        await tokens.verify(altered)

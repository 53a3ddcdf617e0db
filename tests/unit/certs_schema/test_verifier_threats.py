"""Each row of the threat table that a token alone can show, against the verifier."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from certs_schema.generate import test_key as published_test_key
from certs_schema.verifier import VerifyError
from certs_schema.verifier.token import MAX_TOKEN_CHARS
from tests.unit.certs_schema.making import (
    HEADER,
    ISSUER,
    KID,
    NOW,
    ORDER,
    PAYLOAD,
    good,
    raw_signature,
    reason,
    segment,
    token,
    verifier,
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_a_good_token_is_accepted() -> None:
    assert reason(good()) == reason(token()) == "VALID"


def test_an_ecdsa_twin_counts_as_the_same_use() -> None:
    head, payload, signature = good().split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    s = int.from_bytes(raw[32:])
    twin = f"{head}.{payload}.{segment(raw[:32] + (ORDER - s).to_bytes(32))}"
    checking = verifier()
    checking.verify(f"{head}.{payload}.{signature}")
    with pytest.raises(VerifyError, match="ALREADY_USED"):
        checking.verify(twin)


def test_altered_trailing_bits_of_any_segment_are_refused() -> None:
    parts = good().split(".")
    for place, part in enumerate(parts):
        spare = -len(part) % 4  # one or two base64 characters short of a group: 2 or 4 unused bits
        if spare == 0:
            continue
        last = ALPHABET.index(part[-1])
        for bits in range(1, 4 if spare == 1 else 16):
            changed = [*parts]
            changed[place] = part[:-1] + ALPHABET[last ^ bits]
            assert reason(".".join(changed)) == "TOKEN_MALFORMED"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({**HEADER, "alg": "none"}, "WRONG_ALGORITHM"),
        ({**HEADER, "alg": "None"}, "WRONG_ALGORITHM"),
        ({**HEADER, "alg": "HS256"}, "WRONG_ALGORITHM"),
        ({**HEADER, "alg": "ES384"}, "WRONG_ALGORITHM"),
        ({**HEADER, "alg": "SM2SM3"}, "WRONG_ALGORITHM"),
        ({**HEADER, "alg": ["ES256"]}, "WRONG_ALGORITHM"),
        ({**HEADER, "alg": None}, "WRONG_ALGORITHM"),
        ({**HEADER, "typ": "at+jwt"}, "WRONG_TYPE"),
        ({**HEADER, "typ": "JWT"}, "WRONG_TYPE"),
        ({**HEADER, "typ": "LC-PRESENTATION+JWT"}, "WRONG_TYPE"),
        ({**HEADER, "typ": "application/lc-presentation+jwt"}, "WRONG_TYPE"),
        ({**HEADER, "crit": ["exp"]}, "TOKEN_MALFORMED"),
        ({**HEADER, "crit": []}, "TOKEN_MALFORMED"),
        ({**HEADER, "b64": False}, "TOKEN_MALFORMED"),
        ({**HEADER, "zip": "DEF"}, "TOKEN_MALFORMED"),
        ({**HEADER, "jku": "https://evil.example/jwks"}, "TOKEN_MALFORMED"),
        ({**HEADER, "x5u": "https://evil.example/cert"}, "TOKEN_MALFORMED"),
        ({**HEADER, "jwk": {"kty": "EC"}}, "TOKEN_MALFORMED"),
        ({"alg": "ES256", "typ": HEADER["typ"]}, "TOKEN_MALFORMED"),
        ({"alg": "ES256", "kid": KID}, "TOKEN_MALFORMED"),
        ([], "TOKEN_MALFORMED"),
        ("text", "TOKEN_MALFORMED"),
        (None, "TOKEN_MALFORMED"),
        (b'{"alg":"none","alg":"ES256","kid":"k","typ":"lc-presentation+jwt"}', "TOKEN_MALFORMED"),
        (b'{"alg":NaN}', "TOKEN_MALFORMED"),
        (b"\xff\xfe", "TOKEN_MALFORMED"),
        (b"[" * 190, "TOKEN_MALFORMED"),
    ],
    ids=str,
)
def test_a_header_that_is_not_exactly_ours_is_refused(header: Any, expected: str) -> None:
    assert reason(token(header)) == expected


def test_an_hmac_with_the_public_key_as_secret_is_refused() -> None:
    public = published_test_key().public_key()
    for secret in (
        json.dumps(jwt.algorithms.ECAlgorithm.to_jwk(public)).encode(),
        public.public_numbers().x.to_bytes(32) + public.public_numbers().y.to_bytes(32),
    ):
        for algorithm in ("HS256", "ES256"):
            signed = f"{segment({**HEADER, 'alg': algorithm})}.{segment(PAYLOAD)}"
            digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
            assert reason(f"{signed}.{segment(digest)}") == "TOKEN_MALFORMED"  # 32 bytes are no ES256 signature
            assert reason(f"{signed}.{segment(digest * 2)}") in ("WRONG_ALGORITHM", "SIGNATURE_INVALID")


@pytest.mark.parametrize(
    "kid",
    ["../../../etc/passwd", "k' OR '1'='1", "k\x00", "", " ", KID + " ", KID.upper(), "ключ", "http://evil.example", 1,
     None, ["x"], {"kid": KID}, "a" * 65],
)  # fmt: skip
def test_a_kid_is_looked_up_exactly_or_not_at_all(kid: Any) -> None:
    assert reason(token({**HEADER, "kid": kid})) == "UNKNOWN_KEY"


def test_a_megabyte_of_kid_and_a_flood_of_unknown_kids_cost_next_to_nothing() -> None:
    assert reason(token({**HEADER, "kid": "k" * 1_000_000})) == "TOKEN_MALFORMED"
    checking, payload, signature = verifier(), segment(PAYLOAD), "A" * 86
    started = time.perf_counter()
    for number in range(10_000):
        with pytest.raises(VerifyError, match="UNKNOWN_KEY"):
            checking.verify(f"{segment({**HEADER, 'kid': f'k{number}'})}.{payload}.{signature}")
    assert time.perf_counter() - started < 10  # a millisecond each on a machine that is busy with other tests


@pytest.mark.parametrize(
    ("issued", "life", "now", "expected"),
    [
        (0, 60, 119.999, "VALID"),
        (0, 60, 120, "EXPIRED"),
        (0, 60, -60, "VALID"),
        (0, 60, -60.001, "NOT_YET_VALID"),
        (0, 300, 359, "VALID"),
        (0, 301, 1, "TOKEN_MALFORMED"),
        (0, 0, 0, "TOKEN_MALFORMED"),
        (0, -1, 0, "TOKEN_MALFORMED"),
        (10**9, 60, 0, "NOT_YET_VALID"),
    ],
)
def test_times_hold_to_the_second_with_sixty_of_skew(issued: int, life: int, now: float, expected: str) -> None:
    payload = {**PAYLOAD, "iat": NOW + issued, "exp": NOW + issued + life}
    assert reason(token(payload=payload), NOW + now) == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"iat": str(NOW)}, {"iat": float(NOW)}, {"iat": True}, {"exp": None}, {"iat": -1}, {"exp": 10**30},
        {"jti": ""}, {"jti": 1}, {"jti": "j" * 21}, {"jti": "j" * 23}, {"sub": "zhangsan"}, {"vct": "../INSURED_PROOF"},
        {"vct": "insured_proof"}, {"vct": 1}, {"dis": ""}, {"holder": ""}, {"holder": ["张*"]}, {"holder": "x" * 257},
        {"claims": None}, {"claims": []}, {"claims": {"a": 1}}, {"claims": {"A": "x"}}, {"claims": {"_sd": "x"}},
        {"claims": {"a": {"b": "c"}}}, {"claims": {f"k{n}": "v" for n in range(65)}}, {"iss": ["x"]}, {"iss": ""},
    ],
    ids=str,
)  # fmt: skip
def test_a_signed_payload_of_another_shape_is_refused(changed: dict[str, Any]) -> None:
    assert reason(token(payload={**PAYLOAD, **changed})) == "TOKEN_MALFORMED"


@pytest.mark.parametrize("member", [*PAYLOAD])
def test_a_payload_without_a_member_is_refused(member: str) -> None:
    assert reason(token(payload={key: value for key, value in PAYLOAD.items() if key != member})) == "TOKEN_MALFORMED"


@pytest.mark.parametrize(
    "issuer", [ISSUER + "/", ISSUER.upper(), "https://vectors.example.evil.example", "http://vectors.example"]
)
def test_a_look_alike_issuer_is_refused(issuer: str) -> None:
    assert reason(token(payload={**PAYLOAD, "iss": issuer})) == "WRONG_ISSUER"


def test_a_payload_with_a_member_twice_is_refused() -> None:
    text = json.dumps(PAYLOAD)[:-1] + f', "exp": {NOW + 61}}}'
    assert reason(token(payload=text.encode())) == "TOKEN_MALFORMED"


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d.e", None, 1, b"bytes", ["x"], "\ud800", "é" * 100, "A" * 5000,
     good() + ".", "." + good(), good() + "\n", " " + good(), good() + "=", good().replace(".", " "), good() + "\x00"],
    ids=lambda text: repr(text)[:20],
)  # fmt: skip
def test_what_is_no_compact_token_is_malformed(text: object) -> None:
    assert reason(text) == "TOKEN_MALFORMED"


def test_deep_nesting_and_long_numbers_are_refused_quickly() -> None:
    for payload in (b"[" * 2600, b'{"a":' * 400 + b"1" + b"}" * 400, b'{"iat":' + b"9" * 2500 + b"}"):
        text = token(payload=payload)
        assert len(text) <= MAX_TOKEN_CHARS
        started = time.perf_counter()
        assert reason(text) == "TOKEN_MALFORMED"
        assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize("r", [0, 1, ORDER, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, ORDER, 2**256 - 1])
def test_degenerate_signatures_are_refused(r: int, s: int) -> None:
    signed = f"{segment(HEADER)}.{segment(PAYLOAD)}"
    assert reason(f"{signed}.{segment(r.to_bytes(32) + s.to_bytes(32))}") == "SIGNATURE_INVALID"


def test_a_der_signature_is_not_a_jose_signature() -> None:

    signed = f"{segment(HEADER)}.{segment(PAYLOAD)}"
    raw = raw_signature(signed)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    assert reason(f"{signed}.{segment(der)}") == "TOKEN_MALFORMED"

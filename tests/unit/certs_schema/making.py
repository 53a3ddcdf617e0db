"""Tokens for the verifier's tests: one key, one moment, and ways to bend a token."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from certs_schema.generate import TEST_ISSUER, TEST_KID, TEST_MOMENT, test_jwks, test_key
from certs_schema.presentation import Statement, TokenSigner
from certs_schema.verifier import MemoryReplayCache, OfflineVerifier, VerifyError, read_jwks

ISSUER, KID, NOW = TEST_ISSUER, TEST_KID, TEST_MOMENT
KEYS = read_jwks(json.dumps(test_jwks()), NOW)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
HEADER = {"alg": "ES256", "kid": KID, "typ": "lc-presentation+jwt"}
PAYLOAD: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "s" * 22,
    "jti": "j" * 22,
    "iat": NOW,
    "exp": NOW + 60,
    "vct": "INSURED_PROOF",
    "dis": "MINIMAL",
    "holder": "张*",
    "claims": {"insutype": "职工基本医疗保险"},
}


def segment(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def raw_signature(signed: str) -> bytes:
    r, s = decode_dss_signature(test_key().sign(signed.encode(), ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def token(header: object = HEADER, payload: object = PAYLOAD) -> str:
    """Any header and payload, signed with the test key."""
    signed = f"{segment(header)}.{segment(payload)}"
    return f"{signed}.{segment(raw_signature(signed))}"


def good(jti: str = "j" * 22) -> str:
    """A token as the product makes it."""
    statement = Statement(
        ISSUER, "s" * 22, jti, NOW, NOW + 60, "INSURED_PROOF", "MINIMAL", "张*", {"from_month": "201407"}
    )
    return TokenSigner(KID, test_key()).sign(statement)


def verifier(now: float = NOW + 1) -> OfflineVerifier:
    return OfflineVerifier(KEYS, ISSUER, MemoryReplayCache(), lambda: now)


def reason(text: object, now: float = NOW + 1) -> str:
    """Why a fresh verifier refuses this; VALID when it does not."""
    try:
        verifier(now).verify(text)
    except VerifyError as refused:
        return refused.code.value
    return "VALID"

"""Makes presentation tokens: the signing half of `certs_schema.verifier.token`.

The header is encoded once per key, the payload by orjson, and the signature is cryptography's own ECDSA on a
ready key object: nothing is parsed on the way.
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from certs_schema.verifier.token import ALGORITHM, MAX_LIFE_SECONDS, TYP

LIFE_SECONDS = 60
"""How long a code is good (亮证码有效期: 60 seconds, assumed)."""
_ES256 = ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Statement:
    """What one presentation says. Times are Unix seconds; `claims` are masked and in words."""

    issuer: str
    subject: str
    jti: str
    issued_at: int
    expires_at: int
    type_code: str
    disclosure: str
    holder: str
    claims: Mapping[str, str]


class TokenSigner:
    """Signs with one key. `private_key` is a P-256 key object."""

    def __init__(self, kid: str, private_key: EllipticCurvePrivateKey, *, deterministic: bool = False) -> None:
        header = {"alg": ALGORITHM, "kid": kid, "typ": TYP}
        self._header = _segment(orjson.dumps(header)) + b"."
        self._key = private_key
        self._algorithm = ECDSA(hashes.SHA256(), deterministic_signing=True) if deterministic else _ES256

    def sign(self, statement: Statement) -> str:
        """The compact token."""
        if not statement.issued_at < statement.expires_at <= statement.issued_at + MAX_LIFE_SECONDS:
            raise ValueError("a presentation lives between 1 second and MAX_LIFE_SECONDS")
        payload = {
            "iss": statement.issuer,
            "sub": statement.subject,
            "jti": statement.jti,
            "iat": statement.issued_at,
            "exp": statement.expires_at,
            "vct": statement.type_code,
            "dis": statement.disclosure,
            "holder": statement.holder,
            "claims": dict(statement.claims),
        }
        signed = self._header + _segment(orjson.dumps(payload))
        r, s = decode_dss_signature(self._key.sign(signed, self._algorithm))
        return (signed + b"." + _segment(r.to_bytes(32) + s.to_bytes(32))).decode()


def random_name() -> str:
    """128 random bits in 22 characters: a `jti`, or a `sub` that ties to nobody."""
    return secrets.token_urlsafe(16)


def _segment(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")

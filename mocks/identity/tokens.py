"""What the mock provider signs, and with which keys: made at start, ES256 by default, RS256 on demand."""

import base64
import hashlib
import json
import secrets
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def s256(verifier: str) -> str:
    return b64(hashlib.sha256(verifier.encode()).digest())


def at_hash(access_token: str) -> str:
    """OpenID Connect Core §3.1.3.6: the left half of the hash."""
    return b64(hashlib.sha256(access_token.encode()).digest()[:16])


def _number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@cache
def _first_rsa() -> rsa.RSAPrivateKey:
    """RSA keys take a while to find: one a process, until they are rotated."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class ProviderKeys:
    """One key for each algorithm; `rotate` replaces both and keeps the old ones published."""

    def __init__(self) -> None:
        self._published: list[dict[str, str]] = []
        self._use(_first_rsa())

    def rotate(self) -> None:
        self._use(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def _use(self, rsa_key: rsa.RSAPrivateKey) -> None:
        self._ec = ec.generate_private_key(ec.SECP256R1())
        self._rsa = rsa_key
        stamp = secrets.token_hex(4)
        self._kids = {"ES256": f"idp-es-{stamp}", "RS256": f"idp-rs-{stamp}"}
        point, modulus = self._ec.public_key().public_numbers(), self._rsa.public_key().public_numbers()
        self._published = [
            {
                "kty": "EC",
                "crv": "P-256",
                "x": b64(point.x.to_bytes(32, "big")),
                "y": b64(point.y.to_bytes(32, "big")),
                "use": "sig",
                "alg": "ES256",
                "kid": self._kids["ES256"],
            },
            {
                "kty": "RSA",
                "n": _number(modulus.n),
                "e": _number(modulus.e),
                "use": "sig",
                "alg": "RS256",
                "kid": self._kids["RS256"],
            },
            *self._published[:2],
        ]

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": self._published}

    def sign(self, claims: dict[str, Any], algorithm: str = "ES256", header: dict[str, Any] | None = None) -> str:
        """A JWT. `header` replaces members of the usual one: for tests of bad tokens."""
        head = {"alg": algorithm, "kid": self._kids[algorithm], "typ": "JWT"} | (header or {})
        text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims, ensure_ascii=False).encode())}"
        if algorithm == "RS256":
            signature = self._rsa.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        else:
            r, s = decode_dss_signature(self._ec.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return f"{text}.{b64(signature)}"

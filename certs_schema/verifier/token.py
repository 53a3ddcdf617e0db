"""The presentation token on the wire, and its check: a compact JWS (RFC 7515) read strictly.

Narrower than JOSE allows, on purpose (RFC 8725): the header has exactly alg, kid and typ; base64url has no
padding and no stray bits; JSON has no member twice; every length is bounded before anything is decoded. The
key decides the algorithm, the token only repeats it. Nothing here raises anything but `VerifyError`.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from certs_schema.verifier.errors import Code, VerifyError

TYP = "lc-presentation+jwt"
ALGORITHM = "ES256"
SKEW_SECONDS = 60
MAX_LIFE_SECONDS = 300
"""No presentation lives longer (offline codes: five minutes at most)."""
MAX_TOKEN_CHARS = 4096
MAX_HEADER_CHARS = 256
MAX_CLAIMS = 64

_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,256})\.([A-Za-z0-9_-]{1,3700})\.([A-Za-z0-9_-]{86})")
_KID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RANDOM = re.compile(r"[A-Za-z0-9_-]{22}")
_TYPE_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,47}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,47}")
_ES256 = ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A published key. `algorithm` is the only one accepted for it."""

    kid: str
    algorithm: str
    key: EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Unverified:
    """A well-formed token of which nothing is proven yet. Use `kid` to find the key, and nothing else."""

    kid: str
    signing_input: bytes
    payload: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Presentation:
    """What a valid token says. Times are Unix seconds; `claims` are masked and in words."""

    issuer: str
    subject: str
    """Random per presentation: says nothing about who the holder is."""
    jti: str
    issued_at: int
    expires_at: int
    type_code: str
    disclosure: str
    holder: str
    """The holder's name, masked."""
    claims: Mapping[str, str]


def parse(token: object) -> Unverified:
    """Take a token apart. Raises `VerifyError`: TOKEN_MALFORMED, WRONG_TYPE or WRONG_ALGORITHM."""
    if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARS:
        raise VerifyError(Code.TOKEN_MALFORMED)
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise VerifyError(Code.TOKEN_MALFORMED)
    header, payload, signature = found.groups()
    return Unverified(_kid_of(header), token[: -len(signature) - 1].encode(), _decode(payload), _decode(signature))


def check(unverified: Unverified, key: PublicKey | None, issuer: str, now: float) -> Presentation:
    """What the token says, once its signature, issuer and times are proven against `key` at `now` (Unix seconds).

    Raises `VerifyError`.
    """
    if key is None or key.kid != unverified.kid:
        raise VerifyError(Code.UNKNOWN_KEY)
    if key.algorithm != ALGORITHM:
        raise VerifyError(Code.WRONG_ALGORITHM)
    signature = unverified.signature
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        key.key.verify(der, unverified.signing_input, _ES256)
    except InvalidSignature:
        raise VerifyError(Code.SIGNATURE_INVALID) from None
    said = _read(_object(unverified.payload))
    if said.issuer != issuer:
        raise VerifyError(Code.WRONG_ISSUER)
    if now < said.issued_at - SKEW_SECONDS:
        raise VerifyError(Code.NOT_YET_VALID)
    if now >= said.expires_at + SKEW_SECONDS:
        raise VerifyError(Code.EXPIRED)
    return said


def encode_segment(data: bytes) -> str:
    """base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@lru_cache(maxsize=256)
def _kid_of(segment: str) -> str:
    header = _object(_decode(segment))
    if set(header) != {"alg", "kid", "typ"}:  # no crit, jku, jwk, x5u, b64, zip: nothing to follow or obey
        raise VerifyError(Code.TOKEN_MALFORMED)
    if header["typ"] != TYP:
        raise VerifyError(Code.WRONG_TYPE)
    if header["alg"] != ALGORITHM:
        raise VerifyError(Code.WRONG_ALGORITHM)
    kid = header["kid"]
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise VerifyError(Code.UNKNOWN_KEY)
    return kid


def _decode(segment: str) -> bytes:
    try:
        data = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error:
        raise VerifyError(Code.TOKEN_MALFORMED) from None
    if encode_segment(data) != segment:
        raise VerifyError(Code.TOKEN_MALFORMED)
    return data


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse, parse_float=_refuse)
    except (ValueError, RecursionError):
        raise VerifyError(Code.TOKEN_MALFORMED) from None
    if not isinstance(value, dict):
        raise VerifyError(Code.TOKEN_MALFORMED)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _refuse(number: str) -> Any:
    raise ValueError("only whole numbers stand in a presentation")


def _read(payload: dict[str, Any]) -> Presentation:
    claims = payload.get("claims")
    texts = (payload.get("iss"), payload.get("dis"), payload.get("holder"))
    shaped = (
        all(isinstance(text, str) and 0 < len(text) <= 256 for text in texts)
        and _matches(_RANDOM, payload.get("sub"))
        and _matches(_RANDOM, payload.get("jti"))
        and _matches(_TYPE_CODE, payload.get("vct"))
        and isinstance(claims, dict)
        and len(claims) <= MAX_CLAIMS
        and all(_matches(_KEY, key) and isinstance(value, str) for key, value in claims.items())
    )
    issued, expires = payload.get("iat"), payload.get("exp")
    if not shaped or type(issued) is not int or type(expires) is not int:
        raise VerifyError(Code.TOKEN_MALFORMED)
    if not 0 <= issued < expires <= issued + MAX_LIFE_SECONDS or issued > 1 << 40:
        raise VerifyError(Code.TOKEN_MALFORMED)
    return Presentation(
        issuer=payload["iss"],
        subject=payload["sub"],
        jti=payload["jti"],
        issued_at=issued,
        expires_at=expires,
        type_code=payload["vct"],
        disclosure=payload["dis"],
        holder=payload["holder"],
        claims=payload["claims"],
    )


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None

"""Our own access token: a JWT of type ``at+jwt`` (RFC 9068), ES256, checked as RFC 8725 asks.

The header is compared as a whole with the only one that we write for its key: no other algorithm, type,
`crit`, `jku`, `jwk` or `x5u` ever reaches a decision. Verified tokens are remembered by their hash until
they end, so that a request costs no signature check; a key that is withdrawn takes them along.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from services.identity.errors import TokenExpired, TokenInvalid
from services.identity.model import ACCESS_TOKEN_LIFE, CLOCK_SKEW, Session
from services.kernel.clock import Clock
from services.kernel.principal import Assurance, Subject, SubjectKind
from services.kernel.signing import SigningKeys

MAX_TOKEN = 2048
MAX_HEADER = 200
MAX_HEADERS = 16
REMEMBERED = 20_000
"""Verified tokens kept in memory by one worker: some 10 MB."""
_SIGNATURE = 64
_ECDSA = ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says. Times in whole seconds of the epoch."""

    person_id: str
    session_id: str
    assurance: Assurance
    step_up: Assurance | None
    step_up_until: int
    subject: Subject
    subject_until: int | None
    issued_at: int
    expires_at: int
    kid: str

    def assurance_at(self, second: float) -> Assurance:
        if self.step_up is not None and second < self.step_up_until:
            return max(self.assurance, self.step_up)
        return self.assurance


class AccessTokens:
    """Issues and checks access tokens of one issuer for one audience, both this gateway."""

    def __init__(self, keys: SigningKeys, clock: Clock, issuer: str, client_id: str) -> None:
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._audience = f"{issuer}/graphql"
        self._client_id = client_id
        self._verified: OrderedDict[bytes, AccessClaims] = OrderedDict()
        self._headers: dict[str, str] = {}
        """Headers that came with a good signature, one a key, and their key ids."""

    async def issue(self, session: Session, subject: Subject, subject_until: datetime | None) -> tuple[str, datetime]:
        """A token for this session and subject, and when it ends: in 15 minutes, sooner with the session."""
        now = self._clock.now()
        ends = min(now + ACCESS_TOKEN_LIFE, session.expires_at)
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": session.person_id,
            "client_id": self._client_id,
            "sid": session.id,
            "acr": _ACR[session.assurance],
            "auth_time": int(session.authenticated_at.timestamp()),
            "act_for": {"kind": subject.kind.value, "id": subject.id},
            "jti": secrets.token_urlsafe(12),
            "iat": int(now.timestamp()),
            "exp": int(ends.timestamp()),
        }
        if subject_until is not None:
            claims["act_for"]["until"] = int(subject_until.timestamp())
        if session.step_up is not None and session.step_up_until is not None and now < session.step_up_until:
            claims["step_up"] = {"acr": _ACR[session.step_up], "until": int(session.step_up_until.timestamp())}
        key = await self._keys.signing_key()
        signing_input = f"{_header(key.kid, key.algorithm)}.{_b64(_compact(claims))}"
        r, s = decode_dss_signature(key.private_key.sign(signing_input.encode(), _ECDSA))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return f"{signing_input}.{_b64(signature)}", datetime.fromtimestamp(claims["exp"], UTC)

    async def verify(self, token: str) -> AccessClaims:
        """The claims of a good token. Raises `TokenInvalid`, or `TokenExpired` when only its time is over."""
        if len(token) > MAX_TOKEN or not token.isascii():
            raise TokenInvalid()
        digest = hashlib.sha256(token.encode()).digest()
        claims = self._verified.get(digest)
        if claims is None:
            claims = await self._check(token)
            self._verified[digest] = claims
            if len(self._verified) > REMEMBERED:
                self._verified.popitem(last=False)
        elif await self._keys.verification_key(claims.kid) is None:
            del self._verified[digest]
            raise TokenInvalid()
        if self._clock.now().timestamp() >= claims.expires_at:
            self._verified.pop(digest, None)
            raise TokenExpired()
        return claims

    async def _check(self, token: str) -> AccessClaims:
        try:
            header, payload, signature = token.split(".")
        except ValueError:
            raise TokenInvalid() from None
        kid = self._headers.get(header) or _kid(header)
        key = await self._keys.verification_key(kid)
        if key is None or (header not in self._headers and header != _header(kid, key.algorithm)):
            raise TokenInvalid()
        raw = _strict_b64(signature)
        if len(raw) != _SIGNATURE:
            raise TokenInvalid()
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        try:
            key.public_key.verify(der, f"{header}.{payload}".encode(), _ECDSA)
        except InvalidSignature:
            raise TokenInvalid() from None
        if len(self._headers) >= MAX_HEADERS:
            self._headers.clear()
        self._headers[header] = kid
        return self._claims(_json(payload), kid)

    def _claims(self, claims: dict[str, Any], kid: str) -> AccessClaims:
        try:
            act_for, step_up = claims["act_for"], claims.get("step_up")
            checked = AccessClaims(
                person_id=_text(claims["sub"]),
                session_id=_text(claims["sid"]),
                assurance=_LEVELS[claims["acr"]],
                step_up=None if step_up is None else _LEVELS[step_up["acr"]],
                step_up_until=0 if step_up is None else _second(step_up["until"]),
                subject=Subject(SubjectKind(act_for["kind"]), _text(act_for["id"])),
                subject_until=None if "until" not in act_for else _second(act_for["until"]),
                issued_at=_second(claims["iat"]),
                expires_at=_second(claims["exp"]),
                kid=kid,
            )
            ours = claims["iss"] == self._issuer and claims["aud"] == self._audience
        except (KeyError, TypeError, ValueError):
            raise TokenInvalid() from None
        if not ours or checked.issued_at > self._clock.now().timestamp() + CLOCK_SKEW.total_seconds():
            raise TokenInvalid()
        return checked


_ACR = {Assurance.PHONE: "L1", Assurance.REAL_NAME: "L2", Assurance.FACE: "L3"}
_LEVELS = {acr: assurance for assurance, acr in _ACR.items()}


def _header(kid: str, algorithm: str) -> str:
    return _b64(_compact({"alg": algorithm, "kid": kid, "typ": "at+jwt"}))


def _kid(header: str) -> str:
    """The key id of a header that is at least shaped like ours."""
    if len(header) > MAX_HEADER:
        raise TokenInvalid()
    kid = _json(header).get("kid")
    if not isinstance(kid, str) or not kid:
        raise TokenInvalid()
    return kid


def _json(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_strict_b64(part))
    except (ValueError, RecursionError):
        raise TokenInvalid() from None
    if not isinstance(value, dict):
        raise TokenInvalid()
    return value


def _compact(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _strict_b64(part: str) -> bytes:
    """Decodes; refuses padding, foreign characters and stray trailing bits, so that no token has a twin."""
    try:
        value = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenInvalid() from None
    if _b64(value) != part:
        raise TokenInvalid()
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("text expected")
    return value


def _second(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("whole seconds expected")
    return value

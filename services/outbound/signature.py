"""The signature that our calls and the departments' callbacks carry.

    X-Signature = hex(HMAC-SHA256(secret, METHOD \\n path?query \\n X-Timestamp \\n X-Nonce \\n hex(SHA-256(body))))

X-Timestamp is in seconds since 1970; it is good for five minutes. X-Nonce is fresh for each message;
who accepts a callback remembers it for as long as the timestamp is good.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime

from services.kernel.errors import Denied

FRESH_SECONDS = 300
MAX_NONCE_LENGTH = 64


class SignatureRefused(Denied):
    """A message that claims to come from a department is unsigned, forged, altered or stale."""

    code = "SIGNATURE_REFUSED"
    http_status = 401
    default_message = "签名无效或已过期。"


def _signature(secret: str, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
    text = "\n".join((method.upper(), target, timestamp, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def sign(secret: str, method: str, target: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers for one message. `target` is the path with its query, as sent."""
    timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
    return {
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": _signature(secret, method, target, timestamp, nonce, body),
    }


def verify(secret: str, method: str, target: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The nonce of a message that is truly signed and fresh. `headers` has lower-case names.

    Raises `SignatureRefused`. Whether the nonce came before is the caller's to check, in the same
    transaction as what the message changes.
    """
    timestamp, nonce, given = (headers.get(name, "") for name in ("x-timestamp", "x-nonce", "x-signature"))
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureRefused()
    if not 1 <= len(nonce) <= MAX_NONCE_LENGTH or abs(now.timestamp() - int(timestamp)) > FRESH_SECONDS:
        raise SignatureRefused()
    expected = _signature(secret, method, target, timestamp, nonce, body)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise SignatureRefused()
    return nonce

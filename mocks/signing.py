"""The signature of calls between the gateway and a department, as a department would write it from the spec.

    X-Signature = hex(HMAC-SHA256(secret, METHOD \\n path?query \\n X-Timestamp \\n X-Nonce \\n hex(SHA-256(body))))

The spec is in `services/outbound/README.md`. Written anew here, so that a mistake on one side shows.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request

FRESH_SECONDS = 300


def signature(secret: str, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
    text = "\n".join((method.upper(), target, timestamp, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_headers(secret: str, method: str, target: str, body: bytes, now: datetime) -> dict[str, str]:
    """Headers to send with a callback. `target` is the path with its query."""
    timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
    return {
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": signature(secret, method, target, timestamp, nonce, body),
    }


def is_signed(secret: str, method: str, target: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether the caller knows the secret and signed in the last five minutes."""
    timestamp, nonce, given = (headers.get(name, "") for name in ("x-timestamp", "x-nonce", "x-signature"))
    if not timestamp.isdigit() or not nonce or abs(now.timestamp() - int(timestamp)) > FRESH_SECONDS:
        return False
    return hmac.compare_digest(given, signature(secret, method, target, timestamp, nonce, body))


def target_of(request: Request) -> str:
    """Path and query exactly as they came over the wire."""
    path = request.scope.get("raw_path", request.url.path.encode()).split(b"?")[0].decode()
    query = request.scope["query_string"].decode()
    return f"{path}?{query}" if query else path

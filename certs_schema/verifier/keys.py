"""Published keys (JWKS, RFC 7517): read strictly, fetched with a deadline, kept on disk for lack of a network."""

import base64
import binascii
import hashlib
import json
import os
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers

from certs_schema.verifier.errors import Code, VerifyError
from certs_schema.verifier.token import ALGORITHM, PublicKey, encode_segment

MAX_BYTES = 262_144
MAX_KEYS = 64
FETCH_SECONDS = 5.0
FRESH_SECONDS = 300
"""A copy on disk younger than this is used without asking again."""
STALE_SECONDS = 86_400
"""A copy older than this is not used at all: a key revoked a day ago would still be trusted."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """Published keys by kid, and when they were published to us (Unix seconds)."""

    keys: Mapping[str, PublicKey]
    as_of: int

    def get(self, kid: str) -> PublicKey | None:
        """The key of exactly this kid."""
        return self.keys.get(kid)


def read_jwks(data: bytes | str, as_of: int) -> KeySet:
    """The P-256 signature keys of a JWKS document; other kinds are passed over.

    Raises `VerifyError` KEYS_UNAVAILABLE.
    """
    if len(data) > MAX_BYTES:
        raise VerifyError(Code.KEYS_UNAVAILABLE)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise VerifyError(Code.KEYS_UNAVAILABLE) from None
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise VerifyError(Code.KEYS_UNAVAILABLE)
    keys: dict[str, PublicKey] = {}
    for one in listed:
        key = _public_key(one)
        if key is not None:
            if key.kid in keys:
                raise VerifyError(Code.KEYS_UNAVAILABLE)
            keys[key.kid] = key
    if not keys:
        raise VerifyError(Code.KEYS_UNAVAILABLE)
    return KeySet(keys, as_of)


def load(source: str, cache_folder: Path | None = None, now: float | None = None) -> KeySet:
    """Keys from a file, or from an http(s) URL with a copy kept in `cache_folder`.

    The copy answers while it is fresh, and up to a day when the URL does not. Raises `VerifyError` KEYS_UNAVAILABLE.
    """
    moment = time.time() if now is None else now
    try:
        is_url = urlsplit(source).scheme in ("http", "https")
        if not is_url:
            return read_jwks(_read_file(Path(source)), int(moment))
    except (OSError, ValueError):
        raise VerifyError(Code.KEYS_UNAVAILABLE) from None
    copy = None if cache_folder is None else cache_folder / f"{hashlib.sha256(source.encode()).hexdigest()}.jwks.json"
    kept = None if copy is None else _kept(copy, moment)
    if kept is not None and moment - kept.as_of < FRESH_SECONDS:
        return kept
    try:
        data = _fetch(source)
        fetched = read_jwks(data, int(moment))
    except (VerifyError, OSError, HTTPException, ValueError):
        if kept is not None:
            return kept
        raise VerifyError(Code.KEYS_UNAVAILABLE) from None
    if copy is not None:
        _keep(copy, data, moment)
    return fetched


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Keys come from the address that the verifier was given, and from nowhere else."""

    def redirect_request(self, *arguments: Any) -> None:
        return None


def _fetch(url: str) -> bytes:
    opener = urllib.request.build_opener(_NoRedirect)
    request = urllib.request.Request(url, headers={"accept": "application/json"})  # noqa: S310 - http(s) only, see load
    with opener.open(request, timeout=FETCH_SECONDS) as answer:
        data: bytes = answer.read(MAX_BYTES + 1)
    return data


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _kept(copy: Path, now: float) -> KeySet | None:
    try:
        written = copy.stat().st_mtime
        if not 0 <= now - written < STALE_SECONDS:
            return None
        return read_jwks(_read_file(copy), int(written))
    except (OSError, VerifyError):
        return None


def _keep(copy: Path, data: bytes, now: float) -> None:
    """Replace the copy in one step; a full or read-only disk costs the copy, not the answer."""
    try:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=copy.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.utime(name, (now, now))
        Path(name).replace(copy)
    except OSError:
        return


def _public_key(jwk: object) -> PublicKey | None:
    if not isinstance(jwk, dict) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        return None
    kid = jwk.get("kid")
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", ALGORITHM) != ALGORITHM or not isinstance(kid, str):
        return None
    try:
        numbers = EllipticCurvePublicNumbers(_coordinate(jwk.get("x")), _coordinate(jwk.get("y")), SECP256R1())
        return PublicKey(kid, ALGORITHM, numbers.public_key())
    except ValueError:  # not on the curve
        raise VerifyError(Code.KEYS_UNAVAILABLE) from None


def _coordinate(text: object) -> int:
    if not isinstance(text, str) or len(text) != 43:
        raise ValueError("a coordinate of P-256 is 43 characters of base64url")
    try:
        data = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if encode_segment(data) != text:
        raise ValueError("stray bits in base64url")
    return int.from_bytes(data)

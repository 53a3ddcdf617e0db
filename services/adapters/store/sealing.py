"""Encryption at rest: each record has its own key, wrapped by the master key; look-ups go by keyed hash.

A sealed value is ``version(1) ‖ nonce(12) ‖ wrapped key(48) ‖ nonce(12) ‖ ciphertext``, AES-256-GCM
throughout, bound to its place by associated data, so that a value moved to another row or column
does not open.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE = 12
_WRAPPED = 32 + 16


class SealBroken(Exception):
    """A sealed value does not open: wrong master key, wrong place, or altered bytes."""


class Sealer:
    """Seals with the master key of 32 bytes; opens what it or one of its predecessors sealed.

    `previous` are the master keys before this one, newest first. Look-ups go by the oldest of all,
    so that the hashes already stored keep matching after a rotation.
    """

    def __init__(self, master_key: bytes, previous: Sequence[bytes] = ()) -> None:
        keys = (master_key, *previous)
        if any(len(key) != 32 for key in keys):
            raise ValueError("a master key has 32 bytes")
        self._masters = [AESGCM(hashlib.sha256(b"seal\x00" + key).digest()) for key in keys]
        self._lookup_key = hashlib.sha256(b"lookup\x00" + keys[-1]).digest()

    def seal(self, value: bytes, place: str) -> bytes:
        """Encrypt `value` for `place`, named ``table.column:row id``."""
        key, wrap_nonce, nonce = AESGCM.generate_key(256), os.urandom(_NONCE), os.urandom(_NONCE)
        wrapped = self._masters[0].encrypt(wrap_nonce, key, place.encode())
        return _VERSION + wrap_nonce + wrapped + nonce + AESGCM(key).encrypt(nonce, value, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The value sealed for `place`. Raises `SealBroken`."""
        if sealed[:1] != _VERSION:
            raise SealBroken("unknown version")
        wrap_nonce, rest = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        wrapped, nonce, body = rest[:_WRAPPED], rest[_WRAPPED : _WRAPPED + _NONCE], rest[_WRAPPED + _NONCE :]
        for master in self._masters:
            try:
                key = master.decrypt(wrap_nonce, wrapped, place.encode())
            except (InvalidTag, ValueError):
                continue  # wrapped by another master key, or altered
            try:
                return AESGCM(key).decrypt(nonce, body, place.encode())
            except (InvalidTag, ValueError) as broken:
                raise SealBroken("the value was altered") from broken
        raise SealBroken("the value does not open here")

    def seal_json(self, value: Any, place: str) -> bytes:
        return self.seal(orjson.dumps(value), place)

    def open_json(self, sealed: bytes, place: str) -> Any:
        return orjson.loads(self.open(sealed, place))

    def lookup(self, purpose: str, value: str) -> str:
        """A keyed hash, to find a row by a value that is not stored in the clear."""
        return hmac.new(self._lookup_key, f"{purpose}\x00{value}".encode(), hashlib.sha256).hexdigest()

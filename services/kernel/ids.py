"""Identifiers: time-ordered UUIDs for rows, base32 numbers that a citizen can read out on the phone."""

import secrets
import time
from uuid import UUID

_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: read out at a counter or over the phone


def new_id() -> str:
    """A UUIDv7 (RFC 9562 §5.7) as text: sorts by creation time, so that indexes stay dense."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = secrets.randbits(74)
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (random_bits >> 62) << 64 | 0b10 << 62
    return str(UUID(int=value | random_bits & (1 << 62) - 1))


def readable_number(prefix: str, length: int = 10) -> str:
    """A number for a receipt, like ``SQ-7K2M9QXW4T``: random, unambiguous letters, `length` of them."""
    return f"{prefix}-{''.join(secrets.choice(_READABLE) for _ in range(length))}"

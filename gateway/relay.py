"""Relay manners that every list keeps: bounded pages, a total, stable opaque cursors."""

import base64
import binascii

import graphene
from graphene import relay

from services.kernel.errors import InvalidInput

MAX_PAGE = 100


class CountedConnection(relay.Connection):
    """A Relay connection that also says how many there are in all."""

    class Meta:
        abstract = True

    total_count = graphene.Int(required=True, description="总数，不受分页影响。How many there are in all.")


def page_size(first: int | None, default: int = 20) -> int:
    """`first`, checked: 1 to 100. Raises `InvalidInput`."""
    size = default if first is None else first
    if not 1 <= size <= MAX_PAGE:
        raise InvalidInput(f"每页条数 first 须为 1 至 {MAX_PAGE}。", field="first")
    return size


def encode_cursor(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """The position behind an opaque cursor. Raises `InvalidInput` for one we never gave."""
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("翻页位置 after 无效，请从第一页重新加载。", field="after") from error


class IdempotentInput:
    """Mixin of every mutation's input: ``class Input(IdempotentInput)``."""

    idempotency_key = graphene.ID(
        required=True,
        description="本次操作的唯一编号；重复提交返回第一次的结果。Same key, same answer; 1–128 characters.",
    )

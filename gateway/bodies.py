"""Reads request bodies: bounded in size and in time, for every endpoint that takes one."""

from asyncio import timeout
from collections.abc import Coroutine, Generator
from inspect import iscoroutine
from typing import Any

from starlette.types import Message, Receive

from services.kernel.errors import CityError, Unavailable


class Disconnected(Exception):
    """Nobody waits for the answer: the client went away while sending."""


class RequestTimeout(Unavailable):
    """The body did not come within `BODY_SECONDS`; nothing ran, and the connection is closed."""

    code = "REQUEST_TIMEOUT"
    http_status = 408
    default_message = "提交内容的时间过长，连接已经断开，请检查网络后重试。"


async def read_body(
    receive: Receive, limit: int, seconds: float, too_large: CityError, announced: bytes = b""
) -> bytes:
    """The whole body.

    Raises `too_large` as soon as more than `limit` bytes are `announced` (the Content-Length) or have
    come, `RequestTimeout` when it is not whole after `seconds`, `Disconnected`.
    """
    if announced.isdigit() and int(announced) > limit:
        raise too_large
    first, message = receive(), None
    if iscoroutine(first):
        try:
            first = _Begun(first, first.send(None))
        except StopIteration as come:  # as most do, whole and with its head: no clock needs to be set for it
            message = come.value
            if not message.get("more_body", False):
                return _checked(message, 0, limit, too_large)
    try:
        async with timeout(seconds):
            return await _read(await first if message is None else message, receive, limit, too_large)
    except TimeoutError as error:
        raise RequestTimeout() from error


async def _read(message: Message, receive: Receive, limit: int, too_large: CityError) -> bytes:
    chunks = [_checked(message, 0, limit, too_large)]
    size = len(chunks[0])
    while message.get("more_body", False):
        message = await receive()
        chunks.append(_checked(message, size, limit, too_large))
        size += len(chunks[-1])
    return b"".join(chunks)


def _checked(message: Message, before: int, limit: int, too_large: CityError) -> bytes:
    if message["type"] == "http.disconnect":
        raise Disconnected()
    body: bytes = message.get("body", b"")
    if before + len(body) > limit:
        raise too_large
    return body


class _Begun:
    """A coroutine that ran up to its first wait, to be awaited from there."""

    def __init__(self, coroutine: Coroutine[Any, Any, Message], waiting: Any) -> None:
        self._coroutine = coroutine
        self._waiting = waiting

    def __await__(self) -> Generator[Any, Any, Message]:
        waiting = self._waiting
        try:
            while True:
                try:
                    sent = yield waiting
                except BaseException as thrown:  # noqa: BLE001 - handed on whole, as `await` does
                    waiting = self._coroutine.throw(thrown)
                else:
                    waiting = self._coroutine.send(sent)
        except StopIteration as come:
            message: Message = come.value
            return message

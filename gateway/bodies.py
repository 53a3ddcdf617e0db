"""Reads request bodies: bounded in size and in time, for every endpoint that takes one."""

from asyncio import timeout

from starlette.types import Receive

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
    try:
        async with timeout(seconds):
            return await _read(receive, limit, too_large)
    except TimeoutError as error:
        raise RequestTimeout() from error


async def _read(receive: Receive, limit: int, too_large: CityError) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected()
        body: bytes = message.get("body", b"")
        size += len(body)
        if size > limit:
            raise too_large
        if not message.get("more_body", False):
            return b"".join((*chunks, body)) if chunks else body
        chunks.append(body)

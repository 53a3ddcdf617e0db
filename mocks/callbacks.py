"""How a department sends its notices: signed anew each time, until the gateway takes one."""

import asyncio

import aiohttp

from mocks.config import MockConfig
from mocks.signing import signed_headers

PAUSES = (0.0, 0.5, 2.0, 5.0)
"""Seconds before each try."""


async def send_callback(config: MockConfig, path: str, body: bytes) -> int:
    """Send `body`, JSON, to `path` of the gateway; the last HTTP status, 0 when it never answered."""
    status = 0
    async with aiohttp.ClientSession() as session:
        for pause in PAUSES:
            await asyncio.sleep(pause)
            headers = signed_headers(config.secret, "POST", path, body, config.now())
            headers["Content-Type"] = "application/json"
            try:
                async with session.post(config.gateway_url + path, data=body, headers=headers) as answer:
                    status = answer.status
            except aiohttp.ClientError:
                continue
            if status < 500:
                break
    return status

"""A client that sends the start of a body and no more is answered, and its connection closed."""

import asyncio

import pytest

from tests.city import running_city


@pytest.mark.parametrize("path", ["/graphql", "/verify", "/callbacks/medical_insurance"])
async def test_a_body_that_does_not_come_in_time_is_a_408_and_the_connection_is_closed(
    path: str, sqlite_url: str
) -> None:
    async with running_city(sqlite_url, body_seconds=0.2) as city:
        host, port = city.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            "accept: application/json\r\ncontent-length: 1000\r\n\r\n{".encode()
        )
        async with asyncio.timeout(5):
            answer = await reader.read()  # to the end: the server hangs up
        writer.close()

        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"REQUEST_TIMEOUT"' in answer
        assert b"connection: close" in answer.lower()


async def test_a_client_that_leaves_half_way_through_a_notice_disturbs_nobody(sqlite_url: str) -> None:
    async with running_city(sqlite_url) as city:
        host, port = city.url.removeprefix("http://").split(":")
        for path in ("/verify", "/callbacks/medical_insurance"):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{{".encode())
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        async with city.http.get("/healthz") as answer:
            assert answer.status == 200

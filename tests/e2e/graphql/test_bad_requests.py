"""Whatever comes over HTTP that is no proper GraphQL request gets its documented code and status, and runs nothing."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.city import City
from tests.lab import Lab, running_lab

GRAPHQL = {"accept": "application/graphql-response+json"}
JSON = {"content-type": "application/json"}


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with running_lab() as opened:
        yield opened


async def _send(lab: Lab | City, body: Any, method: str = "POST", **headers: str) -> tuple[int, str, dict[str, Any]]:
    sent = {**GRAPHQL, **JSON, **{k.replace("_", "-"): v for k, v in headers.items()}}
    data = io.BytesIO(body) if isinstance(body, bytes) else body
    async with lab.http.request(method, "/graphql", data=data, headers=sent) as answer:
        error = (await answer.json(content_type=None))["errors"][0]
        assert error["extensions"]["retryable"] is False
        assert len(error["extensions"]["traceId"]) == 32
        return answer.status, error["extensions"]["code"], error


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "BAD_REQUEST"),
        (b"{", 400, "BAD_REQUEST"),
        (b"null", 400, "BAD_REQUEST"),
        (b'"{ hello }"', 400, "BAD_REQUEST"),
        (b"{}", 400, "BAD_REQUEST"),
        (b'{"query": ""}', 400, "BAD_REQUEST"),
        (b'{"query": ["{ hello }"]}', 400, "BAD_REQUEST"),
        (b'{"query": {"a": 1}}', 400, "BAD_REQUEST"),
        (b'{"query": 7}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": []}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": "{}"}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "operationName": 1}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "extensions": "x"}', 400, "BAD_REQUEST"),
        (b'{"query": "query A { hello } query B { hello }"}', 400, "BAD_REQUEST"),
        (b'{"query": "query A { hello }", "operationName": "B"}', 400, "BAD_REQUEST"),
        (b'{"query": "fragment A on Query { hello }"}', 400, "GRAPHQL_VALIDATION_FAILED"),
        (b'{"query": "\xff\xfe"}', 400, "BAD_REQUEST"),
        (b"\xff\xfe\x00garbage", 400, "BAD_REQUEST"),
        (b'{"query": "{ hello(name: \\"\\u0000\\") }"}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello(name: \\"\\\\u0000\\") }"}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello(name: \\"\\\\u{0}\\") }"}', 400, "BAD_REQUEST"),
        (b'{"query": "query ($n: String) { hello(name: $n) }", "variables": {"n": "\\u0000"}}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}", 400, "BAD_REQUEST"),
        (b"[" * 100_000, 400, "BAD_REQUEST"),
        (b'{"query": "{ hello"}', 400, "GRAPHQL_PARSE_FAILED"),
        (b'{"query": "{ nope }"}', 400, "GRAPHQL_VALIDATION_FAILED"),
        (b'{"query": "{ colour(colour: GREEN) }"}', 400, "GRAPHQL_VALIDATION_FAILED"),
        (
            b'{"query": "query ($c: Colour!) { colour(colour: $c) }", "variables": {"c": "GREEN"}}',
            400,
            "INVALID_VARIABLES",
        ),
        (b'{"query": "query ($c: Colour!) { colour(colour: $c) }"}', 400, "INVALID_VARIABLES"),
        (
            b'{"query": "query ($n: Int) { items(first: $n) { name } }", "variables": {"n": 1e99}}',
            400,
            "INVALID_VARIABLES",
        ),
        (b"[]", 400, "BATCH_TOO_LARGE"),
        (json.dumps([{"query": "{ hello }"}] * 11).encode(), 400, "BATCH_TOO_LARGE"),
    ],
)
async def test_a_bad_body_is_refused_with_its_code(lab: Lab, body: bytes, status: int, code: str) -> None:
    got = await _send(lab, body)

    assert got[:2] == (status, code)


async def test_of_duplicate_keys_the_last_one_counts(lab: Lab) -> None:
    async with lab.http.post("/graphql", data=b'{"query": "{ nope }", "query": "{ hello }"}', headers=JSON) as answer:
        assert await answer.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                                  "application/json; charset=gbk", "application/graphql"])  # fmt: skip
async def test_a_body_that_is_not_json_in_utf8_is_415(lab: Lab, kind: str) -> None:
    got = await _send(lab, b'{"query": "mutation { write(text: \\"x\\") { text } }"}', content_type=kind)

    assert got[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert lab.watch.writes == []


async def test_an_answer_that_nobody_accepts_is_406(lab: Lab) -> None:
    assert (await _send(lab, b'{"query": "{ hello }"}', accept="text/html"))[:2] == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_405(lab: Lab, method: str) -> None:
    assert (await _send(lab, b"{}", method))[:2] == (405, "METHOD_NOT_ALLOWED")


async def test_a_mutation_by_get_is_405_and_writes_nothing(lab: Lab) -> None:
    parameters = {"query": 'mutation { write(text: "x") { text } }'}
    async with lab.http.get("/graphql", params=parameters, headers=GRAPHQL) as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, POST"

    assert lab.watch.writes == []


async def test_a_query_by_get_takes_variables_as_json_text(lab: Lab) -> None:
    parameters = {"query": "query ($n: String) { hello(name: $n) }", "variables": '{"n": "聊城"}'}
    async with lab.http.get("/graphql", params=parameters, headers=GRAPHQL) as answer:
        assert await answer.json(content_type=None) == {"data": {"hello": "hello 聊城"}}


@pytest.mark.parametrize(
    "query_string", ["query=%FF%FE", "query={hello}&query={nope}", "query={hello}&variables={", "x=1"]
)
async def test_a_bad_url_is_400(lab: Lab, query_string: str) -> None:
    async with lab.http.get(f"/graphql?{query_string}", headers=GRAPHQL) as answer:
        assert answer.status == 400
        assert (await answer.json(content_type=None))["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_bad_token_is_401_and_runs_nothing(lab: Lab) -> None:
    body = b'{"query": "mutation { write(text: \\"x\\") { text } }"}'

    assert (await _send(lab, body, authorization="Bearer bad"))[:2] == (401, "UNAUTHENTICATED")
    assert lab.watch.writes == []


async def test_a_body_of_10_mb_is_refused_before_it_is_sent(lab: Lab) -> None:
    got = await _send(lab, b'{"query": "' + b" " * 10_000_000 + b'{ hello }"}')

    assert got[:2] == (413, "BODY_TOO_LARGE")


async def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_long(lab: Lab) -> None:
    host, port = lab.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"accept: application/graphql-response+json\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    for _ in range(17):  # 1.1 MB of the 10 MB; no end is ever sent
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
    async with asyncio.timeout(5):
        head = await reader.readuntil(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in head
    writer.close()


async def test_a_client_that_leaves_half_way_through_its_body_disturbs_nobody(lab: Lab) -> None:
    host, port = lab.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert (await lab.query("{ hello }")).data == {"hello": "hello world"}


async def test_an_operation_that_takes_too_long_is_stopped_and_says_so() -> None:
    async with running_lab(seconds=0.05) as lab:
        reply = await lab.query("{ slow }")

        assert (reply.status, reply.codes) == (504, ["OPERATION_TIMEOUT"])
        assert reply.errors[0]["extensions"]["retryable"] is True
        assert lab.watch.cancelled == 1


async def test_an_unknown_failure_shows_one_fixed_sentence_and_a_trace_id(lab: Lab) -> None:
    reply = await lab.query("{ broken hello }")

    assert reply.status == 200
    assert reply.codes == ["INTERNAL"]
    assert "secret" not in json.dumps(reply.body)
    assert reply.body["data"] == {"broken": None, "hello": "hello world"}


async def test_a_known_failure_keeps_its_code_in_its_place(lab: Lab) -> None:
    reply = await lab.query("{ a: missing hello }")

    assert reply.codes == ["NOT_FOUND"]
    assert reply.errors[0]["path"] == ["a"]


async def test_a_batch_answers_each_operation_in_its_place(lab: Lab) -> None:
    reply = await lab.post([{"query": "{ hello }"}, {"query": "{ nope }"}, {"query": "{ who }"}, 7])

    assert reply.status == 200
    assert reply.body[0] == {"data": {"hello": "hello world"}}
    codes = [a["errors"][0]["extensions"]["code"] for a in reply.body[1:]]
    assert codes == ["GRAPHQL_VALIDATION_FAILED", "UNAUTHENTICATED", "BAD_REQUEST"]


async def test_the_trace_id_of_the_caller_is_kept(lab: Lab) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    reply = await lab.post({"query": "{ nope }"}, traceparent=f"00-{trace}-00f067aa0ba902b7-01")

    assert reply.errors[0]["extensions"]["traceId"] == trace


async def test_the_city_refuses_alike(embedded_city: City) -> None:
    assert (await _send(embedded_city, b"{"))[:2] == (400, "BAD_REQUEST")
    assert (await _send(embedded_city, b" " * 10_000_000))[:2] == (413, "BODY_TOO_LARGE")
    bad = await _send(embedded_city, b'{"query": "{ node(id: 1) { id } }"}', authorization="Bearer bad")
    assert bad[:2] == (401, "TOKEN_INVALID")

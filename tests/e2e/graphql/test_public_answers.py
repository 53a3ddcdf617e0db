"""Public operations over HTTP: one ETag for all, 304, and never a word to or about a signed-in person."""

from collections.abc import AsyncIterator

import pytest

from gateway.graphql.response_cache import ResponseCache
from tests.lab import Lab, running_lab

VERSION = ["1"]
GRAPHQL = {"accept": "application/graphql-response+json"}


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    VERSION[0] = "1"
    async with running_lab(cache=ResponseCache({"items": lambda: VERSION[0]})) as opened:
        yield opened


async def _get(lab: Lab, query: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent = {**GRAPHQL, **{k.replace("_", "-"): v for k, v in headers.items()}}
    async with lab.http.get("/graphql", params={"query": query}, headers=sent) as answer:
        return answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read()


async def test_post_and_get_share_the_answer_and_its_etag(lab: Lab) -> None:
    posted = await lab.post({"query": "{ items { name } }"})
    status, headers, body = await _get(lab, "{ items { name } }")

    assert status == 200
    assert body == b'{"data":{"items":[{"name":"0"},{"name":"1"},{"name":"2"}]}}'
    assert headers["etag"] == posted.headers["ETag"]
    assert headers["cache-control"] == "public, no-cache"
    assert headers["vary"] == "accept"


async def test_who_has_the_answer_gets_304_without_it(lab: Lab) -> None:
    etag = (await _get(lab, "{ items { name } }"))[1]["etag"]

    for known in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        status, headers, body = await _get(lab, "{ items { name } }", if_none_match=known)
        assert (status, headers["etag"], body) == (304, etag, b"")
    assert (await _get(lab, "{ items { name } }", if_none_match='"x"'))[0] == 200


async def test_a_bad_token_does_not_keep_anybody_from_what_is_public(lab: Lab) -> None:
    assert (await _get(lab, "{ items { name } }", authorization="Bearer bad"))[0] == 200
    assert (await _get(lab, "{ items { name } who }", authorization="Bearer bad"))[0] == 401


async def test_what_is_not_public_is_never_stored(lab: Lab) -> None:
    _, headers, _ = await _get(lab, "{ items { name } who }", authorization="Bearer good")

    assert headers["cache-control"] == "no-store"
    assert "etag" not in headers


async def test_each_media_type_gets_its_own_content_type_around_the_same_bytes(lab: Lab) -> None:
    _, one, first = await _get(lab, "{ items { name } }")
    _, two, second = await _get(lab, "{ items { name } }", accept="application/json")

    assert first == second
    assert [h["content-type"].split(";")[0] for h in (one, two)] == [
        "application/graphql-response+json",
        "application/json",
    ]

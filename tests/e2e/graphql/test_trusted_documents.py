"""Trusted documents are run by their hash; where only they are, nothing else is."""

from gateway.graphql.trusted import sha256_of
from tests.lab import running_lab

HELLO = "query Hello($n: String) { hello(name: $n) }"
TRUSTED = {"Hello.graphql": HELLO}


def _by_hash(sha256: str) -> dict[str, object]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256}}}


async def test_a_hash_stands_for_the_document_in_either_form() -> None:
    async with running_lab(trusted=TRUSTED, only=True) as lab:
        sha256 = sha256_of(HELLO)
        one = await lab.post({**_by_hash(sha256), "variables": {"n": "a"}})
        two = await lab.post({"documentId": f"sha256:{sha256}", "variables": {"n": "b"}})
        whole = await lab.post({"query": HELLO})

    assert [r.data["hello"] for r in (one, two, whole)] == ["hello a", "hello b", "hello world"]


async def test_a_hash_works_by_get() -> None:
    async with running_lab(trusted=TRUSTED, only=True) as lab:
        extensions = f'{{"persistedQuery":{{"version":1,"sha256Hash":"{sha256_of(HELLO)}"}}}}'
        async with lab.http.get("/graphql", params={"extensions": extensions, "variables": '{"n":"a"}'}) as answer:
            assert await answer.json() == {"data": {"hello": "hello a"}}


async def test_what_is_not_checked_in_is_refused() -> None:
    async with running_lab(trusted=TRUSTED, only=True) as lab:
        unknown = await lab.post(_by_hash("0" * 64))
        other = await lab.post({"query": "{ hello }"})
        own_hash = await lab.post({"query": "{ hello }", **_by_hash(sha256_of("{ hello }"))})

    assert [(r.status, r.codes) for r in (unknown, other, own_hash)] == [
        (400, ["PERSISTED_QUERY_NOT_FOUND"]),
        (403, ["UNTRUSTED_DOCUMENT"]),
        (403, ["UNTRUSTED_DOCUMENT"]),
    ]


async def test_a_hash_that_is_not_of_its_text_is_refused() -> None:
    async with running_lab() as lab:
        reply = await lab.post({"query": "{ hello }", **_by_hash("0" * 64)})

    assert (reply.status, reply.codes) == (400, ["PERSISTED_QUERY_MISMATCH"])

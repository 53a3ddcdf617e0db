"""Each limit on a document holds at its boundary, and is cheap to hold."""

import time
from collections.abc import AsyncIterator

import pytest

from tests.lab import Lab, running_lab


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with running_lab(depth=5, aliases=3, root_fields=3, cost=100, tokens=300) as opened:
        yield opened


def nested(depth: int) -> str:
    return "{ items { " + "items(first: 1) { " * (depth - 2) + "name" + " }" * depth


async def _refused(lab: Lab, query: str, code: str, limit: int, actual: int | None = None, **variables: object) -> None:
    reply = await lab.query(query, **variables)
    assert (reply.status, reply.codes) == (400, [code])
    assert reply.errors[0]["extensions"]["limit"] == limit
    if actual is not None:
        assert reply.errors[0]["extensions"]["actual"] == actual
    assert str(limit) in reply.errors[0]["message"]


async def test_depth(lab: Lab) -> None:
    assert (await lab.query(nested(5))).status == 200
    await _refused(lab, nested(6), "QUERY_TOO_DEEP", 5, 6)


async def test_depth_through_fragments(lab: Lab) -> None:
    query = "{ items { ...a } } fragment a on Item { items(first: 1) { ...b } } fragment b on Item "
    assert (await lab.query(query + "{ items(first: 1) { items(first: 1) { name } } }")).status == 200
    deeper = query + "{ items(first: 1) { items(first: 1) { items(first: 1) { name } } } }"
    await _refused(lab, deeper, "QUERY_TOO_DEEP", 5, 6)


async def test_aliases_also_those_in_fragments_as_often_as_they_are_spread(lab: Lab) -> None:
    assert (await lab.query("{ a: hello b: hello c: hello }")).status == 200
    query = "{ items { ...f } ...g } fragment f on Item { a: name b: name } fragment g on Query { items { ...f } }"
    await _refused(lab, query, "TOO_MANY_ALIASES", 3, 4)


async def test_root_fields_also_those_in_fragments(lab: Lab) -> None:
    assert (await lab.query("{ hello who missing }")).status == 200
    await _refused(lab, "{ hello who ...a } fragment a on Query { broken missing }", "TOO_MANY_ROOT_FIELDS", 3, 4)


async def test_cost_is_fields_times_list_sizes(lab: Lab) -> None:
    assert (await lab.query("{ items(first: 99) { name } }")).status == 200
    await _refused(lab, "{ items(first: 100) { name } }", "QUERY_TOO_COSTLY", 100, 101)
    await _refused(lab, "{ items(first: 10) { items(first: 9) { name } } }", "QUERY_TOO_COSTLY", 100, 101)


async def test_cost_counts_the_size_that_a_variable_gives(lab: Lab) -> None:
    query = "query ($n: Int) { items(first: $n) { name } }"
    assert (await lab.query(query, n=99)).status == 200
    await _refused(lab, query, "QUERY_TOO_COSTLY", 100, 101, n=100)
    assert (await lab.query(query, n=-5)).status == 200


async def test_tokens(lab: Lab) -> None:
    await _refused(lab, "{" + " hello" * 299 + " }", "QUERY_TOO_LONG", 300)


@pytest.mark.parametrize(
    "query",
    [
        "{" + "hello " * 1990 + "}",
        "{" + " ".join(f"a{n}: hello" for n in range(650)) + "}",
        "{...a}" + " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(150))
        + "fragment f150 on Query {hello} fragment a on Query {...f0}",
        "{" * 900 + "}" * 900,
        "query (" + " ".join(f"$v{n}: Int" for n in range(600)) + ") { hello }",
        "{ hello(name: " + "[" * 900 + "]" * 900 + ") }",
        "#" * 900_000 + "\n{ hello",
    ],
    ids=["repeated", "aliased", "spread", "nested", "variables", "lists", "comment"],
)  # fmt: skip
async def test_a_hostile_document_is_refused_within_a_fraction_of_a_second(query: str) -> None:
    async with running_lab() as lab:
        start = time.perf_counter()
        reply = await lab.query(query)

        assert reply.status == 400
        assert time.perf_counter() - start < 1.0


async def test_without_introspection_the_schema_is_not_told_nor_guessed_at() -> None:
    async with running_lab(introspection=False) as lab:
        assert (await lab.query("{ __schema { types { name } } }")).codes == ["INTROSPECTION_DISABLED"]
        assert (await lab.query('{ ...f } fragment f on Query { __type(name: "Item") { name } }')).status == 403
        assert (await lab.query("{ __typename }")).data == {"__typename": "Query"}
        wrong = [await lab.query("{ helo }"), await lab.query("{ colour(color: RED) }")]
        wrong.append(await lab.query("query ($c: Colour!) { colour(colour: $c) }", c="REDD"))

    assert [r.status for r in wrong] == [400, 400, 400]
    assert not any("Did you mean" in e["message"] for r in wrong for e in r.errors)

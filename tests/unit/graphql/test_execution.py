"""The planned execution answers exactly as graphql-core does, errors included."""

from dataclasses import dataclass, field
from typing import Any

import graphene
import pytest
from graphql import execute, parse

from gateway.graphql.documents import DocumentCache
from gateway.graphql.execution import coerce, run
from gateway.graphql.limits import Limits
from gateway.settings import Settings


class Colour(graphene.Enum):
    """A colour."""

    RED = "red"


@dataclass
class Thing:
    text: Any = "text"
    needed: Any = "needed"
    number: Any = 7
    yes: Any = True
    id: Any = "id-1"
    colour: Any = "red"
    parts: Any = field(default_factory=list)
    texts: Any = field(default_factory=lambda: ["a", None])

    @property
    def breaks(self) -> str:
        raise ValueError("broken")


class Node(graphene.ObjectType):
    text = graphene.String()
    needed = graphene.String(required=True)
    number = graphene.Int()
    yes = graphene.Boolean()
    id = graphene.ID()
    colour = Colour()
    breaks = graphene.String()
    texts = graphene.List(graphene.String)
    parts = graphene.List(lambda: Node)
    needed_parts = graphene.List(graphene.NonNull(lambda: Node), required=True)
    soon = graphene.Field(lambda: Node, text=graphene.String())

    def resolve_needed_parts(self, info: Any) -> Any:
        return self.parts

    async def resolve_soon(self, info: Any, text: str = "soon") -> Thing:
        return Thing(text=text)


class Query(graphene.ObjectType):
    things = graphene.List(Node)
    thing = graphene.Field(Node)

    def resolve_things(self, info: Any) -> Any:
        return info.context

    async def resolve_thing(self, info: Any) -> Any:
        return info.context[0]


SCHEMA = graphene.Schema(Query).graphql_schema
CACHE = DocumentCache(SCHEMA, Limits.of(Settings()), introspection=True)

EVERY_FIELD = "text needed number yes id colour texts"
DATA = {
    "plain": [Thing()],
    "nulls": [Thing(None, "n", None, None, None, None, None, None)],
    "null where none may be": [Thing(), Thing(needed=None)],
    "of other types": [Thing(text=5, number="7", yes=1, id=9)],
    "not of the type": [Thing(number="x", yes="maybe", text=[1], colour="blue")],
    "too large a number": [Thing(number=2**31)],
    "a dict": [{"text": "t", "needed": "n", "number": 1}],
    "nested": [Thing(parts=[Thing(), Thing(parts=[Thing(needed=None)])])],
    "missing": [None],
    "none": [],
}
QUERIES = [
    f"{{ things {{ {EVERY_FIELD} }} }}",
    f"{{ things {{ parts {{ {EVERY_FIELD} parts {{ needed }} }} }} }}",
    "{ things { neededParts { needed text parts { needed } } } }",
    "{ things { breaks text } }",
    "{ a: things { x: text y: text ...f } thing { ...f } } fragment f on Node { needed text z: number __typename }",
    "{ thing { soon { text } other: soon(text: \"o\") { text soon { needed } } } things { soon { id } } }",
    "{ __typename __schema { queryType { name } } __type(name: \"Node\") { fields { name type { kind } } } }",
    "query ($with: Boolean = true) { things { text @include(if: $with) needed @skip(if: $with) } }",
    "query ($t: String) { things { soon(text: $t) { text } number @skip(if: true) } }",
    "{ things { parts { text } parts { needed } ...f } } fragment f on Node { parts { number } }",
]  # fmt: skip


def _told(result: Any) -> Any:
    return result.data, [(e.message, e.path, e.locations) for e in result.errors or []]


@pytest.mark.parametrize("data", DATA.values(), ids=DATA.keys())
@pytest.mark.parametrize("query", QUERIES)
async def test_the_same_data_and_errors(query: str, data: list[Any]) -> None:
    expected = execute(SCHEMA, parse(query), context_value=data)
    if hasattr(expected, "__await__"):
        expected = await expected
    operation = CACHE.get(query).operation(None)
    for _ in range(2):  # the second time with everything remembered
        result = await run(operation, coerce(operation, None, True), data)
        assert _told(result) == _told(expected)
        if result.data is not None:
            assert list(result.data) == list(expected.data)


async def test_conditions_that_depend_on_variables_are_worked_out_each_time() -> None:
    operation = CACHE.get(QUERIES[7]).operation(None)
    answers = []
    for with_ in (True, False, True):
        result = await run(operation, coerce(operation, {"with": with_}, True), [Thing()])
        answers.append(result.data)

    with_text, with_needed = {"things": [{"text": "text"}]}, {"things": [{"needed": "needed"}]}
    assert answers == [with_text, with_needed, with_text]

"""The checked-in SDL and the trusted documents keep their word."""

import pytest
from graphql import build_schema, parse, validate

from gateway.graphql import sdl
from gateway.graphql.trusted import checked_in
from gateway.root import graphql_schema

BEFORE = 'type Query { "a" person(id: ID): String  old: Int }  enum Colour { RED BLUE }'


def test_the_checked_in_sdl_is_current_described_and_compatible() -> None:
    assert sdl.faults() == []


@pytest.mark.parametrize("name", sorted(checked_in()))
def test_each_trusted_document_fits_the_graph(name: str) -> None:
    assert validate(graphql_schema(), parse(checked_in()[name])) == []


def test_everything_without_a_description_is_named() -> None:
    schema = build_schema(
        'type Query { field(argument: Int): Colour  """told""" other(input: In): Int }'
        ' enum Colour { RED """told""" BLUE } input In { a: Int }'
    )

    assert sdl.undescribed(schema) == [
        "Colour",
        "Colour.RED",
        "In",
        "In.a",
        "Query",
        "Query.field",
        "Query.field(argument:)",
        "Query.other(input:)",
    ]


@pytest.mark.parametrize(
    ("after", "broken"),
    [
        ("type Query { person(id: ID): String  old: Int  new: Int } enum Colour { RED BLUE GREEN }", []),
        ("type Query { person(id: ID): String } enum Colour { RED BLUE }", ["Query.old was removed."]),
        (
            "type Query { person(id: ID!): String old: Int } enum Colour { RED BLUE }",
            ["Query.person arg id has changed type from ID to ID!."],
        ),
        (
            "type Query { person(id: ID): String old: Int } enum Colour { RED }",
            ["BLUE was removed from enum type Colour."],
        ),
    ],
)
def test_only_changes_that_break_clients_need_a_line(after: str, broken: list[str]) -> None:
    assert sdl.unexplained(BEFORE, after, "") == broken


def test_a_line_in_the_changelog_explains_the_change_that_it_names_and_no_other() -> None:
    after = "type Query { person(id: ID): String } enum Colour { RED }"

    assert sdl.unexplained(BEFORE, after, "- BREAKING `Query.old` is gone; use `person`") == [
        "BLUE was removed from enum type Colour."
    ]
    assert sdl.unexplained(BEFORE, after, "- `Query.old` is gone\n- BREAKING `Colour` has no blue") == [
        "Query.old was removed."
    ]

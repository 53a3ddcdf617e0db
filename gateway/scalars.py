"""Types that several slices of the graph share, beyond graphene's own."""

from typing import Any

import graphene
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from graphql.language import print_ast

MOST_DEPTH = 12


class JSON(graphene.Scalar):
    """任意 JSON 值，如按事项表单填写的内容。Any JSON value, such as a form filled in by an item's schema."""

    @staticmethod
    def serialize(value: Any) -> Any:
        return value

    @staticmethod
    def parse_value(value: Any) -> Any:
        _check(value, 0)
        return value

    @staticmethod
    def parse_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        if len(print_ast(node)) > 200_000:
            raise GraphQLError("The JSON value is too long.")
        value = value_from_ast_untyped(node, variables)
        _check(value, 0)
        return value


def _check(value: Any, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise GraphQLError(f"The JSON value is nested deeper than {MOST_DEPTH}.")
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _check(inner, depth + 1)


class Problem(graphene.ObjectType):
    """表单里的一处问题。One thing wrong in what was filled in."""

    path = graphene.String(
        required=True, description="字段路径，如 form.contactPhone。Dotted path of the field in the input."
    )
    code = graphene.String(
        required=True,
        description="问题种类，如 REQUIRED、PATTERN、UNKNOWN_REGION。The broken rule's name, in capitals.",
    )
    message = graphene.String(required=True, description="给办事人看的一句话。A sentence for the citizen, in Chinese.")

"""What an app sends about inquiries."""

from collections.abc import Iterator
from typing import Any

from tests.city import City, GraphQLReply

INQUIRY = """query($code: String!) { inquiry(itemCode: $code) {
  public subjects assurance hasProofDocument pageSize emptyMessage
  columns { key label type unit masked sensitivity labels { code label } }
  parameters { key label type required hint choices { code label } } } }"""
RUN = """query($code: String!, $parameters: JSON, $first: Int, $after: String) {
  runInquiry(itemCode: $code, parameters: $parameters, first: $first, after: $after) {
    problems { path code message }
    columns { key label type unit }
    rows { cursor cells { key text value } }
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    asOf source stale staleMessage emptyMessage } }"""


async def ask(city: City, code: str, token: str | None = None, **variables: Any) -> GraphQLReply:
    return await city.graphql(RUN, {"code": code, **variables}, token)


async def asked(city: City, code: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
    """The result of an inquiry that works."""
    result: dict[str, Any] = (await ask(city, code, token, **variables)).data["runInquiry"]
    return result


def shown(result: dict[str, Any], key: str) -> list[str]:
    """The column's texts."""
    return [cell["text"] for row in result["rows"] for cell in row["cells"] if cell["key"] == key]


def raw(result: dict[str, Any], key: str) -> list[Any]:
    """The column's typed values."""
    return [cell["value"] for row in result["rows"] for cell in row["cells"] if cell["key"] == key]


def query_codes(city: City) -> Iterator[str]:
    return (one.code for one in city.services.catalog.every_item() if one.handheld and one.depth.name == "QUERY")

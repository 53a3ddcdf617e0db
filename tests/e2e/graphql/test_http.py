"""GraphQL over HTTP on the running gateway."""

from tests.city import City


async def test_a_query_is_answered(city: City) -> None:
    reply = await city.graphql("{ __typename }")

    assert reply.status == 200
    assert reply.body == {"data": {"__typename": "Query"}}
    assert reply.headers["Content-Type"] == "application/graphql-response+json; charset=utf-8"

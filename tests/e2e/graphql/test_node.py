"""`node(id)`: whatever is no id of ours is nothing, never a failure."""

import base64

import pytest

from tests.city import City


def _id(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_a_global_id_leads_to_its_object(embedded_city: City) -> None:
    item = (await embedded_city.graphql('{ serviceItem(code: "YB-010") { id code } }')).data["serviceItem"]
    query = "query ($id: ID!) { node(id: $id) { id ... on ServiceItem { code } } }"

    assert (await embedded_city.graphql(query, {"id": item["id"]})).data == {"node": item}


@pytest.mark.parametrize(
    "id_", ["", "x", "====", "中文",
            _id("ServiceItem"), _id("ServiceItem:no"), _id("Nobody:1"), _id("Query:1"), _id(":1"),
            _id("Gender:1"), "a" * 5000]
)  # fmt: skip
async def test_what_is_no_id_of_ours_is_null(embedded_city: City, id_: str) -> None:
    reply = await embedded_city.graphql("query ($id: ID!) { node(id: $id) { id } }", {"id": id_})

    assert reply.body == {"data": {"node": None}}

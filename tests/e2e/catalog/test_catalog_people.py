"""Favourites, recent items and popularity: as nobody, as the right citizen, as another one."""

from typing import Any

import pytest

from services.catalog import service
from services.kernel.ids import new_id
from tests.city import City, GraphQLReply
from tests.sign_in import sign_in

ADD = "mutation($input: AddFavouriteItemInput!) { addFavouriteItem(input: $input) { item { code } } }"
REMOVE = "mutation($input: RemoveFavouriteItemInput!) { removeFavouriteItem(input: $input) { code } }"
VIEW = "mutation($input: RecordItemViewInput!) { recordItemView(input: $input) { item { code } } }"
MINE = "{ viewer { favouriteItems { item { code } at } recentItems { item { code } at } } }"
POPULAR = "{ popularServiceItems { item { code } uses } }"


async def do(city: City, mutation: str, code: str, token: str | None, key: str | None = None) -> GraphQLReply:
    return await city.graphql(mutation, {"input": {"code": code, "idempotencyKey": key or new_id()}}, token=token)


def codes(reply: GraphQLReply, field: str) -> list[Any]:
    return [one["item"]["code"] for one in reply.data["viewer"][field]]


async def test_nobody_keeps_nothing(embedded_city: City) -> None:
    for mutation in (ADD, REMOVE, VIEW):
        assert (await do(embedded_city, mutation, "YB-010", None)).codes == ["UNAUTHENTICATED"]
    assert (await embedded_city.graphql(MINE)).codes == ["UNAUTHENTICATED"]
    assert (await embedded_city.graphql(POPULAR)).data["popularServiceItems"] == []


async def test_a_citizen_keeps_favourites_that_no_other_sees(city: City) -> None:
    mine, other = await sign_in(city, "zhangsan"), await sign_in(city, "lisi")
    key = new_id()
    assert (await do(city, ADD, "yb-010", mine.access, key)).data["addFavouriteItem"]["item"]["code"] == "YB-010"
    assert (await do(city, ADD, "YB-010", mine.access, key)).data["addFavouriteItem"]["item"]["code"] == "YB-010"
    assert (await do(city, ADD, "GJ-009", mine.access, key)).codes == ["IDEMPOTENCY_KEY_REUSED"]
    assert (await do(city, ADD, "YB-010", mine.access)).errors == []
    assert (await do(city, ADD, "XX-999", mine.access)).codes == ["ITEM_NOT_FOUND"]
    assert (await do(city, ADD, "GJ-009", mine.access)).errors == []
    assert codes(await city.graphql(MINE, token=mine.access), "favouriteItems") == ["GJ-009", "YB-010"]
    assert codes(await city.graphql(MINE, token=other.access), "favouriteItems") == []
    assert (await do(city, REMOVE, "YB-010", other.access)).errors == []
    assert codes(await city.graphql(MINE, token=mine.access), "favouriteItems") == ["GJ-009", "YB-010"]
    for _ in range(2):
        assert (await do(city, REMOVE, "YB-010", mine.access)).data["removeFavouriteItem"]["code"] == "YB-010"
    assert codes(await city.graphql(MINE, token=mine.access), "favouriteItems") == ["GJ-009"]


async def test_what_a_citizen_reads_is_recent_for_them_and_counts_once_a_day(city: City) -> None:
    mine, other = await sign_in(city, "zhangsan"), await sign_in(city, "lisi")
    for code in ("YB-010", "GJ-009", "YB-010"):
        assert (await do(city, VIEW, code, mine.access)).errors == []
    assert (await do(city, VIEW, "YB-010", other.access)).errors == []
    assert (await do(city, VIEW, "XX-999", other.access)).codes == ["ITEM_NOT_FOUND"]
    assert codes(await city.graphql(MINE, token=mine.access), "recentItems") == ["YB-010", "GJ-009"]
    assert codes(await city.graphql(MINE, token=other.access), "recentItems") == ["YB-010"]
    await city.services.catalog.uses.flush()
    assert (await city.graphql(POPULAR)).data["popularServiceItems"] == [
        {"item": {"code": "YB-010"}, "uses": 2},
        {"item": {"code": "GJ-009"}, "uses": 1},
    ]


async def test_favourites_are_bounded(embedded_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_FAVOURITES", 1)
    mine = await sign_in(embedded_city, "zhangsan")
    assert (await do(embedded_city, ADD, "YB-010", mine.access)).errors == []
    assert (await do(embedded_city, ADD, "GJ-009", mine.access)).codes == ["TOO_MANY_FAVOURITES"]
    assert codes(await embedded_city.graphql(MINE, token=mine.access), "favouriteItems") == ["YB-010"]

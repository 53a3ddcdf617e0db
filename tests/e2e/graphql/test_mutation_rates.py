"""Nobody, signed in or not, keeps the city busy with mutations alone."""

from datetime import timedelta

import pytest

from services.kernel.errors import StoreDown
from services.kernel.fast_state import FastState
from services.kernel.ids import new_id
from tests.city import City, GraphQLReply, running_city
from tests.sign_in import sign_in

ADD = "mutation($input: AddFavouriteItemInput!) { addFavouriteItem(input: $input) { __typename } }"
REFRESH = "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { __typename } }"


async def add(city: City, token: str | None) -> GraphQLReply:
    return await city.graphql(ADD, {"input": {"code": "QQ-000", "idempotencyKey": new_id()}}, token=token)


async def test_one_mutation_too_many_of_a_person_is_refused_with_a_time_to_come_back(sqlite_url: str) -> None:
    async with running_city(sqlite_url, mutations_per_person=2) as city:
        first, second = await sign_in(city, "zhangsan"), await sign_in(city, "lisi")
        for _ in range(2):
            assert "OVERLOADED" not in (await add(city, first.access)).codes

        refused = await add(city, first.access)

        assert (refused.status, refused.codes) == (429, ["OVERLOADED"])
        assert 1 <= refused.errors[0]["extensions"]["retryAfterSeconds"] <= 30
        assert "OVERLOADED" not in (await add(city, second.access)).codes
        assert (await city.graphql("{ viewer { __typename } }", token=first.access)).status == 200


async def test_mutations_of_nobody_are_counted_by_address(sqlite_url: str) -> None:
    async with running_city(sqlite_url, mutations_per_address=2) as city:
        asked = {"input": {"refreshToken": "x" * 43, "idempotencyKey": new_id()}}
        for _ in range(2):
            assert (await city.graphql(REFRESH, asked)).codes == ["TOKEN_INVALID"]

        assert (await city.graphql(REFRESH, asked)).codes == ["OVERLOADED"]


async def test_without_the_fast_state_nobody_is_counted_and_mutations_go_on(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(key: str, limit: int, window: timedelta) -> float | None:
        raise StoreDown()

    async with running_city(sqlite_url, mutations_per_person=1) as city:
        token = (await sign_in(city)).access
        monkeypatch.setattr(city.services.ports.get(FastState), "hit", down)
        for _ in range(2):
            assert not {"OVERLOADED", "STORE_DOWN"} & set((await add(city, token)).codes)

"""Refresh tokens: rotated, used once, theft found out; and sessions that end by time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.store import Database
from services.adapters.store.tables.identity import person, refresh_token, session
from services.identity.model import REFRESH_IDLE_LIFE, REPEAT_GRACE, SESSION_LIFE
from services.kernel.clock import FixedClock
from services.kernel.ids import new_id
from tests.city import City
from tests.e2e.identity.operations import SESSIONS, refresh
from tests.sign_in import sign_in, tokens_of


@asynccontextmanager
async def reading(city: City) -> AsyncIterator[AsyncConnection]:
    """The city's own database, past all services."""
    database = Database(city.settings.effective_database_url)
    try:
        async with database.reading() as connection:
            yield connection
    finally:
        await database.close()


async def test_a_refresh_gives_new_tokens_of_the_same_session(city: City) -> None:
    first = await sign_in(city)
    second = tokens_of((await refresh(city, first.refresh)).data["refreshSession"]["tokens"])
    assert second.session_id == first.session_id
    assert second.refresh != first.refresh
    assert second.access != first.access
    assert "errors" not in (await city.graphql(SESSIONS, token=second.access)).body


async def test_a_refresh_token_used_twice_ends_its_session(city: City) -> None:
    first, other = await sign_in(city), await sign_in(city)
    second = tokens_of((await refresh(city, first.refresh)).data["refreshSession"]["tokens"])
    assert (await refresh(city, first.refresh)).codes == ["REFRESH_TOKEN_REUSED"]
    assert (await refresh(city, second.refresh)).codes == ["SESSION_ENDED"]
    assert (await city.graphql(SESSIONS, token=second.access)).codes == ["SESSION_ENDED"]
    assert len((await city.graphql(SESSIONS, token=other.access)).data["viewer"]["sessions"]) == 1


async def test_a_lost_answer_can_be_asked_for_again_with_the_same_key(still_city: City, clock: FixedClock) -> None:
    first, key = await sign_in(still_city), new_id()
    second = tokens_of((await refresh(still_city, first.refresh, key)).data["refreshSession"]["tokens"])
    clock.advance(REPEAT_GRACE)
    again = tokens_of((await refresh(still_city, first.refresh, key)).data["refreshSession"]["tokens"])
    assert (again.refresh, again.session_id) == (second.refresh, second.session_id)
    clock.advance(timedelta(seconds=1))
    assert (await refresh(still_city, first.refresh, key)).codes == ["REFRESH_TOKEN_REUSED"]
    assert (await still_city.graphql(SESSIONS, token=second.access)).codes == ["SESSION_ENDED"]


async def test_of_concurrent_refreshes_exactly_one_wins(city: City) -> None:
    first = await sign_in(city)
    replies = await asyncio.gather(*(refresh(city, first.refresh) for _ in range(8)))
    won = [reply for reply in replies if "errors" not in reply.body]
    codes = [code for reply in replies for code in reply.codes]
    # The winner may find its session already ended by a loser: a stolen token helps nobody.
    assert len(won) <= 1
    assert set(codes) <= {"REFRESH_TOKEN_REUSED", "SESSION_ENDED"}
    async with reading(city) as connection:
        kept = (await connection.execute(select(refresh_token.c.used_at))).scalars().all()
    assert sorted(used is not None for used in kept) == [False, True]


async def test_concurrent_repeats_with_one_key_get_one_successor(city: City) -> None:
    first, key = await sign_in(city), new_id()
    replies = await asyncio.gather(*(refresh(city, first.refresh, key) for _ in range(5)))
    assert len({reply.data["refreshSession"]["tokens"]["refreshToken"] for reply in replies}) == 1


async def test_an_idle_session_expires(small_city: City, clock: FixedClock) -> None:
    first = await sign_in(small_city)
    clock.advance(REFRESH_IDLE_LIFE - timedelta(seconds=1))
    second = tokens_of((await refresh(small_city, first.refresh)).data["refreshSession"]["tokens"])
    clock.advance(REFRESH_IDLE_LIFE)
    assert (await refresh(small_city, second.refresh)).codes == ["SESSION_EXPIRED"]
    other = await sign_in(small_city)
    assert len((await small_city.graphql(SESSIONS, token=other.access)).data["viewer"]["sessions"]) == 1


async def test_no_session_lives_longer_than_ninety_days(small_city: City, clock: FixedClock) -> None:
    tokens, lived = await sign_in(small_city), timedelta()
    while lived + timedelta(days=10) < SESSION_LIFE:
        clock.advance(timedelta(days=10))
        lived += timedelta(days=10)
        tokens = tokens_of((await refresh(small_city, tokens.refresh)).data["refreshSession"]["tokens"])
    clock.advance(SESSION_LIFE - lived)
    assert (await refresh(small_city, tokens.refresh)).codes == ["SESSION_EXPIRED"]
    assert (await small_city.graphql(SESSIONS, token=tokens.access)).codes == ["TOKEN_EXPIRED"]


async def test_a_refresh_token_we_never_gave_is_invalid(small_city: City) -> None:
    for token in ("", "x", "x" * 43, "é" * 43, "x" * 100_000):
        assert (await refresh(small_city, token)).codes == ["TOKEN_INVALID"]


async def test_nothing_personal_or_usable_lies_in_the_store(city: City) -> None:
    tokens = await sign_in(city, device="张三的手机")
    async with reading(city) as connection:
        stored = [
            str(row)
            for table in (person, session, refresh_token)
            for row in (await connection.execute(select(table))).all()
        ]
    for secret in (tokens.refresh, "371599199001010011", "10000000001", "张三"):
        assert secret not in "".join(stored)

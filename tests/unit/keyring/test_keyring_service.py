"""The ring: published before use, the same on all workers, cheap to ask, safe to start."""

import asyncio
from datetime import timedelta

import pytest

from services.kernel.clock import FixedClock
from services.kernel.errors import NotFound, StoreDown
from services.keyring.errors import RotationUnderWay
from services.keyring.model import KEY_SET_CACHE, RULES, KeyPurpose, KeyState, RotationRule
from services.keyring.service import MAX_STALE, RELOAD_INTERVAL, KeyRing
from tests.unit.keyring.fakes import MemoryKeyStore

ACCESS, PRESENTATION = KeyPurpose.ACCESS, KeyPurpose.PRESENTATION


@pytest.fixture
def store() -> MemoryKeyStore:
    return MemoryKeyStore()


@pytest.fixture
def ring(store: MemoryKeyStore, clock: FixedClock) -> KeyRing:
    return KeyRing(store, clock)


async def test_the_first_use_makes_a_key_that_signs_at_once(ring: KeyRing) -> None:
    key = await ring.signing_key(ACCESS)
    assert key.algorithm == "ES256"
    assert key.kid.startswith("access-")
    assert (await ring.signing_key(ACCESS)).kid == key.kid


async def test_many_workers_starting_at_once_agree_on_one_key(store: MemoryKeyStore, clock: FixedClock) -> None:
    rings = [KeyRing(store, clock) for _ in range(8)]
    await asyncio.gather(*(ring.tick() for ring in rings))
    kids = {(await ring.signing_key(ACCESS)).kid for ring in rings}
    assert len(kids) == 1
    assert len(store.rows) == len(KeyPurpose)


async def test_a_key_of_one_purpose_is_unknown_for_another(ring: KeyRing) -> None:
    key = await ring.signing_key(ACCESS)
    assert await ring.verification_key(ACCESS, key.kid) is not None
    assert await ring.verification_key(PRESENTATION, key.kid) is None


async def test_a_rotated_key_is_published_before_it_signs(ring: KeyRing, clock: FixedClock) -> None:
    old = await ring.signing_key(ACCESS)
    new = await ring.rotate(ACCESS)
    assert {key["kid"] for key in (await ring.jwks(ACCESS))["keys"]} == {old.kid, new.kid}
    clock.advance(RULES[ACCESS].lead - timedelta(seconds=1))
    assert (await ring.signing_key(ACCESS)).kid == old.kid
    clock.advance(timedelta(seconds=1))
    assert (await ring.signing_key(ACCESS)).kid == new.kid


async def test_a_key_set_cached_before_the_switch_knows_the_new_key(ring: KeyRing, clock: FixedClock) -> None:
    await ring.signing_key(ACCESS)
    new = await ring.rotate(ACCESS)
    clock.advance(RULES[ACCESS].lead - KEY_SET_CACHE)
    cached = {key["kid"] for key in (await ring.jwks(ACCESS))["keys"]}
    clock.advance(KEY_SET_CACHE)
    assert (await ring.signing_key(ACCESS)).kid == new.kid
    assert new.kid in cached


async def test_an_old_key_verifies_until_its_last_token_is_over(ring: KeyRing, clock: FixedClock) -> None:
    old = await ring.signing_key(ACCESS)
    await ring.rotate(ACCESS)
    clock.advance(RULES[ACCESS].lead + RULES[ACCESS].overlap - timedelta(seconds=1))
    assert await ring.verification_key(ACCESS, old.kid) is not None
    clock.advance(timedelta(seconds=1))
    assert await ring.verification_key(ACCESS, old.kid) is None
    assert old.kid not in {key["kid"] for key in (await ring.jwks(ACCESS))["keys"]}


async def test_another_worker_sees_a_rotation_before_the_new_key_signs(
    store: MemoryKeyStore, clock: FixedClock
) -> None:
    here, there = KeyRing(store, clock), KeyRing(store, clock)
    await here.tick()
    await there.tick()
    new = await here.rotate(ACCESS)
    clock.advance(RULES[ACCESS].lead)
    assert (await there.signing_key(ACCESS)).kid == new.kid


async def test_keys_rotate_on_schedule_by_themselves(ring: KeyRing, clock: FixedClock) -> None:
    await ring.tick()
    first = await ring.signing_key(ACCESS)
    clock.advance(RULES[ACCESS].period - RULES[ACCESS].lead - timedelta(seconds=1))
    await ring.tick()
    assert [view.state_at(clock.now()) for view in await ring.views(ACCESS)] == [KeyState.ACTIVE]
    clock.advance(timedelta(seconds=1))
    await ring.tick()
    assert [view.state_at(clock.now()) for view in await ring.views(ACCESS)] == [KeyState.ACTIVE, KeyState.NEXT]
    clock.advance(RULES[ACCESS].lead)
    assert (await ring.signing_key(ACCESS)).kid != first.kid


async def test_a_second_rotation_waits_for_the_first(ring: KeyRing, store: MemoryKeyStore) -> None:
    await ring.tick()
    await ring.rotate(ACCESS)
    kept = len(store.rows)
    with pytest.raises(RotationUnderWay):
        await ring.rotate(ACCESS)
    assert len(store.rows) == kept


async def test_rotating_an_empty_ring_leaves_no_moment_without_a_key(ring: KeyRing) -> None:
    new = await ring.rotate(ACCESS)
    assert (await ring.signing_key(ACCESS)).kid == new.kid


async def test_a_lead_shorter_than_caches_live_is_refused(store: MemoryKeyStore, clock: FixedClock) -> None:
    with pytest.raises(ValueError, match="published"):
        await KeyRing(store, clock).rotate(ACCESS, lead=timedelta(seconds=419))
    short = RotationRule(timedelta(days=1), timedelta(minutes=5), timedelta(hours=1))
    with pytest.raises(ValueError, match="lead"):
        KeyRing(store, clock, {ACCESS: short})


async def test_a_compromised_key_is_dropped_at_once(ring: KeyRing) -> None:
    stolen = await ring.signing_key(ACCESS)
    fresh = await ring.revoke(stolen.kid)
    assert (await ring.signing_key(ACCESS)).kid == fresh.kid != stolen.kid
    assert await ring.verification_key(ACCESS, stolen.kid) is None


async def test_revoking_a_key_that_is_not_there_says_so(ring: KeyRing) -> None:
    with pytest.raises(NotFound):
        await ring.revoke("access-nobody")


async def test_a_flood_of_unknown_kids_costs_one_read_per_interval(
    ring: KeyRing, store: MemoryKeyStore, clock: FixedClock
) -> None:
    await ring.tick()
    before = store.reads
    answers = await asyncio.gather(*(ring.verification_key(ACCESS, f"kid-{n}") for n in range(1000)))
    assert set(answers) == {None}
    assert store.reads == before + 1
    clock.advance(RELOAD_INTERVAL)
    await ring.verification_key(ACCESS, "another")
    assert store.reads == before + 2


async def test_signing_and_verifying_read_nothing_between_refreshes(ring: KeyRing, store: MemoryKeyStore) -> None:
    await ring.tick()
    before = store.reads
    for _ in range(100):
        key = await ring.signing_key(ACCESS)
        assert await ring.verification_key(ACCESS, key.kid) is not None
    assert store.reads == before


async def test_memory_serves_while_the_store_is_down_but_not_for_ever(
    ring: KeyRing, store: MemoryKeyStore, clock: FixedClock
) -> None:
    await ring.tick()
    key = await ring.signing_key(ACCESS)
    store.down = True
    clock.advance(MAX_STALE)
    assert (await ring.signing_key(ACCESS)).kid == key.kid
    clock.advance(timedelta(seconds=1))
    with pytest.raises(StoreDown):
        await ring.signing_key(ACCESS)


async def test_the_published_set_holds_nothing_private(ring: KeyRing) -> None:
    await ring.tick()
    keys = (await ring.jwks())["keys"]
    assert len(keys) == 2
    for key in keys:
        assert set(key) == {"kty", "crv", "x", "y", "use", "alg", "kid"}
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")

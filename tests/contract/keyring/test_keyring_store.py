"""Keys in both databases: one first key however many workers start, private parts sealed."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.adapters.store import Database, Sealer
from services.adapters.store.keyring import SqlKeyStore
from services.adapters.store.sealing import SealBroken
from services.adapters.store.tables.keyring import signing_key
from services.kernel.clock import FixedClock
from services.kernel.errors import StoreDown
from services.keyring.errors import RotationUnderWay
from services.keyring.model import KeyPurpose
from services.keyring.service import KeyRing

MASTER = b"k" * 32


async def test_workers_that_start_at_once_share_one_key_per_purpose(database_url: str, clock: FixedClock) -> None:
    databases = [Database(database_url) for _ in range(3)]
    try:
        rings = [KeyRing(SqlKeyStore(one, Sealer(MASTER)), clock) for one in databases]
        await asyncio.gather(*(ring.tick() for ring in rings))
        kids = {(await ring.signing_key(KeyPurpose.ACCESS)).kid for ring in rings}
        assert len(kids) == 1
        assert len(await rings[0].views()) == len(KeyPurpose)
    finally:
        for one in databases:
            await one.close()


async def test_of_two_rotations_at_once_one_wins(database: Database, clock: FixedClock) -> None:
    rings = [KeyRing(SqlKeyStore(database, Sealer(MASTER)), clock) for _ in range(2)]
    await rings[0].tick()
    answers = await asyncio.gather(*(ring.rotate(KeyPurpose.ACCESS) for ring in rings), return_exceptions=True)
    assert sum(isinstance(answer, RotationUnderWay) for answer in answers) == 1
    assert len(await rings[0].views(KeyPurpose.ACCESS)) == 2


async def test_a_key_survives_a_restart_and_a_revocation_is_kept(database: Database, clock: FixedClock) -> None:
    store = SqlKeyStore(database, Sealer(MASTER))
    before = await KeyRing(store, clock).signing_key(KeyPurpose.PRESENTATION)
    again = KeyRing(store, clock)
    assert (await again.signing_key(KeyPurpose.PRESENTATION)).kid == before.kid
    await again.revoke(before.kid)
    clock.advance(timedelta(seconds=1))
    assert await KeyRing(store, clock).verification_key(KeyPurpose.PRESENTATION, before.kid) is None


async def test_private_keys_are_sealed_and_open_with_the_right_master_key_only(
    database: Database, clock: FixedClock
) -> None:
    store = SqlKeyStore(database, Sealer(MASTER))
    await KeyRing(store, clock).signing_key(KeyPurpose.ACCESS)
    (row,) = await store.load(clock.now())
    async with database.reading() as connection:
        sealed = await connection.scalar(select(signing_key.c.sealed_private_key))
    assert row.private_key not in sealed
    with pytest.raises(SealBroken):
        await SqlKeyStore(database, Sealer(b"x" * 32)).load(clock.now())


async def test_a_worker_that_starts_before_the_migrations_waits_for_them(
    postgres_server_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    for url in (postgres_server_url, f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"):
        database = Database(url)
        try:
            ring = KeyRing(SqlKeyStore(database, Sealer(MASTER)), clock)
            async with ring.running():
                with pytest.raises(StoreDown):
                    await ring.signing_key(KeyPurpose.ACCESS)
        finally:
            await database.close()

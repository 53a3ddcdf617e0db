"""`python -m gateway flows` lists what is stuck and lets it go on."""

import asyncio

import pytest

from gateway import flows as command
from services.adapters.store.database import Database
from services.durable.engine import Engine
from services.durable.port import Attempt, Outcome


async def parked(engine: Engine, database: Database) -> str:
    async def fails(attempt: Attempt) -> Outcome:
        raise KeyError(attempt.subject_id)

    engine.handle("tests.fail", fails)
    async with database.unit_of_work():
        flow_id = await engine.start("tests.fail", "a1", "send")
    await engine.run_due()
    return flow_id


async def test_an_operator_sees_a_stuck_flow_and_releases_it_once(
    engine: Engine,
    database: Database,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.delenv("REDIS_URL", raising=False)
    flow_id = await parked(engine, database)
    assert await asyncio.to_thread(command.run, ["stuck"]) == 0
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.split()[2:] == ["tests.fail", "send", "1", "KeyError", flow_id, "a1"]
    assert await asyncio.to_thread(command.run, ["release", flow_id]) == 0
    assert await engine.stuck() == []
    assert await asyncio.to_thread(command.run, ["release", flow_id]) == 1
    assert capsys.readouterr().err.startswith("CONFLICT: ")
    assert await asyncio.to_thread(command.run, ["release", "nobody"]) == 1
    assert capsys.readouterr().err.startswith("NOT_FOUND: ")

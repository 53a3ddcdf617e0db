"""An engine on each kind of database, with a clock that stands still."""

import pytest

from services.adapters.store.database import Database
from services.adapters.store.durable import SqlFlowStore
from services.adapters.store.sealing import Sealer
from services.durable.engine import Engine
from services.kernel.clock import FixedClock


@pytest.fixture
def flows(database: Database) -> SqlFlowStore:
    return SqlFlowStore(database, Sealer(b"k" * 32))


@pytest.fixture
def engine(flows: SqlFlowStore, database: Database, clock: FixedClock) -> Engine:
    return Engine(flows, database.unit_of_work, clock)

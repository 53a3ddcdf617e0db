"""The relational store: SQLite embedded, PostgreSQL at scale, behind the same repositories."""

import asyncio

from services.adapters.store.applications import SqlApplicationStore
from services.adapters.store.catalog import SqlCatalogueVersions, SqlPersonalItems, SqlUseCounts
from services.adapters.store.database import Database
from services.adapters.store.durable import SqlFlowStore
from services.adapters.store.idempotency import SqlIdempotencyStore
from services.adapters.store.identity import SqlPeopleStore
from services.adapters.store.identity_sessions import SESSIONS_KEPT, SqlSessionStore, SqlSignInStore
from services.adapters.store.inquiries import SqlLastKnown
from services.adapters.store.keyring import SqlKeyStore
from services.adapters.store.migrations import is_current, upgrade
from services.adapters.store.purging import purge_hourly
from services.adapters.store.sealing import Sealer
from services.adapters.store.verification import SqlScanLedger
from services.adapters.store.wallet import SqlCertificateStore
from services.applications.ports import ApplicationStore
from services.catalog.ports import CatalogueVersions, PersonalItems, UseCounts
from services.durable.store import FlowStore
from services.identity.ports import PeopleStore, SessionStore, SignInStore
from services.inquiries.ports import LastKnown
from services.kernel.adapter import AdapterContext, Built
from services.kernel.errors import StoreDown
from services.kernel.unit_of_work import IdempotencyStore, UnitOfWork
from services.keyring.ports import KeyStore
from services.verification.ports import ScanLedger
from services.wallet.ports import CertificateStore

PROVIDES = (
    UnitOfWork,
    IdempotencyStore,
    FlowStore,
    PeopleStore,
    SessionStore,
    SignInStore,
    KeyStore,
    ApplicationStore,
    CertificateStore,
    ScanLedger,
    CatalogueVersions,
    PersonalItems,
    UseCounts,
    LastKnown,
)

__all__ = ["PROVIDES", "Database", "Sealer", "build", "upgrade"]


async def build(context: AdapterContext) -> Built:
    database = Database(context.settings.database_url)
    sealer = Sealer(context.settings.master_key, context.settings.previous_master_keys)

    idempotency = SqlIdempotencyStore(database, sealer, context.clock)
    sessions = SqlSessionStore(database, sealer)
    purges = {
        "first answers": idempotency.purge,
        "sessions": lambda: sessions.purge(context.clock.now() - SESSIONS_KEPT),
    }
    purge = asyncio.create_task(purge_hourly(purges), name="store purge")

    async def close() -> None:
        purge.cancel()
        await asyncio.wait([purge])
        await database.close()

    async def check() -> None:
        if not await is_current(database):
            raise StoreDown("数据库尚未升级到当前版本。")

    return Built(
        ports={
            UnitOfWork: database.unit_of_work,
            IdempotencyStore: idempotency,
            FlowStore: SqlFlowStore(database, sealer),
            PeopleStore: SqlPeopleStore(database, sealer),
            SessionStore: sessions,
            SignInStore: SqlSignInStore(database, sealer, context.clock),
            KeyStore: SqlKeyStore(database, sealer),
            ApplicationStore: SqlApplicationStore(database, sealer),
            CertificateStore: SqlCertificateStore(database, sealer),
            ScanLedger: SqlScanLedger(database, sealer),
            CatalogueVersions: SqlCatalogueVersions(database),
            PersonalItems: SqlPersonalItems(database),
            UseCounts: SqlUseCounts(database),
            LastKnown: SqlLastKnown(database, sealer),
        },
        close=close,
        check=check,
    )

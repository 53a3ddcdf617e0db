"""A city reduced to what showing and checking need: real stores, real fast state, one signing key."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)

from certs_schema.registry import registry
from services.adapters.fast_state.bus import LocalBus
from services.adapters.fast_state.redis_state import RedisFastState
from services.adapters.store.database import Database
from services.adapters.store.sealing import Sealer
from services.adapters.store.verification import SqlScanLedger
from services.adapters.store.wallet import SqlCertificateStore
from services.kernel.clock import FixedClock
from services.kernel.principal import Assurance, Principal, Subject, SubjectKind
from services.verification.carriers import JwtCarrier
from services.verification.service import VerificationService
from services.wallet.service import WalletService

ISSUER = "https://city.example"
KID = "presentation-key-1"


@dataclass(frozen=True)
class Key:
    kid: str
    private_key: EllipticCurvePrivateKey
    algorithm: str = "ES256"

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        return self.private_key.public_key()


@dataclass
class OneKey:
    """`services.kernel.signing.SigningKeys` with one key; remembers what it was asked for."""

    key: Key
    asked: list[str] = field(default_factory=list)

    async def signing_key(self) -> Key:
        return self.key

    async def verification_key(self, kid: str) -> Key | None:
        self.asked.append(kid)
        return self.key if kid == self.key.kid else None


@dataclass
class City:
    """The service under test and what it stands on."""

    wallet: WalletService
    verification: VerificationService
    keys: OneKey
    ledger: SqlScanLedger
    fast_state: RedisFastState
    events: LocalBus
    database: Database
    clock: FixedClock

    async def certificate(self, holder: Subject, type_code: str = "INSURED_PROOF") -> str:
        return await self.wallet.register(
            holder, type_code, registry().get(type_code).example, "聊城市医疗保险事业中心",
            date(2026, 11, 23), date(2027, 2, 22), "medical_insurance", self.clock.now(),
        )  # fmt: skip


def person(name: str, assurance: Assurance = Assurance.REAL_NAME) -> Principal:
    return Principal(name, f"session-{name}", assurance, Subject(SubjectKind.PERSON, name))


ZHANGSAN = person("zhangsan")
LISI = person("lisi")


@pytest.fixture(scope="session")
def private_key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


@pytest.fixture
def open_city(
    fast_state: RedisFastState, clock: FixedClock, private_key: EllipticCurvePrivateKey
) -> Callable[[Database], Awaitable[City]]:
    async def opened(database: Database) -> City:
        sealer = Sealer(b"k" * 32)
        wallet = WalletService(
            SqlCertificateStore(database, sealer), database.unit_of_work, registry(), fast_state, clock
        )
        keys, ledger, events = OneKey(Key(KID, private_key)), SqlScanLedger(database, sealer), LocalBus(0.02)
        verification = VerificationService(
            wallet, registry(), keys, JwtCarrier(), ledger, fast_state, events, clock, ISSUER, 100_000
        )
        return City(wallet, verification, keys, ledger, fast_state, events, database, clock)

    return opened


@pytest.fixture
async def city_parts(database: Database, open_city: Callable[[Database], Awaitable[City]]) -> City:
    """On both databases and both fast states."""
    return await open_city(database)


SECOND = timedelta(seconds=1)

"""The wallet on both databases: what is registered can be read by its holder, and by nobody else."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from certs_schema.registry import registry
from services.adapters.fast_state.redis_state import RedisFastState
from services.adapters.store.database import Database
from services.adapters.store.sealing import Sealer
from services.adapters.store.tables.wallet import certificate
from services.adapters.store.wallet import SqlCertificateStore
from services.kernel.clock import FixedClock
from services.kernel.errors import NotFound
from services.kernel.principal import Subject, SubjectKind
from services.wallet.errors import ClaimsRefused, StateMoveRefused, UnknownCertificateType, WrongHolderKind
from services.wallet.model import CertificateState
from services.wallet.service import WalletService

ZHANGSAN = Subject(SubjectKind.PERSON, "person-zhangsan")
LISI = Subject(SubjectKind.PERSON, "person-lisi")
COMPANY = Subject(SubjectKind.COMPANY, "company-1")
CLAIMS = registry().get("INSURED_PROOF").example
AS_OF = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture
def redis_url() -> None:
    """The embedded fast state is enough here: the service writes one value to it."""


@pytest.fixture
def wallet(database: Database, fast_state: RedisFastState, clock: FixedClock) -> WalletService:
    store = SqlCertificateStore(database, Sealer(b"k" * 32))
    return WalletService(store, database.unit_of_work, registry(), fast_state, clock)


async def register(wallet: WalletService, holder: Subject = ZHANGSAN, **changed: Any) -> str:
    given: dict[str, Any] = {
        "type_code": "INSURED_PROOF",
        "claims": CLAIMS,
        "issuer": "聊城市医疗保险事业中心",
        "valid_from": date(2026, 11, 23),
        "valid_until": date(2027, 2, 22),
        "source": "medical_insurance",
        "as_of": AS_OF,
    }
    return await wallet.register(holder, **{**given, **changed})


async def test_a_registered_certificate_is_in_its_holders_wallet_only(wallet: WalletService) -> None:
    made = await register(wallet)
    one = await wallet.get(ZHANGSAN, made)
    assert (one.claims, one.as_of, one.source) == (CLAIMS, AS_OF, "medical_insurance")
    assert (one.valid_from, one.valid_until, one.version) == (date(2026, 11, 23), date(2027, 2, 22), 1)
    assert [each.id for each in await wallet.list(ZHANGSAN)] == [made]
    assert await wallet.list(LISI) == []
    for stranger in (LISI, COMPANY, Subject(SubjectKind.COMPANY, ZHANGSAN.id)):
        with pytest.raises(NotFound):
            await wallet.get(stranger, made)


async def test_nothing_of_the_claims_stands_in_the_table_in_the_clear(
    wallet: WalletService, database: Database
) -> None:
    await register(wallet)
    async with database.reading() as connection:
        row = (await connection.execute(select(certificate))).one()
    stored = b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    for value in (CLAIMS["holder_name"], CLAIMS["id_number"], CLAIMS["cert_no"]):
        assert value.encode() not in stored


async def test_a_new_certificate_of_a_kind_held_once_supersedes_the_old_one(wallet: WalletService) -> None:
    old, others = await register(wallet), await register(wallet, LISI)
    new = await register(wallet)
    assert await wallet.state(old) is CertificateState.SUPERSEDED
    assert await wallet.state(new) is CertificateState.VALID
    assert await wallet.state(others) is CertificateState.VALID
    assert [each.id for each in await wallet.list(ZHANGSAN)] == [new, old]


async def test_registering_joins_the_open_unit_of_work(wallet: WalletService, database: Database) -> None:
    kept = await register(wallet)

    async def fail_after_registering() -> None:
        async with database.unit_of_work():
            await register(wallet)
            raise RuntimeError("the caller failed")

    with pytest.raises(RuntimeError):
        await fail_after_registering()
    assert [each.id for each in await wallet.list(ZHANGSAN)] == [kept]
    assert await wallet.state(kept) is CertificateState.VALID


async def test_the_last_day_ends_at_midnight_in_china(wallet: WalletService, clock: FixedClock) -> None:
    made = await register(wallet, valid_until=date(2026, 11, 23))
    clock.advance(timedelta(hours=14) - timedelta(seconds=1))  # 23:59:59 in China
    assert await wallet.state(made) is CertificateState.VALID
    clock.advance(timedelta(seconds=1))
    assert await wallet.state(made) is CertificateState.EXPIRED


@pytest.mark.parametrize(
    ("valid_from", "last_day"),
    [
        (date(2026, 11, 23), date(2027, 2, 22)),
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2025, 11, 30), date(2026, 2, 28)),
        (date(2026, 9, 30), date(2026, 12, 29)),
        (date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
async def test_the_types_own_rule_ends_a_certificate_that_names_no_end(
    wallet: WalletService, valid_from: date, last_day: date
) -> None:
    claims = registry().get("SI_PROOF").example
    made = await register(wallet, type_code="SI_PROOF", claims=claims, valid_from=valid_from, valid_until=None)
    assert (await wallet.get(ZHANGSAN, made)).valid_until == last_day


async def test_suspension_can_be_lifted_and_revocation_cannot(wallet: WalletService) -> None:
    made = await register(wallet)
    await wallet.suspend(made)
    assert await wallet.state(made) is CertificateState.SUSPENDED
    with pytest.raises(StateMoveRefused):
        await wallet.suspend(made)
    await wallet.reinstate(made)
    await wallet.revoke(made)
    for move in (wallet.suspend, wallet.reinstate, wallet.revoke):
        with pytest.raises(StateMoveRefused):
            await move(made)
    assert await wallet.state(made) is CertificateState.REVOKED
    assert await wallet.change_mark(made) == 4
    with pytest.raises(NotFound):
        await wallet.revoke("no-such-certificate")


async def test_bad_claims_are_refused_by_field_and_nothing_is_kept(wallet: WalletService) -> None:
    with pytest.raises(ClaimsRefused) as refused:
        await register(wallet, claims={**CLAIMS, "insutype": "999", "id_number": "not a number"})
    assert refused.value.extensions == {"fields": ["id_number:pattern", "insutype:enum", "insutype:pattern"]}
    with pytest.raises(UnknownCertificateType):
        await register(wallet, type_code="NO_SUCH_TYPE")
    with pytest.raises(WrongHolderKind):
        await register(wallet, COMPANY)
    assert await wallet.list(ZHANGSAN) == []


async def test_an_odd_identifier_of_the_issuer_is_kept_as_it_is(wallet: WalletService) -> None:
    odd = "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"
    made = await register(wallet, identifier=odd)
    assert (await wallet.get(ZHANGSAN, made)).identifier == odd

"""The composition root: discovers adapters, builds the services on their ports. Only this module knows adapters."""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar, cast

import services.adapters
from certs_schema.registry import registry
from gateway.form_wiring import forms_service
from gateway.settings import Settings
from gateway.wiring import applications_service, inquiries_service
from services.applications.desks import Desks
from services.applications.ports import ApplicationStore, DepartmentDesk
from services.applications.service import ApplicationService
from services.catalog.ports import CatalogueVersions, PersonalItems, UseCounts
from services.catalog.running import open_catalog
from services.catalog.service import CatalogService
from services.durable.engine import Engine
from services.durable.store import FlowStore
from services.forms.service import FormService
from services.identity.ports import IdentityProvider, PeopleStore, SessionStore, SignInStore
from services.identity.service import IdentityService
from services.identity.sign_in import SignInRules
from services.inquiries.ports import LastKnown, RecordSource
from services.inquiries.service import InquiryService
from services.kernel.adapter import AdapterContext, Built, CircuitState
from services.kernel.clock import Clock, SystemClock
from services.kernel.events import EventBus
from services.kernel.fast_state import FastState
from services.kernel.unit_of_work import Idempotency, IdempotencyStore, UnitOfWork
from services.keyring.model import KeyPurpose
from services.keyring.ports import KeyStore
from services.keyring.service import KeyRing, PurposeKeys
from services.verification.carriers import JwtCarrier
from services.verification.ports import ScanLedger
from services.verification.service import VerificationService
from services.wallet.ports import CertificateStore
from services.wallet.service import WalletService

P = TypeVar("P")


class WiringError(Exception):
    """The parts do not fit together; the text says which and why."""


@dataclass(slots=True)
class Ports:
    """What the adapters provide, by port, and how each of them is doing."""

    by_port: dict[type, object] = field(default_factory=dict)
    provider: dict[type, str] = field(default_factory=dict)
    checks: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    circuits: dict[str, Callable[[], CircuitState]] = field(default_factory=dict)
    desks: dict[str, DepartmentDesk] = field(default_factory=dict)
    common_desks: dict[str, DepartmentDesk] = field(default_factory=dict)

    def add(self, name: str, declared: tuple[type, ...], built: Built) -> None:
        if set(declared) != set(built.ports):
            raise WiringError(f"adapter {name} declares in PROVIDES other ports than its build() returns")
        for port, instance in built.ports.items():
            if port in self.by_port:
                raise WiringError(f"port {port.__name__} is provided by {self.provider[port]} and by {name}")
            self.by_port[port], self.provider[port] = instance, name
        if built.check:
            self.checks[name] = built.check
        if built.circuit:
            self.circuits[name] = built.circuit
        self.circuits.update(built.circuits)
        for given, known in ((built.desks, self.desks), (built.common_desks, self.common_desks)):
            for system, desk in given.items():
                if system in known:
                    raise WiringError(f"two adapters take applications for the system {system}; one is {name}")
                known[system] = cast(DepartmentDesk, desk)

    def get(self, port: type[P]) -> P:
        """The instance behind `port`. Raises `WiringError` when no adapter provides it."""
        if port not in self.by_port:
            raise WiringError(f"no adapter provides the port {port.__module__}.{port.__name__}")
        return cast(P, self.by_port[port])


@dataclass(slots=True)
class Services:
    """What the gateway may call: one service a domain, and what is common to all."""

    settings: Settings
    clock: Clock
    ports: Ports
    unit_of_work: UnitOfWork
    idempotency: Idempotency
    events: EventBus
    durable: Engine
    keyring: KeyRing
    identity: IdentityService
    catalog: CatalogService
    forms: FormService
    wallet: WalletService
    verification: VerificationService
    applications: ApplicationService
    inquiries: InquiryService


async def migrate_store(settings: Settings) -> None:
    """Bring the database to the newest revision; makes the folder of an embedded one."""
    store = importlib.import_module("services.adapters.store")
    if settings.embedded_database:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = store.Database(settings.effective_database_url)
    try:
        await store.upgrade(database)
    finally:
        await database.close()


def adapter_names() -> list[str]:
    return sorted(m.name for m in pkgutil.iter_modules(services.adapters.__path__) if m.ispkg)


def load_adapters() -> None:
    """Import every adapter package: for a process that is about to fork, so that it happens once."""
    for name in adapter_names():
        importlib.import_module(f"services.adapters.{name}")


@asynccontextmanager
async def open_ports(settings: Settings, clock: Clock) -> AsyncIterator[Ports]:
    """Build every adapter package; close them in reverse order."""
    ports = Ports()
    context = AdapterContext(settings.for_adapters(), clock)
    async with AsyncExitStack() as stack:
        for name in adapter_names():
            module = importlib.import_module(f"services.adapters.{name}")
            built: Built = await module.build(context)
            stack.push_async_callback(built.close)
            ports.add(name, module.PROVIDES, built)
        yield ports


def _identity(
    settings: Settings, clock: Clock, ports: Ports, idempotency: Idempotency, keyring: KeyRing
) -> IdentityService:
    redirects = frozenset({f"{settings.public_url}/auth/callback", *settings.sign_in_redirect_uris})
    return IdentityService(
        provider=ports.get(IdentityProvider),
        sign_ins=ports.get(SignInStore),
        people=ports.get(PeopleStore),
        sessions=ports.get(SessionStore),
        keys=PurposeKeys(keyring, KeyPurpose.ACCESS),
        fast_state=ports.get(FastState),
        events=ports.get(EventBus),
        idempotency=idempotency,
        clock=clock,
        issuer=settings.public_url,
        client_id=settings.identity_client_id,
        rules=SignInRules(redirects, settings.sign_ins_per_address),
    )


def _verification(
    settings: Settings, clock: Clock, ports: Ports, keyring: KeyRing, wallet: WalletService
) -> VerificationService:
    return VerificationService(
        certificates=wallet,
        types=registry(),
        keys=PurposeKeys(keyring, KeyPurpose.PRESENTATION),
        carrier=JwtCarrier(),
        ledger=ports.get(ScanLedger),
        fast_state=ports.get(FastState),
        events=ports.get(EventBus),
        clock=clock,
        issuer=settings.public_url,
        checks_per_address=settings.checks_per_address,
    )


@asynccontextmanager
async def open_services(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Services]:
    """The whole product, ready to serve; closed when the block ends."""
    clock = clock or SystemClock()
    async with open_ports(settings, clock) as ports, AsyncExitStack() as running:
        unit_of_work = ports.get(UnitOfWork)
        idempotency = Idempotency(unit_of_work, ports.get(IdempotencyStore))
        durable = Engine(ports.get(FlowStore), unit_of_work, clock)
        keyring = KeyRing(ports.get(KeyStore), clock)
        await running.enter_async_context(keyring.running())
        identity = _identity(settings, clock, ports, idempotency, keyring)
        await running.enter_async_context(identity.running())
        catalog = await running.enter_async_context(
            open_catalog(
                cache_dir=settings.data_dir,
                live=not settings.production,
                clock=clock,
                versions=ports.get(CatalogueVersions),
                personal=ports.get(PersonalItems),
                counts=ports.get(UseCounts),
                fast_state=ports.get(FastState),
                idempotency=idempotency,
                store_ready=ports.checks["store"],
            )
        )
        wallet = WalletService(ports.get(CertificateStore), unit_of_work, registry(), ports.get(FastState), clock)
        forms = forms_service(catalog, identity, wallet, clock)
        applications = applications_service(
            forms=forms,
            store=ports.get(ApplicationStore),
            desks=Desks(ports.desks, ports.common_desks),
            identity=identity,
            wallet=wallet,
            catalog=catalog,
            unit_of_work=unit_of_work,
            idempotency=idempotency,
            durable=durable,
            events=ports.get(EventBus),
            clock=clock,
        )
        await running.enter_async_context(durable.running(settings.drain_seconds))  # last in, so first to stop
        yield Services(
            settings=settings,
            clock=clock,
            ports=ports,
            unit_of_work=unit_of_work,
            idempotency=idempotency,
            events=ports.get(EventBus),
            durable=durable,
            keyring=keyring,
            identity=identity,
            catalog=catalog,
            forms=forms,
            wallet=wallet,
            verification=_verification(settings, clock, ports, keyring, wallet),
            applications=applications,
            inquiries=inquiries_service(catalog, identity, ports.get(RecordSource), ports.get(LastKnown), clock),
        )

"""The composition root: discovers adapters, builds the services on their ports. Only this module knows adapters."""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar, cast

import services.adapters
from gateway.settings import Settings
from services.kernel.adapter import AdapterContext, Built, CircuitState
from services.kernel.clock import Clock, SystemClock
from services.kernel.events import EventBus
from services.kernel.unit_of_work import Idempotency, IdempotencyStore, UnitOfWork

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


def adapter_names() -> list[str]:
    return sorted(m.name for m in pkgutil.iter_modules(services.adapters.__path__) if m.ispkg)


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


@asynccontextmanager
async def open_services(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Services]:
    """The whole product, ready to serve; closed when the block ends."""
    clock = clock or SystemClock()
    async with open_ports(settings, clock) as ports:
        unit_of_work = ports.get(UnitOfWork)
        idempotency = Idempotency(unit_of_work, ports.get(IdempotencyStore))
        yield Services(
            settings=settings,
            clock=clock,
            ports=ports,
            unit_of_work=unit_of_work,
            idempotency=idempotency,
            events=ports.get(EventBus),
        )

"""What bootstrap hands to every adapter, and what an adapter package states about itself.

An adapter package `services/adapters/<system>/__init__.py` has

    PROVIDES = (PortA, PortB)             # the ports it implements, each provided by one adapter only
    async def build(context: AdapterContext) -> Built

`Built.ports` maps each port of PROVIDES to an instance. bootstrap discovers the packages.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class DepartmentEndpoint:
    """How to reach one department system."""

    base_url: str
    secret: str
    """Shared secret that signs our calls and its callbacks (HMAC-SHA256); never logged."""
    deadline_seconds: float = 5.0
    concurrency: int = 32
    """Bulkhead: how many calls may be under way at once from one worker."""


@dataclass(frozen=True, slots=True)
class AdapterSettings:
    """The part of the settings that adapters read. Times are seconds."""

    database_url: str
    redis_url: str | None
    """None: the in-process substitute, for one embedded worker only."""
    master_key: bytes
    """32 bytes; wraps the per-record keys of sensitive columns and keys the look-up hashes."""
    public_url: str
    """Where citizens and verifiers reach the gateway, without a slash at the end."""
    departments: Mapping[str, DepartmentEndpoint] = field(default_factory=dict)
    """By adapter folder name, for example ``medical_insurance``."""
    previous_master_keys: tuple[bytes, ...] = ()
    """Master keys before this one, newest first: they open what they sealed."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What one adapter alone needs, as ``<adapter>.<name>``: ``identity.client_id``."""


class CircuitState(StrEnum):
    """State of the breaker in front of a department."""

    CLOSED = "CLOSED"
    HALF_OPEN = "HALF_OPEN"
    OPEN = "OPEN"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a department system is doing, as far as this worker's own calls can tell."""

    circuit: CircuitState = CircuitState.CLOSED
    failing_since: datetime | None = None
    """When it first failed after its last proper answer; None while it answers."""


@dataclass(frozen=True, slots=True)
class AdapterContext:
    settings: AdapterSettings
    clock: Clock


async def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Built:
    """An adapter, ready to use."""

    ports: Mapping[type, object]
    close: Callable[[], Awaitable[None]] = _nothing
    check: Callable[[], Awaitable[None]] | None = None
    """For stores: raises `StoreDown` while not ready (unreachable, or migrations missing)."""
    circuit: Callable[[], CircuitState] | None = None
    """For departments: the breaker's state, for information."""
    circuits: Mapping[str, Callable[[], CircuitState]] = field(default_factory=dict)
    """The same, by name, of an adapter that stands before many systems."""
    desks: Mapping[str, object] = field(default_factory=dict)
    """For departments that take applications: `services.applications.ports.DepartmentDesk` by system code
    (``YB-CORE``). Many adapters give desks; each system has one."""
    common_desks: Mapping[str, object] = field(default_factory=dict)
    """The same, for whatever a system's own adapter does not take: the well-defined protocol of docs/adapters.md."""

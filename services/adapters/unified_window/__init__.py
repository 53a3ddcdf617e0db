"""Department systems that speak the common protocol of docs/adapters.md: one desk for each code of systems.toml.

Each has its own breaker, bulkhead and session, so that a sick department slows nobody else. All are reached
at `departments["unified_window"]`, unless `departments["<code>"]` (GJJ-YW: ``gjj_yw``) says otherwise.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from services.adapters.unified_window.client import WindowDesk
from services.kernel.adapter import AdapterContext, Built
from services.outbound import DepartmentClient

NAME = "unified_window"
PROVIDES: tuple[type, ...] = ()

__all__ = ["PROVIDES", "WindowDesk", "build", "setting_of", "systems"]


def systems() -> Mapping[str, str]:
    """The systems' Chinese names by code."""
    text = (Path(__file__).parent / "systems.toml").read_text(encoding="utf-8")
    titles: Mapping[str, str] = tomllib.loads(text)
    return titles


def setting_of(system: str) -> str:
    """Name under `departments` of an address of its own: ``GJJ-YW`` → ``gjj_yw``."""
    return system.lower().replace("-", "_")


async def build(context: AdapterContext) -> Built:
    departments = context.settings.departments
    clients: dict[str, DepartmentClient] = {}
    desks: dict[str, object] = {}
    for system, title in systems().items():
        endpoint = departments.get(setting_of(system)) or departments.get(NAME)
        if endpoint is None:
            continue  # nobody said where it is: its items answer ITEM_NOT_OPEN
        clients[system] = DepartmentClient(endpoint, system, context.clock, read_refusal=WindowDesk.read_refusal)
        desks[system] = WindowDesk(system, title, clients[system], endpoint.secret, context.clock)

    async def close() -> None:
        for client in clients.values():
            await client.close()

    circuits = {system: client.circuit for system, client in clients.items()}
    return Built(ports={}, common_desks=desks, close=close, circuits=circuits)

"""`RecordSource` on the record service, with a client, so a breaker and a bulkhead, of its own for each system."""

from collections.abc import Mapping
from typing import Any

from services.adapters.records.wire import MalformedAnswer, block_of, question
from services.inquiries.errors import InquiryRefused
from services.inquiries.model import Block, Party
from services.kernel.adapter import CircuitState, DepartmentEndpoint
from services.kernel.clock import Clock
from services.kernel.errors import DepartmentDown
from services.outbound import DepartmentClient, DepartmentRefused
from services.outbound.client import read_common_refusal

NAME = "records"
_WORST = (CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.CLOSED)


_REFUSALS = {400, 404, 409, 422}


def _read_refusal(status: int, body: Any) -> tuple[str, str] | None:
    """A reason for the citizen; a 401 or 403 with a reason is about our set-up, not about them."""
    return read_common_refusal(status, body) if status in _REFUSALS else None


class RecordDesk:
    """`endpoints` by name: ``records_yb_core`` is where YB-CORE answers, ``records`` where all others do."""

    def __init__(self, endpoints: Mapping[str, DepartmentEndpoint], clock: Clock) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._clients: dict[str, DepartmentClient] = {}

    async def ask(
        self, system: str, resource: str, party: Party | None, conditions: Mapping[str, Any], start: int, count: int
    ) -> Block:
        body = question(resource, party, conditions, start, count)
        client = self._client(system)
        try:
            answer = await client.post(f"/records/{system}/query", body, repeatable=True)
            return block_of(answer, count, self._clock.now())
        except MalformedAnswer as malformed:
            raise DepartmentDown(client.name) from malformed
        except DepartmentRefused as refused:
            raise InquiryRefused(refused.detail[:200] or None, reason=refused.reason[:40]) from refused

    def circuits(self) -> dict[str, CircuitState]:
        """The breaker of each system that was asked."""
        return {system: client.circuit() for system, client in self._clients.items()}

    def circuit(self) -> CircuitState:
        """The worst of them."""
        return min(self.circuits().values(), key=_WORST.index, default=CircuitState.CLOSED)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()

    def _client(self, system: str) -> DepartmentClient:
        """Systems come from the catalogue: there are some sixty."""
        client = self._clients.get(system)
        if client is None:
            name = f"{NAME}_{system.lower().replace('-', '_')}"
            endpoint = self._endpoints.get(name) or self._endpoints[NAME]
            client = self._clients[system] = DepartmentClient(endpoint, name, self._clock, read_refusal=_read_refusal)
        return client

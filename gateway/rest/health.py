"""`/healthz`, `/readyz` and `/metrics`: for the machines that watch over us."""

import asyncio
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.bootstrap import Services
from gateway.draining import draining
from gateway.observability.metrics import CONTENT_TYPE, exposition, observe_department_call, watched
from gateway.responses import JsonResponse
from services.durable.store import FlowStore
from services.kernel.errors import CityError
from services.outbound import client as outbound

CHECK_SECONDS = 2.0
"""A store that takes longer than this to answer is not ready."""


async def healthz(request: Request) -> Response:
    """The process runs and its event loop turns. Says nothing of stores: a restart would not mend them."""
    return JsonResponse({"status": "ok"})


class Readiness:
    """Whether this worker should get requests: its stores answer, the schema is current, it is not draining.

    Departments are named for information only: their outage must not take the hall down with them.
    """

    def __init__(self, services: Services) -> None:
        self._ports = services.ports

    async def __call__(self, request: Request) -> Response:
        started = time.perf_counter()
        names = list(self._ports.checks)
        answers = await asyncio.gather(*(self._check(name) for name in names))
        stores = dict(zip(names, answers, strict=True))
        ready = not draining.begun and all(answer == "ok" for answer in answers)
        body = {
            "status": "draining" if draining.begun else "ready" if ready else "unready",
            "stores": stores,
            "departments": {name: str(state()) for name, state in self._ports.circuits.items()},
            "ms": round((time.perf_counter() - started) * 1000, 1),
        }
        return JsonResponse(body, status_code=200 if ready else 503, headers={"cache-control": "no-store"})

    async def _check(self, name: str) -> str:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._ports.checks[name]()
        except CityError as down:
            return down.code
        except TimeoutError:
            return "TIMEOUT"
        return "ok"


class Metrics:
    """Prometheus text format. With several workers each scrape sees the worker that answers it."""

    def __init__(self, services: Services) -> None:
        self._flows = services.ports.get(FlowStore)

    async def __call__(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                watched.sizes["city_flows"] = await self._flows.sizes()
        except (CityError, TimeoutError):
            watched.sizes.pop("city_flows", None)  # unknown is told by absence, not by an old figure
        return Response(exposition(), media_type=None, headers={"content-type": CONTENT_TYPE})


def routes(services: Services) -> list[BaseRoute]:
    watched.circuits = services.ports.circuits
    if observe_department_call not in outbound.observers:
        outbound.observers.append(observe_department_call)
    return [
        Route("/healthz", healthz),
        Route("/readyz", Readiness(services).__call__),
        Route("/metrics", Metrics(services).__call__),
    ]

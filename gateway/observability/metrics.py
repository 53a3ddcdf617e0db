"""Prometheus metrics. Every label's values come from a closed set, so that no client can add series."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from services.kernel.adapter import CircuitState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CIRCUITS = {CircuitState.CLOSED: 0, CircuitState.HALF_OPEN: 1, CircuitState.OPEN: 2}

registry = CollectorRegistry()

DEPARTMENT_SECONDS = Histogram(
    "city_department_call_seconds",
    "Time of one call to a department system, by its outcome.",
    ("system", "outcome"),
    buckets=BUCKETS,
    registry=registry,
)


class _Timings:
    """Requests of one kind: how many in each bucket, and their seconds together."""

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0


class Requests(Collector):
    """What every request adds to. A Histogram and a Gauge would take a lock four times; the event loop needs none."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._kinds: dict[tuple[str, str, int, str], _Timings] = {}

    def observe(self, route: str, method: str, status: int, operation: str, seconds: float) -> None:
        """`route` is a template of ours or ``unmatched``; `operation` a trusted document's name, ``other`` or empty."""
        kind = (route, method, status, operation)
        timings = self._kinds.get(kind)
        if timings is None:
            kind = (route, method if method in METHODS else "OTHER", status, operation)
            timings = self._kinds.setdefault(kind, _Timings())
        timings.counts[bisect_left(BUCKETS, seconds)] += 1
        timings.sum += seconds

    def collect(self) -> list[Metric]:
        seconds = HistogramMetricFamily(
            "city_request_seconds",
            "Time to answer, by route template and by operation (trusted documents by name, all others as 'other').",
            labels=("route", "method", "status", "operation"),
        )
        for (route, method, status, operation), timings in self._kinds.items():
            buckets = zip((*map(str, BUCKETS), "+Inf"), accumulate(timings.counts), strict=True)
            seconds.add_metric((route, method, str(status), operation), list(buckets), timings.sum)
        in_flight = GaugeMetricFamily("city_requests_in_flight", "Requests and WebSockets under way.", self.in_flight)
        return [seconds, in_flight]


requests = Requests()
registry.register(requests)


def observe_department_call(system: str, outcome: str, seconds: float) -> None:
    """The hook that services.outbound calls after each attempt."""
    DEPARTMENT_SECONDS.labels(system, outcome).observe(seconds)


class Watched(Collector):
    """Gauges read at scrape time: circuits, and whatever else is registered as a function."""

    def __init__(self) -> None:
        self.circuits: Mapping[str, Callable[[], CircuitState]] = {}
        self.caches: dict[str, tuple[Callable[[], int], Callable[[], int]]] = {}
        """Cache name to what reads its hits and its misses."""
        self.sizes: dict[str, Mapping[str, float]] = {}
        """Gauge name to its values by state, refreshed before each scrape; see `gateway.rest.health`."""

    def collect(self) -> list[Metric]:
        circuit = GaugeMetricFamily("city_department_circuit", "0 closed, 1 half open, 2 open.", labels=["system"])
        for system, state in self.circuits.items():
            circuit.add_metric([system], CIRCUITS[state()])
        cache = CounterMetricFamily("city_cache", "Look-ups in our caches.", labels=["cache", "outcome"])
        for name, (hits, misses) in self.caches.items():
            cache.add_metric([name, "hit"], hits())
            cache.add_metric([name, "miss"], misses())
        families: list[Metric] = [circuit, cache]
        for name, values in self.sizes.items():
            family = GaugeMetricFamily(name, "Waiting work by state.", labels=["state"])
            for label, value in values.items():
                family.add_metric([label], value)
            families.append(family)
        return families


watched = Watched()
registry.register(watched)


def exposition() -> bytes:
    return generate_latest(registry)

"""How much of a bare uvicorn app's request rate the gateway keeps on public queries. Ratios of one run.

    python -m bench.transport [seconds]

One worker each, on the same processor in turn, against a bare ASGI app that sends the very same bytes. The
issue asks for 60 %, for a small catalogue query and for 240 items with their materials in one answer.
"""

import json
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from bench.load import Request, client_name, rate_of
from bench.report import Line
from bench.servers import Server, gateway, running

HEADERS = (("content-type", "application/json"), ("accept", "application/graphql-response+json"))
TARGET = 0.6
ROUNDS = 4
WARM_UP_SHARE = 1.2
"""The load client warms up for a fifth of the time; the server works then too."""

SMALL = '{ serviceItem(code: "YB-010") { code name } }'
LARGE = "{ serviceItems(first: 240) { edges { node { code name materials { name } } } } }"


def ask(port: int, query: str) -> tuple[bytes, bytes]:
    """The request's body and the answer's, checked to be without errors."""
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, dict(HEADERS))
    with urllib.request.urlopen(request) as got:  # noqa: S310 - our own server
        answer: bytes = got.read()
    if "errors" in json.loads(answer):
        raise RuntimeError(f"{query}: {answer[:500]!r}")
    return body, answer


@contextmanager
def bare(answer: bytes) -> Iterator[Server]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(answer)
        file.flush()
        with running([sys.executable, "-m", "bench.bare", file.name]) as server:
            yield server


def rate_and_cost(server: Server, request: Request, seconds: float) -> tuple[float, float]:
    """Answers a second, and microseconds of the server's processor time for one."""
    before = server.cpu_seconds()
    rate = rate_of(request, seconds)
    return rate, (server.cpu_seconds() - before) / (rate * seconds * WARM_UP_SHARE) * 1e6


def compare(name: str, query: str, ours: Server, seconds: float) -> Line:
    body, answer = ask(ours.port, query)
    with bare(answer) as theirs:
        measured = [  # in turn, so that a busy moment of the machine meets both
            (
                rate_and_cost(ours, Request(ours.port, "/graphql", body, HEADERS), seconds),
                rate_and_cost(theirs, Request(theirs.port, "/", body, HEADERS), seconds),
            )
            for _ in range(ROUNDS)
        ]
    (rate, cost), (bare_rate, bare_cost) = (
        (max(m[i][0] for m in measured), min(m[i][1] for m in measured)) for i in (0, 1)
    )
    ratio = rate / bare_rate
    return Line(
        name,
        f"{ratio:.0%}",
        f">= {TARGET:.0%}",
        ratio >= TARGET,
        f"of a bare app's rate, {rate:.0f}/s for {bare_rate:.0f}/s; {len(answer)} bytes;"
        f" processor time {cost:.0f} µs for {bare_cost:.0f} µs: {bare_cost / cost if cost else 0:.0%}",
    )


def main(seconds: float) -> list[Line]:
    with gateway() as server:
        queries = (("public: __typename", "{ __typename }"), ("public: one item", SMALL), ("public: 240 items", LARGE))
        return [compare(name, query, server, seconds) for name, query in queries]


if __name__ == "__main__":
    print(f"load client: {client_name()}; best of {ROUNDS} rounds")
    for line in main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0):
        print(line)

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
from bench.servers import gateway, running

HEADERS = (("content-type", "application/json"), ("accept", "application/graphql-response+json"))
TARGET = 0.6

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
def bare(answer: bytes) -> Iterator[int]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(answer)
        file.flush()
        with running([sys.executable, "-m", "bench.bare", file.name]) as port:
            yield port


def ratio(name: str, query: str, gateway_port: int, seconds: float) -> float:
    body, answer = ask(gateway_port, query)
    rates: list[tuple[float, float]] = []
    with bare(answer) as bare_port:
        for _ in range(4):  # in turn, so that a busy moment of the machine meets both
            ours = rate_of(Request(gateway_port, "/graphql", body, HEADERS), seconds)
            rates.append((ours, rate_of(Request(bare_port, "/", body, HEADERS), seconds)))
    ours, theirs = (max(r[i] for r in rates) for i in (0, 1))
    verdict = "ok" if ours / theirs >= TARGET else "BELOW"
    print(f"{name:<28} {len(answer):>8} B {ours:>9.0f}/s {theirs:>9.0f}/s {ours / theirs:>7.0%}  {verdict}")
    return ours / theirs


def main(seconds: float) -> None:
    print(f"load client: {client_name()}")
    print(f"{'query':<28} {'answer':>10} {'gateway':>11} {'bare':>11} {'ratio':>7}  target {TARGET:.0%}")
    with gateway() as port:
        ratio("{ __typename }", "{ __typename }", port, seconds)
        for name, query in (("one item", SMALL), ("240 items with materials", LARGE)):
            ratio(name, query, port, seconds)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0)

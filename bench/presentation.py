"""How much of raw `cryptography` our signing and checking of presentations keep. Ratios of one run.

    python -m bench.presentation [seconds]

The carrier is what the service calls for each token: statement to token, token to proven statement. Raw is
one ECDSA P-256 signature, or check, of the same bytes with the same key object. The issue asks for 60 %.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)

from bench.report import Line
from certs_schema.presentation import Statement, random_name
from certs_schema.registry import registry
from certs_schema.verifier.token import PublicKey
from services.verification.carriers import JwtCarrier

TARGET = 0.6
ROUNDS = 5
ISSUER = "https://city.example"


@dataclass(frozen=True)
class Key:
    kid: str
    private_key: EllipticCurvePrivateKey
    algorithm: str = "ES256"


def rate(work: Callable[[], object], seconds: float) -> float:
    """Calls a second of processor time, so that a crowded machine does not tilt the ratio."""
    calls, started, end = 0, time.process_time(), time.process_time() + seconds
    while time.process_time() < end:
        for _ in range(50):
            work()
        calls += 50
    return calls / (time.process_time() - started)


def compare(name: str, ours: Callable[[], object], raw: Callable[[], object], seconds: float) -> Line:
    rounds = [(rate(ours, seconds), rate(raw, seconds)) for _ in range(ROUNDS)]
    kept = median(mine / theirs for mine, theirs in rounds)
    mine, theirs = (median(column) for column in zip(*rounds, strict=True))
    meaning = f"of raw ECDSA P-256, {mine:.0f}/s for {theirs:.0f}/s of processor time"
    return Line(name, f"{kept:.0%}", f">= {TARGET:.0%}", kept >= TARGET, meaning)


def main(seconds: float) -> list[Line]:
    key, carrier = Key("presentation-" + "k" * 43, generate_private_key(SECP256R1())), JwtCarrier()
    public = PublicKey(key.kid, key.algorithm, key.private_key.public_key())
    loaded = registry().get("INSURED_PROOF")
    claims, holder = loaded.type.minimal(loaded.example), loaded.type.masked_holder(loaded.example)

    def sign() -> str:
        now = int(time.time())
        return carrier.make(
            key,
            Statement(ISSUER, random_name(), random_name(), now, now + 60, loaded.type.code, "MINIMAL", holder, claims),
        )

    token, algorithm = sign(), ECDSA(hashes.SHA256())
    signed = token.rpartition(".")[0].encode()
    der, now = key.private_key.sign(signed, algorithm), time.time()
    return [
        compare("presentation: signing", sign, lambda: key.private_key.sign(signed, algorithm), seconds),
        compare(
            "presentation: checking",
            lambda: carrier.check(carrier.open(token), public, ISSUER, now),
            lambda: public.key.verify(der, signed, algorithm),
            seconds,
        ),
    ]


if __name__ == "__main__":
    for line in main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.3):
        print(line)

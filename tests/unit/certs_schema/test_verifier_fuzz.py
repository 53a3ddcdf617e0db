"""Twenty thousand altered tokens: none verifies unless it means the same, and only the verifier's error is raised."""

import random
import time

from certs_schema.verifier import VerifyError
from tests.unit.certs_schema.making import good, verifier

ROUNDS = 20_000
SLOWEST_SECONDS = 0.5
"""Of one check; the goal is 50 ms on a quiet machine, this bound holds on a crowded one."""
URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def altered(source: random.Random, token: str, other: str) -> str:
    """One random change, or several."""
    for _ in range(source.choice((1, 1, 1, 2, 5))):
        place = source.randrange(len(token) or 1)
        match source.randrange(11):
            case 0:
                token = token[:place] + source.choice(URL_SAFE) + token[place + 1 :]
            case 1:
                token = token[:place] + token[place + 1 :]
            case 2:
                token = token[:place] + source.choice(URL_SAFE + ".=+/ \n\x00é") + token[place:]
            case 3:
                token = (
                    token[:place]
                    + chr(ord(token[place : place + 1] or "A") ^ 1 << source.randrange(8))
                    + token[place + 1 :]
                )
            case 4:
                token = token[:place]
            case 5:
                token += source.choice((".", "=", "==", "A", "\n", token[:20]))
            case 6:
                one, two = token.split("."), other.split(".")
                part = source.randrange(min(len(one), len(two)))
                one[part] = two[part]
                token = ".".join(one)
            case 7:
                parts = token.split(".")
                source.shuffle(parts)
                token = ".".join(parts)
            case 8:
                end = min(len(token), place + source.randrange(1, 40))
                token = token[:place] + token[place:end][::-1] + token[end:]
            case 9:
                token = token.swapcase() if source.random() < 0.1 else token[:place] + token[place:].swapcase()
            case _:
                token = token[:place] + token[place : place + 8] * source.randrange(2, 60) + token[place:]
    return token


def test_no_altered_token_verifies_unless_it_means_the_same() -> None:
    source = random.Random(20261123)
    tokens = [good(f"{number:022d}") for number in range(20)]
    meaning = {token: verifier().verify(token) for token in tokens}
    verified = 0
    for _ in range(ROUNDS):
        token, other = source.sample(tokens, 2)
        text = altered(source, token, other)
        started = time.perf_counter()
        try:
            result = verifier().verify(text)
        except VerifyError:
            result = None
        assert time.perf_counter() - started < SLOWEST_SECONDS
        if result is not None:
            verified += 1
            assert text in tokens, "an altered token verified"
            assert result.presentation == meaning[text].presentation
    assert verified < ROUNDS / 20  # changes that cancel out are rare: the run does try altered ones

"""The circuit breaker, the bulkhead and the signature."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks import signing
from services.kernel.adapter import CircuitState
from services.kernel.clock import FixedClock
from services.kernel.errors import Overloaded
from services.outbound import SignatureRefused, sign, verify
from services.outbound.breaker import Breaker, BreakerRule
from services.outbound.bulkhead import Bulkhead

RULE = BreakerRule(window=timedelta(seconds=60), least_calls=4, open_for=timedelta(seconds=15), trials=2)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def run(breaker: Breaker, outcomes: Sequence[bool]) -> None:
    for good in outcomes:
        assert breaker.allow()
        breaker.succeeded() if good else breaker.failed()


def test_half_of_the_calls_failing_opens_it_and_fewer_do_not(clock: FixedClock) -> None:
    breaker = Breaker(clock, RULE)
    run(breaker, [True, True, True, False, False])
    assert breaker.state is CircuitState.CLOSED
    run(breaker, [False])
    assert breaker.state is CircuitState.OPEN
    assert not breaker.allow()


def test_too_few_calls_never_open_it_and_old_failures_are_forgotten(clock: FixedClock) -> None:
    breaker = Breaker(clock, RULE)
    run(breaker, [False, False, False])
    clock.advance(timedelta(seconds=61))
    run(breaker, [False, True])
    assert breaker.state is CircuitState.CLOSED


def test_after_a_pause_it_lets_one_trial_through_at_a_time_and_closes_after_two(clock: FixedClock) -> None:
    states: list[CircuitState] = []
    breaker = Breaker(clock, RULE, states.append)
    run(breaker, [False] * 4)
    clock.advance(timedelta(seconds=15))
    assert breaker.allow()
    assert not breaker.allow()
    breaker.succeeded()
    assert breaker.state is CircuitState.HALF_OPEN
    run(breaker, [True])
    assert states == [CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.CLOSED]


def test_a_failed_trial_opens_it_again_and_an_abandoned_one_frees_the_place(clock: FixedClock) -> None:
    breaker = Breaker(clock, RULE)
    run(breaker, [False] * 4)
    clock.advance(timedelta(seconds=15))
    assert breaker.allow()
    breaker.abandoned()
    assert breaker.allow()
    breaker.failed()
    assert breaker.state is CircuitState.OPEN
    clock.advance(timedelta(seconds=14))
    assert not breaker.allow()


@given(st.lists(st.tuples(st.sampled_from(["good", "bad", "gone"]), st.integers(0, 20)), max_size=60))
def test_whatever_happens_an_open_circuit_lets_calls_through_again_in_time(calls: list[tuple[str, int]]) -> None:
    clock = FixedClock(NOW)
    breaker = Breaker(clock, RULE)
    for outcome, seconds in calls:
        clock.advance(timedelta(seconds=seconds))
        if breaker.allow():
            {"good": breaker.succeeded, "bad": breaker.failed, "gone": breaker.abandoned}[outcome]()
    clock.advance(RULE.open_for)
    assert breaker.allow()


async def test_the_bulkhead_holds_so_many_lets_as_many_wait_and_refuses_the_rest_at_once() -> None:
    bulkhead, release, held = Bulkhead(2, patience=5), asyncio.Event(), 0

    async def call() -> None:
        nonlocal held
        async with bulkhead.place():
            held += 1
            await release.wait()

    calls = [asyncio.create_task(call()) for _ in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert held == 2
    with pytest.raises(Overloaded) as refused:
        await call()
    assert refused.value.extensions["retryAfterSeconds"] == 1
    release.set()
    await asyncio.gather(*calls)
    assert held == 4


async def test_who_waits_too_long_for_a_place_is_told_and_leaves_no_trace() -> None:
    bulkhead = Bulkhead(1, patience=0.01)
    async with bulkhead.place():
        for _ in range(3):
            with pytest.raises(Overloaded):
                async with bulkhead.place():
                    pass
    async with bulkhead.place():
        pass


texts = st.text(st.characters(codec="ascii", exclude_characters="\n\r"), min_size=1, max_size=30)


@given(texts, st.binary(max_size=50), texts)
def test_both_sides_write_the_same_signature(secret: str, body: bytes, target: str) -> None:
    ours = {name.lower(): value for name, value in sign(secret, "post", target, body, NOW).items()}
    assert signing.is_signed(secret, "POST", target, ours, body, NOW)
    theirs = {n.lower(): v for n, v in signing.signed_headers(secret, "POST", target, body, NOW).items()}
    assert verify(secret, "POST", target, theirs, body, NOW) == theirs["x-nonce"]


@pytest.mark.parametrize(
    "headers",
    [
        {"x-timestamp": "²", "x-nonce": "n", "x-signature": "s"},
        {"x-timestamp": "9" * 400, "x-nonce": "n", "x-signature": "s"},
        {"x-timestamp": str(int(NOW.timestamp())), "x-nonce": "n" * 65, "x-signature": "s"},
        {"x-timestamp": str(int(NOW.timestamp())), "x-nonce": "n", "x-signature": "签"},
    ],
)
def test_odd_headers_are_refused_and_never_an_error(headers: dict[str, str]) -> None:
    with pytest.raises(SignatureRefused):
        verify("secret", "POST", "/", headers, b"", NOW)


def test_the_example_of_the_readme_is_what_both_sides_compute() -> None:
    values = ("s", "POST", "/callbacks/medical_insurance", "1700000000", "00", b"")
    expected = "667c0b23ecb3a6494f3e5b7b162254e4a3cb04ec3564e20bba61312da6fb9186"
    assert signing.signature(*values) == expected
    headers = {"x-timestamp": values[3], "x-nonce": values[4], "x-signature": expected}
    moment = datetime.fromtimestamp(1_700_000_000, UTC)
    assert verify(values[0], values[1], values[2], headers, values[5], moment) == "00"
    assert expected in Path("services/outbound/README.md").read_text(encoding="utf-8")

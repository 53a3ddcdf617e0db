"""The states of keys follow from the clock alone."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.keyring.model import ALGORITHM, KeyPurpose, KeyRow, KeyState, timeline

START = datetime(2026, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(minutes=30)


def key(sequence: int, minutes: int, revoked: int | None = None) -> KeyRow:
    at = START + timedelta(minutes=minutes)
    gone = None if revoked is None else START + timedelta(minutes=revoked)
    return KeyRow(f"k{sequence}", KeyPurpose.ACCESS, sequence, ALGORITHM, b"", at - timedelta(hours=1), at, gone)


def states(keys: list[KeyRow], minute: int) -> list[KeyState]:
    return [view.state_at(START + timedelta(minutes=minute)) for view in timeline(keys, OVERLAP)]


def test_a_key_is_next_then_active_then_retiring_then_retired() -> None:
    keys = [key(1, 0), key(2, 100)]
    assert states(keys, 99) == [KeyState.ACTIVE, KeyState.NEXT]
    assert states(keys, 100) == [KeyState.RETIRING, KeyState.ACTIVE]
    assert states(keys, 129) == [KeyState.RETIRING, KeyState.ACTIVE]
    assert states(keys, 130) == [KeyState.RETIRED, KeyState.ACTIVE]


def test_a_revoked_key_is_retired_from_that_moment() -> None:
    assert states([key(1, 0, revoked=50)], 49) == [KeyState.ACTIVE]
    assert states([key(1, 0, revoked=50)], 50) == [KeyState.RETIRED]


def test_a_revoked_next_key_leaves_its_predecessor_active() -> None:
    assert states([key(1, 0), key(2, 100, revoked=60)], 200) == [KeyState.ACTIVE, KeyState.RETIRED]


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6), st.integers(0, 2000))
def test_exactly_one_key_is_active_once_the_first_has_started(starts: list[int], minute: int) -> None:
    keys = [key(number, start) for number, start in enumerate(sorted(starts), 1)]
    active = states(keys, minute).count(KeyState.ACTIVE)
    assert active == (1 if minute >= min(starts) else 0)


@given(st.lists(st.tuples(st.integers(0, 1000), st.none() | st.integers(0, 1500)), min_size=1, max_size=6))
def test_never_are_two_keys_active_and_no_key_comes_back(drawn: list[tuple[int, int | None]]) -> None:
    keys = [key(number, start, gone) for number, (start, gone) in enumerate(drawn, 1)]
    order = list(KeyState)
    before = [KeyState.NEXT] * len(keys)
    for minute in range(0, 1600, 25):
        now = states(keys, minute)
        assert now.count(KeyState.ACTIVE) <= 1
        assert all(order.index(earlier) <= order.index(later) for earlier, later in zip(before, now, strict=True))
        before = now

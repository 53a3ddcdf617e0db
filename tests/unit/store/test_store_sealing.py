"""A sealed value opens with the right key, in its place, unaltered; and not otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.store.sealing import SealBroken, Sealer

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
PLACE = "person.profile:1"


@given(value=st.binary(max_size=500), place=st.text(max_size=50))
def test_what_was_sealed_opens_again(value: bytes, place: str) -> None:
    sealer = Sealer(OLD)
    assert sealer.open(sealer.seal(value, place), place) == value


@given(value=st.binary(max_size=50), data=st.data())
def test_a_value_with_any_bit_changed_does_not_open(value: bytes, data: st.DataObject) -> None:
    sealer = Sealer(OLD)
    sealed = bytearray(sealer.seal(value, PLACE))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        sealer.open(bytes(sealed), PLACE)


@given(data=st.data())
def test_a_value_cut_short_does_not_open(data: st.DataObject) -> None:
    sealer = Sealer(OLD)
    sealed = sealer.seal(b"value", PLACE)
    with pytest.raises(SealBroken):
        sealer.open(sealed[: data.draw(st.integers(0, len(sealed) - 1))], PLACE)


@pytest.mark.parametrize("place", ["person.profile:2", "company.profile:1", ""])
def test_a_value_moved_to_another_row_or_column_does_not_open(place: str) -> None:
    sealer = Sealer(OLD)
    with pytest.raises(SealBroken):
        sealer.open(sealer.seal(b"value", PLACE), place)


def test_another_master_key_does_not_open() -> None:
    with pytest.raises(SealBroken):
        Sealer(OTHER).open(Sealer(OLD).seal(b"value", PLACE), PLACE)


def test_the_same_value_sealed_twice_looks_different() -> None:
    sealer = Sealer(OLD)
    assert sealer.seal(b"value", PLACE) != sealer.seal(b"value", PLACE)


def test_after_a_rotation_old_values_open_and_new_ones_need_the_new_key() -> None:
    before, after = Sealer(OLD), Sealer(NEW, [OLD])
    assert after.open(before.seal(b"value", PLACE), PLACE) == b"value"
    with pytest.raises(SealBroken):
        before.open(after.seal(b"value", PLACE), PLACE)
    assert Sealer(NEW).open(after.seal(b"value", PLACE), PLACE) == b"value"


def test_look_ups_stay_the_same_after_a_rotation() -> None:
    before, after = Sealer(OLD), Sealer(NEW, [OLD])
    assert after.lookup("id_number", "371599199001010011") == before.lookup("id_number", "371599199001010011")
    assert Sealer(NEW).lookup("id_number", "1") != before.lookup("id_number", "1")


def test_look_ups_for_different_purposes_differ() -> None:
    assert Sealer(OLD).lookup("id_number", "1") != Sealer(OLD).lookup("phone", "1")


@pytest.mark.parametrize("keys", [(b"short", ()), (OLD, (b"short",))])
def test_a_master_key_of_the_wrong_length_is_refused(keys: tuple[bytes, tuple[bytes, ...]]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(*keys)

"""Identifiers sort by time and read well over the phone."""

from uuid import UUID

from services.kernel.ids import new_id, readable_number


def test_ids_are_version_seven_and_unique() -> None:
    ids = [new_id() for _ in range(2000)]
    assert len(set(ids)) == 2000
    assert {UUID(one).version for one in ids} == {7}
    assert {UUID(one).variant for one in ids} == {"specified in RFC 4122"}


def test_ids_sort_by_the_millisecond_they_were_made_in() -> None:
    ids = [new_id() for _ in range(2000)]
    prefixes = [one[:13] for one in ids]
    assert prefixes == sorted(prefixes)


def test_a_readable_number_has_no_letters_that_are_mistaken_for_others() -> None:
    number = readable_number("SQ")
    prefix, letters = number.split("-")
    assert prefix == "SQ"
    assert len(letters) == 10
    assert not set(letters) & set("01IO")

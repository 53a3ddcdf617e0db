"""GB/T 36904 identifiers: the real ones pass, the false one is refused, ours are issued strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs_schema.identifier import IdentifierError, check_character, import_warnings, issue, parse

REAL = [
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
    "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
    "1.2.156.3005.2.11100000000013338W087.11370800MB28559184.37080001202411010001.001.3",
]
FALSE = "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize("text", REAL)
def test_identifiers_of_real_certificates_pass(text: str) -> None:
    assert str(parse(text)) == text


def test_the_published_false_identifier_is_refused_by_its_check_character() -> None:
    with pytest.raises(IdentifierError, match="is M, computed D"):
        parse(FALSE)


def test_import_warns_of_a_false_check_and_of_an_issuer_without_credit_code() -> None:
    assert import_warnings(FALSE) == ["the check character is M, computed D"]
    assert import_warnings(REAL[1]) == ["the issuer is not a valid credit code"]
    assert import_warnings(REAL[0]) == []


def test_an_identifier_is_issued_strictly() -> None:
    one = issue("11100000000013338W011", "11430000006122244L", "20230000403")
    assert str(one) == REAL[0]
    for type_code, issuer, serial, version in (
        ("11100000000013338W01", "11430000006122244L", "1", 1),
        ("11100000000013338W011", "340100", "1", 1),
        ("11100000000013338X011", "11430000006122244L", "1", 1),
        ("11100000000013338W011", "11430000006122244L", "a", 1),
        ("11100000000013338W011", "11430000006122244L", "", 1),
        ("11100000000013338W011", "11430000006122244L", "1", 0),
        ("11100000000013338W011", "11430000006122244L", "1", 1000),
    ):
        with pytest.raises(IdentifierError):
            issue(type_code, issuer, serial, version)


@given(st.text(ALPHABET, min_size=1, max_size=40), st.data())
def test_one_wrong_character_changes_the_check(serial: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(serial) - 1))
    other = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != serial[place]]))
    assert check_character(serial) != check_character(serial[:place] + other + serial[place + 1 :])


@given(st.text(max_size=300))
def test_no_text_breaks_the_import(text: str) -> None:
    assert import_warnings(text) != []

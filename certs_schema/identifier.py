"""Certificate identifiers of GB/T 36904-2018: issued strictly, and checked.

``1.2.156.3005.2.<type code 21>.<issuer>.<serial>.<version 3>.<check>``; the check character is ISO/IEC 7064
MOD 37,36 over the four fields without root and dots, A=10 … Z=35. An implementation that takes A=11 is
widespread and wrong. Issuer codes of old certificates are not always credit codes: strict when issued, a
warning when imported.
"""

import re
from dataclasses import dataclass

ROOT = "1.2.156.3005.2"
MAX_LENGTH = 128
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SHAPE = re.compile(
    r"1\.2\.156\.3005\.2\.([0-9A-Z]{17,21})\.([0-9A-Z]{1,32})\.([0-9A-Z]{1,40})\.([0-9]{3})\.([0-9A-Z])"
)


class IdentifierError(ValueError):
    """The identifier or its parts break GB/T 36904; the text says how."""


@dataclass(frozen=True, slots=True)
class CertificateIdentifier:
    """A certificate identifier in its parts."""

    type_code: str
    issuer: str
    serial: str
    version: str
    check: str

    def __str__(self) -> str:
        return f"{ROOT}.{self.type_code}.{self.issuer}.{self.serial}.{self.version}.{self.check}"


def check_character(payload: str) -> str:
    """The ISO/IEC 7064 MOD 37,36 check character. Raises `IdentifierError` for a character outside 0-9A-Z."""
    product = 36
    for letter in payload:
        value = _ALPHABET.find(letter)
        if value < 0:
            raise IdentifierError("only 0-9 and A-Z stand in a certificate identifier")
        product = (product + value) % 36 or 36
        product = product * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def parse(text: str) -> CertificateIdentifier:
    """The parts of an identifier whose shape and check character are right. Raises `IdentifierError`."""
    found = _SHAPE.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        raise IdentifierError("not of the form 1.2.156.3005.2.<type>.<issuer>.<serial>.<version>.<check>")
    one = CertificateIdentifier(*found.groups())
    expected = check_character(one.type_code + one.issuer + one.serial + one.version)
    if one.check != expected:
        raise IdentifierError(f"the check character is {one.check}, computed {expected}")
    return one


def issue(type_code: str, issuer: str, serial: str, version: int = 1) -> CertificateIdentifier:
    """A new identifier, strictly formed: type code of 21, issuer a valid credit code. Raises `IdentifierError`."""
    if not re.fullmatch(r"[0-9A-Z]{18}[0-9]{3}", type_code):
        raise IdentifierError("a type code is the credit code of the defining body and 3 digits")
    for uscc in (type_code[:18], issuer):
        if not is_uscc(uscc):
            raise IdentifierError("a defining body or issuer is named by a valid credit code (GB 32100)")
    if not re.fullmatch(r"[0-9A-Z]{1,40}", serial):
        raise IdentifierError("a serial is 1 to 40 of 0-9 and A-Z")
    if not 1 <= version <= 999:
        raise IdentifierError("a version is 1 to 999")
    parts = (type_code, issuer, serial, f"{version:03d}")
    return CertificateIdentifier(*parts, check_character("".join(parts)))


def import_warnings(text: str) -> list[str]:
    """What is odd about an identifier that another system issued; empty when nothing. Never raises."""
    try:
        one = parse(text)
    except IdentifierError as error:
        return [str(error)]
    warnings = []
    if len(one.type_code) != 21:
        warnings.append("the type code is not 21 characters long")
    if not is_uscc(one.issuer):
        warnings.append("the issuer is not a valid credit code")
    return warnings


def is_uscc(code: str) -> bool:
    """Whether `code` is a unified social credit code with a right check character (GB 32100)."""
    if len(code) != 18 or any(letter not in _USCC for letter in code):
        return False
    total = sum(_USCC.index(letter) * pow(3, place, 31) for place, letter in enumerate(code[:17]))
    return _USCC[-total % 31] == code[17]

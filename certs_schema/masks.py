"""How a value is masked before it is shown (亮证脱敏). The rules are those of the domain's `mask_rules`.

A value too short for its rule shows less, never more. `mask` returns None where nothing may be shown.
"""

import re
from collections.abc import Callable
from enum import StrEnum

_STAR = "*"
_COUNTY = re.compile(r"^(?:.{2,8}?(?:省|自治区))?(?:.{2,8}?(?:市|自治州|地区|盟))?(?:.{1,8}?(?:县|市|区|旗))")
_LONGER = re.compile(r"\d{17}[\dX].")
_TOWN = re.compile(r"^.{1,10}?(?:街道|镇|乡|苏木)")


class Mask(StrEnum):
    """The rule of a field."""

    NONE = "none"
    NAME = "name"
    ID18 = "id18"
    DATE_YEAR = "date_year"
    ADDRESS = "address"
    CERT_NO = "cert_no"
    BANK = "bank"
    PLATE = "plate"
    TOKEN = "token"  # noqa: S105 - the name of a rule, not a secret
    IMAGE_LOW = "image_low"
    HIDDEN = "hidden"


def mask(rule: Mask, text: str) -> str | None:
    """`text` as it may be shown under `rule`; None when it may not be shown at all."""
    return _RULES[rule](text)


def _name(text: str) -> str:
    if "·" in text:
        return text.split("·", 1)[0][:1] + _STAR * 2
    if len(text) <= 1:
        return _STAR
    return text[0] + _STAR if len(text) == 2 else text[0] + _STAR * (len(text) - 2) + text[-1]


def _identity(text: str) -> str:
    """A longer number that begins with an identity number hides what follows it too: a disabled person's
    certificate number ends in the codes of the disability."""
    if _LONGER.match(text):
        return _ends(text[:18], 3, 4) + _STAR * (len(text) - 18)
    return _ends(text, 3, 4)


def _ends(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return _STAR * max(len(text), 1)
    return text[:head] + _STAR * (len(text) - head - tail) + (text[-tail:] if tail else "")


def _year(text: str) -> str:
    return text[:4] + "年" if re.match(r"\d{4}", text) else _STAR


def _address(text: str) -> str:
    county = _COUNTY.match(text)
    if county is None:
        return _STAR * 4
    town = _TOWN.match(text[county.end() :])
    return text[: county.end() + (town.end() if town else 0)] + _STAR * 4


_RULES: dict[Mask, Callable[[str], str | None]] = {
    Mask.NONE: lambda text: text,
    Mask.NAME: _name,
    Mask.ID18: _identity,
    Mask.DATE_YEAR: _year,
    Mask.ADDRESS: _address,
    Mask.CERT_NO: lambda text: _ends(text, 2, 4),
    Mask.BANK: lambda text: _ends(text, 0, 4),
    Mask.PLATE: lambda text: _ends(text, 2, 2),
    Mask.TOKEN: lambda text: None,
    Mask.IMAGE_LOW: lambda text: None,
    Mask.HIDDEN: lambda text: None,
}

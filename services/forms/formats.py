"""Named formats of texts: a pattern for the schema, and check digits that no pattern can say."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def id_check_digit(number: str) -> bool:
    """GB 11643-1999, of 18 characters."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17]


def id_birth_date(number: str) -> date | None:
    """The day of birth that a resident id number holds; None when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def id_gender(number: str) -> str:
    """GB/T 2261.1: 1 male, 2 female."""
    return "1" if int(number[16]) % 2 else "2"


def uscc_check_digit(code: str) -> bool:
    """GB 32100-2015, of 18 characters."""
    total = sum(_USCC_CHARACTERS.index(one) * weight for one, weight in zip(code[:17], _USCC_WEIGHTS, strict=True))
    return _USCC_CHARACTERS[(31 - total % 31) % 31] == code[17]


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B: bank cards."""
    doubled = (sum(divmod(int(one) * 2, 10)) for one in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(doubled)) % 10 == 0


@dataclass(frozen=True, slots=True)
class Format:
    """`about` follows the label in the sentence: 手机号码 + 须为 11 位数字."""

    pattern: str
    about: str
    longest: int
    check: Callable[[str], bool] | None = None
    check_about: str = ""

    def matches(self, value: str) -> bool:
        return re.search(self.pattern, value) is not None and not value.endswith("\n")


FORMATS: dict[str, Format] = {
    "resident_id": Format(
        r"^[1-9][0-9]{5}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]$",
        "须为 18 位，最后一位是数字或大写字母 X",
        18,
        id_check_digit,
        "最后一位不对，请核对后重填",
    ),
    "uscc": Format(
        r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$",
        "须为 18 位数字和大写字母（没有 I、O、S、V、Z）",
        18,
        uscc_check_digit,
        "最后一位不对，请对照营业执照核对后重填",
    ),
    "bank_card": Format(r"^[0-9]{12,19}$", "须为 12 至 19 位数字，不要空格", 19, luhn, "不对，请对照银行卡核对后重填"),
    "bank_account": Format(r"^[0-9]{8,30}$", "须为 8 至 30 位数字，不要空格", 30),
    "mobile": Format(r"^1[0-9]{10}$", "须为 11 位数字，以 1 开头", 11),
    "phone": Format(
        r"^(1[0-9]{10}|0[0-9]{2,3}-?[0-9]{7,8})$", "须为 11 位手机号码，或带区号的固定电话，如 0635-8240000", 13
    ),
    "email": Format(
        r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,4}$",
        "的格式不对，应如 name@example.cn",
        120,
    ),
    "postcode": Format(r"^[0-9]{6}$", "须为 6 位数字", 6),
    "person_name": Format(
        r"^[\u3400-\u9fff]([\u3400-\u9fff·]{0,48}[\u3400-\u9fff])$|^[A-Za-z][A-Za-z .'-]{1,48}$",
        "须与身份证一致：2 至 50 个汉字，或护照上的拼音",
        50,
    ),
    "plate": Format(
        r"^鲁P[A-HJ-NP-Z0-9]{4}([A-HJ-NP-Z0-9]|[0-9A-HJ-NP-Z][0-9A-HJ-NP-Z]|学|挂|警)$",
        "须为聊城号牌，以“鲁P”开头，后面 5 位（新能源车 6 位）",
        8,
    ),
    "plate_any": Format(
        r"^[\u4e00-\u9fff][A-Z][A-HJ-NP-Z0-9]{4}([A-HJ-NP-Z0-9]{1,2}|学|挂|警)$", "的格式不对，应如 鲁P12345", 8
    ),
    # No check of place 9: cars imported from Europe do not keep it.
    "vin": Format(r"^[A-HJ-NPR-Z0-9]{17}$", "须为 17 位数字和大写字母（没有 I、O、Q）", 17),
    "engine_number": Format(r"^[A-Z0-9*-]{4,20}$", "须为 4 至 20 位数字和大写字母", 20),
    "property_unit": Format(r"^[0-9]{6}[0-9]{6}[A-Z]{2}[0-9]{5}[A-Z][0-9]{8}$", "须为 28 位不动产单元号，不要空格", 28),
    "passport": Format(r"^[A-Z][A-Z0-9][0-9]{7}$", "须为 1 至 2 位字母加数字，共 9 位", 9),
    "permit_hk_macao": Format(r"^[HMC][0-9]{8}$", "须为 1 位字母加 8 位数字", 9),
    "birth_certificate": Format(r"^[A-Z][0-9]{9}$", "须为 1 位大写字母加 9 位数字", 10),
    "application_number": Format(r"^[A-Za-z0-9-]{6,40}$", "须为 6 至 40 位数字、字母", 40),
    "certificate_number": Format(
        r"^[0-9A-Za-z\u4e00-\u9fff()（）〔〕\[\]【】/·.#-]{2,60}$",
        "只能有汉字、数字、字母、括号和短横线，2 至 60 个字",
        60,
    ),
    "meter_number": Format(r"^[0-9]{4,16}$", "须为 4 至 16 位数字", 16),
    "digits": Format(r"^[0-9]{1,30}$", "只能是数字", 30),
    "website": Format(r"^https?://[A-Za-z0-9.-]{3,120}(/[^\s]{0,200})?$", "须以 http:// 或 https:// 开头", 330),
    "icd_code": Format(r"^[A-Z][0-9]{2}(\.[0-9A-Za-z]{1,6})?$", "应如 I10 或 E11.900", 10),
    "time": Format(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "应如 09:30", 5),
}

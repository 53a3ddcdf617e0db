"""What a certificate type declares: its fields, how each is masked, who holds and issues it, how long it holds.

A type is one folder `types/<code in lower case>/` with `declaration.toml`, `example.json` (claims of a demo
person), and two generated files: `claims.schema.json` and `vectors.json`. `registry` reads them.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from certs_schema.masks import Mask, mask

Claims = Mapping[str, Any]
"""Claims of one certificate by field key: strings, integers and booleans, as the issuer gave them."""

LONGEST_NAME = 4
"""Characters of a person's name without a middle dot; longer ones are not met."""
LONG_TERM = "长期"
"""What a date field says when the certificate has no end."""


class Certainty(StrEnum):
    """How sure a fact is: from law or standard, likely practice, our assumption, or not found."""

    CERTAIN = "certain"
    LIKELY = "likely"
    ASSUMED = "assumed"
    UNKNOWN = "unknown"


class Sensitivity(StrEnum):
    """How personal a field is: public, personal, sensitive, highly sensitive (health, minors, hardship)."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"


class FieldType(StrEnum):
    """What a claim's value is. Dates are ``YYYY-MM-DD`` text; decimals are text, so that no cent is lost."""

    STRING = "string"
    TEXT = "text"
    ENUM = "enum"
    DATE = "date"
    MONTH = "month"
    """``YYYY-MM`` text."""
    DATE_OR_LONG_TERM = "date_or_long_term"
    DATETIME = "datetime"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    IMAGE = "image"


class HolderKind(StrEnum):
    """Who may hold a certificate of the type."""

    PERSON = "PERSON"
    COMPANY = "COMPANY"
    EITHER = "EITHER"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a certificate. `format` is a regular expression for text values."""

    key: str
    label_zh: str
    label_en: str
    type: FieldType
    sensitivity: Sensitivity
    mask: Mask = Mask.NONE
    minimal: bool = False
    required: bool = True
    format: str | None = None
    most: int | None = None
    """The greatest value of an integer."""
    choices: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Meaning of each code in Chinese and English, where the value is a code."""

    def shown(self, value: Any) -> str | None:
        """The value in words, unmasked; None when the field is never shown as text."""
        if self.mask in (Mask.TOKEN, Mask.IMAGE_LOW) or self.type is FieldType.IMAGE:
            return None
        if isinstance(value, bool):
            return "是" if value else "否"
        text = str(value)
        return self.choices[text][0] if text in self.choices else text

    def masked(self, value: Any) -> str | None:
        """What may be shown of the value without step-up; None when nothing may."""
        text = self.shown(value)
        return None if text is None else mask(self.mask, text)


class ValidityKind(StrEnum):
    """What gives the last day of a certificate."""

    LONG_TERM = "long_term"
    """Nothing: it holds until something changes it."""
    PERIOD = "period"
    """`months` or `days` from its first day."""
    BY_AGE = "by_age"
    """Months from its first day, by the holder's age on that day (`by_age`)."""
    STATED = "stated"
    """The issuer states it; the rule alone does not give it."""


@dataclass(frozen=True, slots=True)
class AgeBand:
    """How long a certificate made out to a holder of at least `from_age` years holds; None: long term."""

    from_age: int
    months: int | None


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a certificate of the type holds: the rule in words, and as data as far as the rule is precise."""

    rule: str
    certainty: Certainty
    kind: ValidityKind = ValidityKind.STATED
    months: int | None = None
    days: int | None = None
    by_age: tuple[AgeBand, ...] = ()
    """By `from_age`, lowest first."""
    choices_months: tuple[int, ...] = ()
    """Periods that the issuer chooses from; 0 stands for long term."""
    most_months: int | None = None
    """The longest period that the rule allows."""
    review_months: int | None = None
    """Within how long it must be endorsed, reviewed or registered again."""
    end_field: str | None = None
    """Key of the field in which the issuer states the end."""

    def end(self, first_day: date, claims: Claims) -> date | None:
        """The last day of a certificate that holds from `first_day`: as stated in it, or by the rule; None: no end.

        A period of 3 months from 23 November ends with 22 February.
        """
        stated = claims.get(self.end_field) if self.end_field else None
        if stated is not None:
            return None if stated == LONG_TERM else _last_day(str(stated))
        if self.days is not None:
            return first_day + timedelta(days=self.days - 1)
        months = self.months
        if self.kind is ValidityKind.BY_AGE:
            age = _age(date.fromisoformat(str(claims["birth_date"])), first_day)
            months = [band for band in self.by_age if band.from_age <= age][-1].months
        return None if months is None else _after(first_day, months) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FaceGroup:
    """Fields that stand together on the face, in order."""

    title_zh: str
    title_en: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Face:
    """How to lay the certificate out: hints for whoever draws it. Shape, colour and emblem are assumed."""

    description: str
    """The face as the domain file describes it."""
    shape: str
    """``card``, ``page``, ``booklet`` or ``code``."""
    colour: str
    """Main colour, ``#rrggbb``; white text on it has a contrast of at least 4.5."""
    emblem: str
    """Name of the emblem to draw, such as ``police``; a renderer that lacks it draws none."""
    groups: tuple[FaceGroup, ...]


@dataclass(frozen=True, slots=True)
class CertificateType:
    """The declaration of one certificate type."""

    code: str
    name_zh: str
    name_en: str
    holder_kind: HolderKind
    holder_code_types: tuple[str, ...]
    """GB/T 36903 codes: 111 resident identity number, 001 unified social credit code."""
    holder_field: str
    """Key of the field that names the holder; masked in a presentation, unless the name is public (a company's)."""
    issuing_authority: str
    validity: Validity
    adapter: str
    """Which department system it comes from, as in the adapter dictionary: ``YB-CORE``."""
    one_per_holder: bool
    """Whether a new one supersedes the older ones of the same holder."""
    fields: tuple[FieldSpec, ...]
    face: Face
    co_holder_fields: tuple[str, ...] = ()
    """Keys of the fields that name those who hold it equally: the wife on a marriage certificate."""
    about_thing: bool = False
    """Whether it describes a thing (物), a vehicle or a building; its holder is then who owns that."""
    replaces_materials: tuple[str, ...] = ()
    national_type_code: str | None = None
    """GB/T 36904 type code of 21 characters: credit code of the defining body and 3 digits."""
    national_type_code_certainty: Certainty = Certainty.UNKNOWN
    national_type_code_source: str = ""
    available_since: str | None = None
    """``YYYY-MM`` or ``YYYY-MM-DD`` from which it exists in electronic form; None: not found."""
    available_since_note: str = ""
    """What is known of that, with its certainty."""
    available_by_2020_12: str = "likely"
    """``true``, ``likely`` or ``false``: whether it could be shown by the end of 2020, the policy's target date."""
    certainty: str = ""
    note: str = ""

    def field(self, key: str) -> FieldSpec | None:
        """The field of this key."""
        return next((one for one in self.fields if one.key == key), None)

    @property
    def folder(self) -> str:
        return self.code.lower()

    @property
    def minimal_keys(self) -> tuple[str, ...]:
        """Keys of the minimal set (最小披露集), in order."""
        return tuple(one.key for one in self.fields if one.minimal)

    def minimal(self, claims: Claims) -> dict[str, str]:
        """The minimal set, masked and in words: all that a presentation may carry beside the holder.

        Fields without a value, and those that are never text, stay out.
        """
        shown = {
            f.key: f.masked(claims[f.key])
            for f in self.fields
            if f.minimal and f.key in claims and f.key not in (self.holder_field, *self.co_holder_fields)
        }
        return {key: text for key, text in shown.items() if text is not None}

    def masked_holder(self, claims: Claims) -> str:
        """The holder's name, masked: 张*. Two who hold it equally: 张*、李*. A public name stays as it is."""
        keys = (self.holder_field, *self.co_holder_fields)
        return "、".join(self._masked_name(key, claims) for key in keys)

    def _masked_name(self, key: str, claims: Claims) -> str:
        spec, name = self.field(key), str(claims.get(key, ""))
        if spec is None or not name:
            return "*"
        if spec.mask is not Mask.NONE:
            return mask(spec.mask, name) or "*"
        return name if spec.sensitivity is Sensitivity.L1 and self._of_company(name) else mask(Mask.NAME, name) or "*"

    def _of_company(self, name: str) -> bool:
        """Where a person may hold the type too, a name that could be a person's does not count as a company's."""
        return self.holder_kind is HolderKind.COMPANY or (len(name) > LONGEST_NAME and "·" not in name)


def _last_day(stated: str) -> date:
    if len(stated) == len("YYYY-MM"):
        year, month = int(stated[:4]), int(stated[5:])
        return date(year, month, monthrange(year, month)[1])
    return date.fromisoformat(stated)


def _after(first_day: date, months: int) -> date:
    """The calendar twin of `first_day` so many months later; the first of the next month where there is none."""
    years, month = divmod(first_day.month - 1 + months, 12)
    year, month = first_day.year + years, month + 1
    length = monthrange(year, month)[1]
    if first_day.day > length:
        return date(year, month, length) + timedelta(days=1)
    return date(year, month, first_day.day)


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

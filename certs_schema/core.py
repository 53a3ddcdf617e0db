"""What a certificate type declares: its fields, how each is masked, who holds and issues it, how long it holds.

A type is one folder `types/<code in lower case>/` with `declaration.toml`, `example.json` (claims of a demo
person), and two generated files: `claims.schema.json` and `vectors.json`. `registry` reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from certs_schema.masks import Mask, mask

Claims = Mapping[str, Any]
"""Claims of one certificate by field key: strings, integers and booleans, as the issuer gave them."""

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


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a certificate of the type holds."""

    rule: str
    certainty: Certainty
    months: int | None = None
    """End, in months after issue, where the issuer names none; None: until changed."""


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
    """Key of the field that names the holder; always masked in a presentation."""
    issuing_authority: str
    validity: Validity
    adapter: str
    """Which department system it comes from, as in the adapter dictionary: ``YB-CORE``."""
    one_per_holder: bool
    """Whether a new one supersedes the older ones of the same holder."""
    fields: tuple[FieldSpec, ...]
    replaces_materials: tuple[str, ...] = ()
    face_layout: str = ""
    national_type_code: str | None = None
    """GB/T 36904 type code of 21 characters: credit code of the defining body and 3 digits."""
    national_type_code_certainty: Certainty = Certainty.UNKNOWN
    available_by_2020_12: str = "likely"
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
            if f.minimal and f.key in claims and f.key != self.holder_field
        }
        return {key: text for key, text in shown.items() if text is not None}

    def masked_holder(self, claims: Claims) -> str:
        """The holder's name, masked: 张*."""
        spec = self.field(self.holder_field)
        name = str(claims.get(self.holder_field, ""))
        if spec is None or not name:
            return "*"
        return mask(spec.mask if spec.mask is not Mask.NONE else Mask.NAME, name) or "*"

"""A form: sections of fields, when each is asked, and the rules between them. Read from TOML by `reading`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Scalar = str | int | bool


class Kind(StrEnum):
    """What a field holds. The word is the one in the TOML files."""

    TEXT = "text"
    LONG_TEXT = "longtext"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yesno"
    CONSENT = "consent"
    DATE = "date"
    MONTH = "month"
    YEAR = "year"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    COUNTY = "county"
    STREET = "street"
    GROUP = "group"
    LIST = "list"


class Widget(StrEnum):
    """What an app shows to fill a field in."""

    TEXT = "TEXT"
    TEXTAREA = "TEXTAREA"
    RADIO = "RADIO"
    SELECT = "SELECT"
    CHECKBOXES = "CHECKBOXES"
    SWITCH = "SWITCH"
    CONSENT = "CONSENT"
    DATE = "DATE"
    MONTH = "MONTH"
    YEAR = "YEAR"
    NUMBER = "NUMBER"
    MONEY = "MONEY"
    COUNTY = "COUNTY"
    STREET = "STREET"
    GROUP = "GROUP"
    LIST = "LIST"


WIDGETS: Mapping[Kind, Widget] = {
    Kind.TEXT: Widget.TEXT,
    Kind.LONG_TEXT: Widget.TEXTAREA,
    Kind.CHOICE: Widget.SELECT,
    Kind.CHOICES: Widget.CHECKBOXES,
    Kind.YES_NO: Widget.SWITCH,
    Kind.CONSENT: Widget.CONSENT,
    Kind.DATE: Widget.DATE,
    Kind.MONTH: Widget.MONTH,
    Kind.YEAR: Widget.YEAR,
    Kind.INTEGER: Widget.NUMBER,
    Kind.DECIMAL: Widget.NUMBER,
    Kind.MONEY: Widget.MONEY,
    Kind.COUNTY: Widget.COUNTY,
    Kind.STREET: Widget.STREET,
    Kind.GROUP: Widget.GROUP,
    Kind.LIST: Widget.LIST,
}
FEW_OPTIONS = 4
"""Up to so many options are shown side by side."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A field is asked only when its neighbour `field` has one of `values`; `includes`: when the list there has one."""

    field: str
    values: tuple[Scalar, ...]
    includes: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold between fields of the same group; see `rules.RULES`."""

    name: str
    fields: tuple[str, ...]
    message: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in."""

    key: str
    kind: Kind
    label: str
    hint: str | None = None
    required: bool = True
    when: tuple[Condition, ...] = ()
    """All must hold; otherwise the field must be absent."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Value and label, in order."""
    format: str | None = None
    """A named pattern with its check digits; see `formats.FORMATS`."""
    shortest: int = 1
    longest: int = 100
    least: float | None = None
    most: float | None = None
    unit: str | None = None
    places: int = 2
    """Decimal places of a DECIMAL."""
    earliest: str | None = None
    latest: str | None = None
    """``today``, ``today+30d``, ``today-1y``, or a date (a month, a year) itself."""
    min_age: int | None = None
    max_age: int | None = None
    """Full years on the day of filling in, of a resident id number or a date of birth."""
    fields: tuple["Field", ...] = ()
    """Of a group, or of each entry of a list."""
    rules: tuple[Rule, ...] = ()
    unique: str | None = None
    """Of a list: the field that no two entries share."""
    prefill: str | None = None
    messages: Mapping[str, str] = field(default_factory=dict)
    """The item's own sentence by problem code."""
    library: str | None = None
    """The library field it was made from."""

    @property
    def widget(self) -> Widget:
        if self.kind is Kind.CHOICE and len(self.options) <= FEW_OPTIONS:
            return Widget.RADIO
        return WIDGETS[self.kind]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a form under one title; only for the eye, its fields lie in the form itself."""

    title: str
    hint: str | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """Values that must pass (`problems` empty) or must be refused with exactly these ``path CODE``."""

    values: Mapping[str, Any]
    problems: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """What an item asks."""

    title: str
    sections: tuple[Section, ...]
    rules: tuple[Rule, ...] = ()
    examples: tuple[Example, ...] = ()
    intro: str | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(one for section in self.sections for one in section.fields)


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A value that the applicant may reuse. Personal data: never log it."""

    path: str
    value: Any
    source: str
    """Like ``profile.name`` or ``certificate:ID_CARD.address``."""
    source_label: str

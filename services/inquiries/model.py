"""What a query item declares, and what a department answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from certs_schema.masks import Mask
from services.kernel.principal import Assurance, Subject, SubjectKind
from services.kernel.problems import Problem

BLOCK = 100
"""Records are asked for and kept in blocks of so many: the largest page spans two."""
FURTHEST = 100_000
"""No page begins after so many rows."""


class ColumnType(StrEnum):
    """The type of a column's values on the wire and in the graph."""

    TEXT = "text"
    DATE = "date"
    MONTH = "month"
    DATE_TIME = "datetime"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY_FEN = "moneyFen"
    ENUM = "enum"
    STATUS = "status"


class Sensitivity(StrEnum):
    """How careful one must be with a column: anybody may see it; its owner may; it is also masked on screens."""

    PUBLIC = "public"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class ParameterType(StrEnum):
    """The type of what a citizen gives."""

    TEXT = "text"
    INTEGER = "integer"
    YEAR = "year"
    MONTH = "month"
    DATE = "date"
    ENUM = "enum"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `labels` are the words of an enum's codes."""

    key: str
    label: str
    type: ColumnType
    unit: str | None
    mask: Mask
    sensitivity: Sensitivity
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that a citizen may or must give. Bounds are of the number, or of the text's length."""

    key: str
    label: str
    type: ParameterType
    required: bool
    labels: Mapping[str, str]
    pattern: str | None
    hint: str | None
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Declaration:
    """How one item is asked and answered; parsed from `[query]` of its file."""

    of: frozenset[SubjectKind]
    """Whose data it is; empty: public, and nobody needs to sign in."""
    assurance: Assurance
    proof: bool
    """Whether a proof document of the answer exists; making it is not this domain's."""
    page_size: int
    empty: str
    """What a citizen reads when the department has no record."""
    columns: tuple[Column, ...]
    parameters: tuple[Parameter, ...]

    @property
    def public(self) -> bool:
        return not self.of


@dataclass(frozen=True, slots=True)
class Party:
    """Whose data a department is asked for, in words that it knows."""

    kind: SubjectKind
    name: str
    number: str
    """Resident id number, or USCC."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some records of an answer, as the department gave them."""

    total: int
    as_of: datetime
    source: str
    records: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """What an answer was an answer to. `subject` None: public."""

    subject: Subject | None
    item_code: str
    conditions: str
    """The parameters as canonical JSON."""
    start: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: `text` to show, masked and with its unit; `value` typed, None where it is masked."""

    key: str
    text: str
    value: str | int | float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of an inquiry, ready to show."""

    declaration: Declaration
    problems: tuple[Problem, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    start: int = 0
    total: int = 0
    as_of: datetime | None = None
    source: str | None = None
    stale: bool = False

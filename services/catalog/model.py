"""The words of the catalogue: service items, who handles them, and the tables that they refer to.

Enum values are the words of the TOML files; enum names are what the graph shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ItemKind(StrEnum):
    """Type of power or service (权责清单事项类型)."""

    LICENCE = "行政许可"
    CONFIRMATION = "行政确认"
    BENEFIT = "行政给付"
    OTHER_POWER = "其他行政权力"
    RULING = "行政裁决"
    PUBLIC_SERVICE = "公共服务"


class ServiceSubject(StrEnum):
    """Whom an item serves."""

    PERSON = "个人"
    COMPANY = "法人"


class Depth(StrEnum):
    """How far an item goes online (网上办理深度)."""

    FULLY_ONLINE = "全程网办"
    APPLY_ONLINE = "在线申请"
    QUERY = "查询"
    GUIDE = "指引"


class DayUnit(StrEnum):
    """Unit of a legal time limit."""

    WORKING_DAY = "工作日"
    CALENDAR_DAY = "自然日"


class MaterialSource(StrEnum):
    """Where a material comes from: a certificate in the wallet, data another department shares, or the applicant."""

    CERTIFICATE = "CERTIFICATE"
    SHARED_DATA = "SHARED_DATA"
    UPLOAD = "UPLOAD"


class Necessity(StrEnum):
    """Whether an application is accepted without it: never; to be added later (容缺); on a promise (告知承诺)."""

    CORE = "CORE"
    DEFERRABLE = "DEFERRABLE"
    PROMISE = "PROMISE"


class Level(StrEnum):
    """Whose body handles an item."""

    COUNTY = "COUNTY"
    CITY = "CITY"
    PROVINCE = "PROVINCE"


class Certainty(StrEnum):
    """How sure a fact is: by statute or official page; usual practice; set by this project; not known."""

    CERTAIN = "certain"
    LIKELY = "likely"
    ASSUMED = "assumed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "n/a"


@dataclass(frozen=True, slots=True)
class Time:
    """Time limits. 0 days: on the spot."""

    legal_days: int
    legal_unit: DayUnit
    legal_certainty: Certainty
    promised_days: int
    """Working days, always."""
    promised_certainty: Certainty


@dataclass(frozen=True, slots=True)
class Fee:
    charged: bool
    certainty: Certainty
    basis: str | None = None
    amount_fen: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """What an applicant would hand in on paper, and what replaces it."""

    name: str
    source: MaterialSource
    necessity: Necessity
    certificate: str | None = None
    """The certificate type that replaces the paper; only with source CERTIFICATE."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ProcessStep:
    name: str
    actor: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LegalBasis:
    title: str
    article: str | None
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Question:
    """One entry of an item's FAQ."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class ServiceItem:
    """A service item (政务服务事项): the whole guide of one thing that a citizen or company can have done."""

    code: str
    name: str
    department: str
    kind: ItemKind
    subjects: tuple[ServiceSubject, ...]
    themes: tuple[str, ...]
    life_events: tuple[str, ...]
    depth: Depth
    immediate: bool
    """即办件: done on the spot. False: 承诺件, within the promised days."""
    handheld: bool
    effective_from: str
    """Month ``2022-12`` in which the item starts; empty: from the beginning."""
    adapter: str
    result_certificate: str | None
    base_code: str | None
    summary: str
    synonyms: tuple[str, ...]
    notes: str | None
    time: Time
    fee: Fee
    materials: tuple[Material, ...]
    process: tuple[ProcessStep, ...]
    legal_basis: tuple[LegalBasis, ...]
    faq: tuple[Question, ...]
    level: Level
    level_note: str | None
    name_certainty: Certainty
    guide_certainty: Certainty
    verified_by: str | None
    query: Mapping[str, Any] | None = field(default=None, hash=False)
    """`[query]` as in the file: how a query item is asked and answered; `services.inquiries` reads it."""

    @property
    def on_phone(self) -> bool:
        """Whether a citizen can finish it on the phone, with no visit to a counter."""
        return self.handheld and self.depth in {Depth.FULLY_ONLINE, Depth.QUERY}

    def started_by(self, month: str) -> bool:
        """Whether the item exists in `month`, like ``2020-12``."""
        return self.effective_from <= month


@dataclass(frozen=True, slots=True)
class Department:
    code: str
    name: str
    short_name: str
    gloss_en: str | None
    uscc: str | None
    uscc_certainty: Certainty
    kind: str | None
    certainty: Certainty
    note: str | None
    address: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A county, a zone (功能区), a street, or a code that stands for one of them."""

    code: str
    name: str
    kind: str
    parent: str | None
    certainty: Certainty
    gloss_en: str | None = None
    replaced_by: str | None = None
    """The code that took this one's place: 371523 → 371503."""
    managing_zone: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Theme:
    name: str
    group: str | None
    description: str | None


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """一件事: several items that one event of life brings together, in their usual order."""

    name: str
    subjects: tuple[ServiceSubject, ...]
    description: str | None
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandlingBody:
    """Who handles an item for one region."""

    name: str
    short_name: str
    level: Level
    department: Department
    region: Region
    """The region as it is now: historical codes are resolved."""
    certainty: Certainty
    address: str | None
    phone: str | None
    note: str | None


class ChangeKind(StrEnum):
    ADDED = "ADDED"
    CHANGED = "CHANGED"
    REMOVED = "REMOVED"


class CataloguePart(StrEnum):
    """What a change is about: one item, or one of the tables."""

    ITEM = "ITEM"
    DEPARTMENTS = "DEPARTMENTS"
    REGIONS = "REGIONS"
    THEMES = "THEMES"
    LIFE_EVENTS = "LIFE_EVENTS"


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables that items refer to, each in the order of its file."""

    departments: Mapping[str, Department]
    regions: Mapping[str, Region]
    themes: Mapping[str, Theme]
    life_events: Mapping[str, LifeEvent]


@dataclass(frozen=True, slots=True)
class GuideChange:
    """One line of the change feed: what changed at which version of the catalogue."""

    version: int
    kind: ChangeKind
    part: CataloguePart
    code: str
    """The item's code; empty for a table."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """An item that a person keeps or has used, and since when."""

    code: str
    at: datetime


class UseKind(StrEnum):
    """What somebody did with an item: read its guide, or handed in an application."""

    VIEWED = "VIEWED"
    APPLIED = "APPLIED"

"""What applications need of others, in their own words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.applications.model import Application, Change, DeskAnswer, Event, Page, State
from services.kernel.adapter import Standing
from services.kernel.principal import Subject, SubjectKind
from services.kernel.problems import Problem
from services.kernel.unit_of_work import Json


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What an application must know of a service item."""

    code: str
    name: str
    department_code: str
    system: str
    """The department system that takes it, by its code in adapters.csv."""
    subjects: frozenset[SubjectKind]
    open: bool
    """In force now, and its depth allows applying online (not a guide only, not a query)."""
    immediate: bool
    promised_working_days: int
    result_certificate: str | None = None
    """Type of the certificate that it ends with."""


class FormSource(Protocol):
    """The forms of the items, as far as applications check them. In memory: no waiting."""

    def problems_of(self, item_code: str, form: Json) -> tuple[Problem, ...]:
        """All that is wrong with `form`, by dotted path from ``form``; empty when it can be handed in.

        For an item with no form of its own it says whether an empty one will do.
        """


class ItemSource(Protocol):
    """The catalogue, as far as applications read it. In memory: no waiting."""

    def facts(self, code: str) -> ItemFacts:
        """The item. Raises `NotFound`."""

    def has_region(self, code: str) -> bool:
        """Whether applications can be made for this region code."""

    def applied(self, code: str, person_id: str) -> None:
        """Count a use of the item: for the popular and the recently used ones."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """Whom an application is for, as departments know them. Personal data: never log it."""

    kind: SubjectKind
    name: str
    identity_number: str
    """Resident id number of a person, USCC of a company."""


class Applicants(Protocol):
    """Who a subject is."""

    async def applicant(self, subject: Subject) -> Applicant:
        """Name and number. Raises `NotFound`."""


@dataclass(frozen=True, slots=True)
class DeskRequest:
    """An application as it is handed to a department."""

    application_id: str
    number: str
    item_code: str
    region_code: str
    applicant: Applicant
    form: Mapping[str, Json]
    item_name: str = ""
    immediate: bool = True
    promised_working_days: int = 0
    """What the guide promised the applicant, with `immediate`."""
    result_type: str | None = None
    """Certificate type that the guide says comes of it."""
    correction_reference: str = ""
    """The correction that is answered, and in `correction_note` what the applicant says to it."""
    correction_note: str = ""


@dataclass(frozen=True, slots=True)
class DeskCallback:
    """A department's signed message about one application, verified. `nonce` is good for one use."""

    application_id: str
    nonce: str
    answer: DeskAnswer


class DepartmentDesk(Protocol):
    """A department system that takes applications. Every call may be repeated: the department sees the
    same idempotency key (the application's id) and does the work once.

    Each raises `DepartmentDown` or `Overloaded` when there is no proper answer in time; a refusal is an
    answer, not an error. Never call inside a unit of work.
    """

    name: str
    """Unique, and the last part of its callback address: the adapter's folder, or the system code."""
    title: str
    """The system's name in Chinese, for citizens."""

    def takes(self, item_code: str) -> bool:
        """Whether it can handle this item of its system."""

    def standing(self) -> Standing:
        """How the system is doing. In memory: no waiting."""

    async def deliver(self, request: DeskRequest) -> DeskAnswer:
        """Hand in an application."""

    async def status(self, request: DeskRequest) -> DeskAnswer:
        """How it stands; `UNKNOWN` when the department never got it."""

    async def correct(self, request: DeskRequest) -> DeskAnswer:
        """Hand in the answer to the correction it asked: the whole form again, and a note."""

    async def urge(self, request: DeskRequest) -> None:
        """Tell the department that its promise is over (催办)."""

    async def withdraw(self, request: DeskRequest) -> None:
        """Tell the department that the applicant withdrew; quietly done when it never got it."""

    def read_callback(self, target: str, headers: Mapping[str, str], body: bytes) -> DeskCallback:
        """Verify and read a callback POSTed to `target`. Raises `SignatureRefused` or `InvalidInput`."""


class CertificateRegistrar(Protocol):
    """The wallet, as far as applications use it."""

    async def register(
        self,
        holder: Subject,
        type_code: str,
        claims: Mapping[str, Json],
        issuer: str,
        valid_from: date,
        valid_until: date | None,
        source: str,
        as_of: datetime,
    ) -> str:
        """Put a certificate into the holder's wallet, joining the unit of work; its id."""


class ApplicationStore(Protocol):
    """Applications and their events. Writes join the open unit of work."""

    async def add(self, change: Change) -> None:
        """Keep a new application with its first events."""

    async def save(self, change: Change) -> None:
        """Keep a change. Raises `Conflict` when another writer was first: the version moved on."""

    async def get(self, application_id: str) -> Application | None:
        """The application. None when there is none."""

    async def get_for_change(self, application_id: str) -> Application | None:
        """The same, held against other writers until the unit of work ends."""

    async def events(self, application_ids: Collection[str]) -> Mapping[str, Sequence[Event]]:
        """Events of each, oldest first; one statement for all."""

    async def page(self, owner: Subject, states: Collection[State], after: str | None, first: int) -> Page:
        """Newest first, after the application with id `after`. Empty `states`: all."""

    async def use_nonce(self, system: str, nonce: str, content: str, now: datetime, expires_at: datetime) -> str | None:
        """None on the first use, remembered in the open unit of work with `content`, a hash of the message;
        else the content it came with first. Forgets those expired by `now`."""

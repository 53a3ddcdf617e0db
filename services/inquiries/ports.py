"""What inquiries need of others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.inquiries.model import AnswerKey, Block, Party
from services.kernel.principal import Subject


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """The part of a catalogue item that inquiries use."""

    code: str
    department_code: str
    department_name: str
    system: str
    """Code of the department system, like ``YB-CORE``."""
    query: Mapping[str, Any] | None
    """`[query]` of the item's file as it is there; None for items of another depth."""


class Items(Protocol):
    """The catalogue."""

    def query(self, code: str) -> ItemQuery:
        """Raises `NotFound`."""

    def queries(self) -> tuple[ItemQuery, ...]:
        """Every handheld query item, started or not."""

    def has_region(self, code: str) -> bool:
        """Whether it is the code of a county, zone or street of the city."""


class Parties(Protocol):
    """Who a subject is."""

    async def party(self, subject: Subject) -> Party:
        """Raises `NotFound`."""


class RecordSource(Protocol):
    """Every department system that answers inquiries."""

    async def ask(
        self, system: str, resource: str, party: Party | None, conditions: Mapping[str, Any], start: int, count: int
    ) -> Block:
        """`count` records from `start` (0 is the first) of `resource`, an item's code. A read: may be repeated.

        Raises `InquiryRefused`, `DepartmentDown`, `Overloaded`.
        """


class LastKnown(Protocol):
    """The last answer to each question, sealed, for when a department is down."""

    async def keep(self, key: AnswerKey, block: Block, now: datetime) -> None:
        """Put `block` in the place of what was kept for `key`. Raises `StoreDown`."""

    async def find(self, key: AnswerKey) -> Block | None:
        """What was last kept. Raises `StoreDown`."""

    async def purge(self, before: datetime) -> int:
        """Forget what was kept before that moment; how many. Raises `StoreDown`."""

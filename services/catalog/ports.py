"""What the catalogue needs from a store."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from services.catalog.model import GuideChange, Mark, UseKind


class CatalogueVersions(Protocol):
    """The change feed: one growing number for all channels."""

    async def synchronise(self, parts: Mapping[tuple[str, str], str], digest: str, at: datetime) -> int:
        """Compare what is shown (hashes by `CataloguePart` and code) with what was last written down; append one
        change, with one new version, for each difference. Returns the newest version. Of workers that come with
        the same content at once, one alone writes. Repeatable."""

    async def changes(self, since: int, first: int) -> list[GuideChange]:
        """Changes with a version above `since`, the oldest first."""

    async def newest(self) -> int:
        """The newest version; 0 before the first."""


class PersonalItems(Protocol):
    """Favourites and recently used items of a person. Each list comes in one statement, the newest first."""

    async def favourites(self, person_id: str, limit: int) -> list[Mark]: ...

    async def add_favourite(self, person_id: str, code: str, at: datetime, limit: int) -> bool:
        """Whether it is kept now; False when `limit` others are. Adding it again changes nothing. Joins the unit of
        work."""

    async def remove_favourite(self, person_id: str, code: str) -> None:
        """Removing what is not there changes nothing. Joins the unit of work."""

    async def recent(self, person_id: str, limit: int) -> list[Mark]: ...

    async def remember(self, uses: Sequence[tuple[str, str, datetime]]) -> None:
        """Write down (person, item, time) of uses, keeping the newest 20 items of each person."""


class UseCounts(Protocol):
    """How often items are used, by day; no person in it."""

    async def count(self, uses: Mapping[tuple[date, str, UseKind], int]) -> None:
        """Add to the counts, in one statement."""

    async def top(self, since: date, limit: int) -> list[tuple[str, int]]:
        """Item codes with their counts since a day, the highest first."""

"""Counts uses in memory and writes them down every few seconds: reading a guide never waits for the store."""

from collections import Counter
from datetime import date, datetime

from services.catalog.model import UseKind
from services.catalog.ports import PersonalItems, UseCounts
from services.kernel.clock import CHINA, Clock

MOST_WAITING = 10_000
"""People's uses kept while the store is away; the oldest are forgotten first. Counts stay bounded by the items."""


class UseBuffer:
    """A crash loses what was not yet written: a few seconds of counts and recent items, no work."""

    def __init__(self, clock: Clock, counts: UseCounts, personal: PersonalItems) -> None:
        self._clock = clock
        self._counts = counts
        self._personal = personal
        self._waiting: Counter[tuple[date, str, UseKind]] = Counter()
        self._people: dict[tuple[str, str], datetime] = {}

    def note(self, code: str, kind: UseKind | None, person_id: str) -> None:
        """One use of an item by a person; with no `kind` it is not counted."""
        now = self._clock.now()
        if kind is not None:
            self._waiting[now.astimezone(CHINA).date(), code, kind] += 1
        self._people.pop((person_id, code), None)
        self._people[person_id, code] = now
        if len(self._people) > MOST_WAITING:
            del self._people[next(iter(self._people))]

    async def flush(self) -> None:
        """Write down what waits. Raises `StoreDown`; then all of it still waits."""
        counts, self._waiting = self._waiting, Counter()
        people, self._people = self._people, {}
        try:
            if counts:
                await self._counts.count(counts)
                counts = Counter()
            if people:
                await self._personal.remember([(person, code, at) for (person, code), at in people.items()])
        except BaseException:
            self._waiting += counts
            self._people = {**people, **self._people}
            raise

"""The catalogue as it is in one month: which items exist, lists of them by filters, counts by theme and department."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from services.catalog.catalogue import Catalogue
from services.catalog.errors import ItemNotFound
from services.catalog.handling import CITY, MUNICIPAL, resolve_region
from services.catalog.model import Depth, Level, LifeEvent, ServiceItem, ServiceSubject
from services.catalog.search import Hit

MAX_CODE = 32


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """All conditions must hold; None: no condition."""

    theme: str | None = None
    department: str | None = None
    subject: ServiceSubject | None = None
    region: str | None = None
    """A county, zone or street: items that its own bodies handle; 371500 or 371599: those of the city's bodies."""
    life_event: str | None = None
    depth: Depth | None = None
    on_phone: bool | None = None
    handheld_only: bool = False
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """One value that a list could be narrowed to, and how many items would be left."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gives: hits, the best first; or terms to try instead."""

    hits: list[Hit]
    suggestions: list[str]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """An immutable snapshot as it shows in one month."""

    catalogue: Catalogue
    month: str
    items: Mapping[str, ServiceItem]
    digest: str

    @classmethod
    def of(cls, catalogue: Catalogue, month: str) -> "View":
        started = {code: one for code, one in catalogue.items.items() if one.started_by(month)}
        return cls(catalogue, month, started, catalogue.digest(month))

    def item(self, code: str) -> ServiceItem:
        """Raises `ItemNotFound`, also for an item whose month has not come."""
        found = self.items.get(code.strip().upper()) if len(code) <= MAX_CODE else None
        if found is None:
            raise ItemNotFound()
        return found

    def find(self, text: str) -> Found:
        """Hits, or terms to try instead."""
        hits = self.search(text)
        return Found(hits, [] if hits else self.suggestions(text))

    def search(self, text: str) -> list[Hit]:
        return self.catalogue.index.search(text, self.items.__contains__)

    def suggestions(self, text: str) -> list[str]:
        return self.catalogue.index.suggestions(text, self.items.__contains__)

    def select(self, wanted: ItemFilter) -> list[ServiceItem]:
        """By code; with `query`, the best match first. Raises `UnknownRegion`."""
        level = None if wanted.region is None else self._level(wanted.region)
        source: Iterable[ServiceItem] = self.items.values()
        if wanted.query is not None and wanted.query.strip():
            source = [self.items[hit.code] for hit in self.search(wanted.query)]
        return [one for one in source if _fits(one, wanted, level)]

    def _level(self, region: str) -> frozenset[Level]:
        resolved, _ = resolve_region(self.catalogue.tables, region)
        if resolved.code in {CITY, MUNICIPAL}:
            return frozenset({Level.CITY, Level.PROVINCE})
        return frozenset({Level.COUNTY})

    def theme_facets(self, wanted: ItemFilter) -> list[Facet]:
        """Counts by theme under all the other conditions, the highest first."""
        return _facets(t for one in self.select(replace(wanted, theme=None)) for t in one.themes)

    def department_facets(self, wanted: ItemFilter) -> list[Facet]:
        """Counts by department code under all the other conditions, the highest first."""
        return _facets(one.department for one in self.select(replace(wanted, department=None)))

    def event_items(self, event: LifeEvent) -> list[ServiceItem]:
        """Items of a life event in its usual order; those that name it without being in its list come last."""
        listed = [self.items[code] for code in event.items if code in self.items]
        return listed + [
            one for one in self.items.values() if event.name in one.life_events and one.code not in event.items
        ]

    def related(self, item: ServiceItem) -> list[ServiceItem]:
        """The other items of the same life events."""
        events = [self.catalogue.tables.life_events[name] for name in item.life_events]
        others = {one.code: one for event in events for one in self.event_items(event)}
        others.pop(item.code, None)
        return list(others.values())

    def parts(self) -> dict[tuple[str, str], str]:
        """Hashes of all that is shown, by part and code, for the change feed."""
        hashes = {(part.value, ""): value for part, value in self.catalogue.table_hashes.items()}
        hashes.update({("ITEM", code): self.catalogue.item_hashes[code] for code in self.items})
        return hashes


def _fits(one: ServiceItem, wanted: ItemFilter, level: frozenset[Level] | None) -> bool:
    return (
        (wanted.theme is None or wanted.theme in one.themes)
        and (wanted.department is None or wanted.department == one.department)
        and (wanted.subject is None or wanted.subject in one.subjects)
        and (level is None or one.level in level)
        and (wanted.life_event is None or wanted.life_event in one.life_events)
        and (wanted.depth is None or wanted.depth is one.depth)
        and (wanted.on_phone is None or wanted.on_phone is one.on_phone)
        and (one.handheld or not wanted.handheld_only)
    )


def _facets(values: Iterable[str]) -> list[Facet]:
    counted = Counter(values)
    return [Facet(value, count) for value, count in sorted(counted.items(), key=lambda v: (-v[1], v[0]))]

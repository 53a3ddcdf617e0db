"""The catalogue's service: guides and search from memory, versions, favourites and use from the store."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta

from services.catalog.catalogue import Catalogue
from services.catalog.errors import TooManyFavourites
from services.catalog.handling import handled_by
from services.catalog.model import GuideChange, HandlingBody, Mark, ServiceItem, Tables, UseKind
from services.catalog.ports import CatalogueVersions, PersonalItems, UseCounts
from services.catalog.selection import Found, View
from services.catalog.uses import UseBuffer
from services.kernel.clock import CHINA, Clock
from services.kernel.errors import InvalidInput, StoreDown
from services.kernel.fast_state import FastState
from services.kernel.principal import Principal
from services.kernel.unit_of_work import Idempotency

MAX_FAVOURITES = 100
MAX_RECENT = 20
POPULAR_DAYS = 30


@dataclass(frozen=True, slots=True)
class Popular:
    """An item and how often it was used in the last `POPULAR_DAYS` days: guides read and applications handed in."""

    item: ServiceItem
    uses: int


class CatalogService:
    """Reads are synchronous and never touch the store, unless they are about versions, people or counts."""

    def __init__(
        self,
        catalogue: Catalogue,
        clock: Clock,
        versions: CatalogueVersions,
        personal: PersonalItems,
        counts: UseCounts,
        fast_state: FastState,
        idempotency: Idempotency,
    ) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._versions = versions
        self._personal = personal
        self._counts = counts
        self._fast_state = fast_state
        self._idempotency = idempotency
        self._view: View | None = None
        self._month = (clock.now(), clock.now())
        """From its first moment to that of the next: every answer from memory asks, so it costs two comparisons."""
        self._known: tuple[str, int] | None = None
        """Digest and version of what was last written to the feed: content that comes back gets a new version."""
        self.uses = UseBuffer(clock, counts, personal)
        self.on_change: list[Callable[[], None]] = []
        """Called after the shown content has changed, so that cached answers can be dropped."""

    # -- the snapshot --------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """The catalogue of this month."""
        now, view = self._clock.now(), self._view
        if view is None or view.catalogue is not self._catalogue or not self._month[0] <= now < self._month[1]:
            changed = view is not None
            first = now.astimezone(CHINA).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            following = (first + timedelta(days=32)).replace(day=1)
            self._month = first.astimezone(UTC), following.astimezone(UTC)  # as the clock's: quick to compare
            view = self._view = View.of(self._catalogue, f"{first:%Y-%m}")
            if changed:
                for tell in self.on_change:
                    tell()
        return view

    @property
    def tables(self) -> Tables:
        return self._catalogue.tables

    @property
    def digest(self) -> str:
        """A hash of all that is shown: changes exactly when any guide does. Known without the store."""
        return self.view.digest

    def replace(self, catalogue: Catalogue) -> None:
        """Swap the snapshot; requests under way keep the one they have."""
        self._catalogue = catalogue
        _ = self.view

    def item(self, code: str) -> ServiceItem:
        """Raises `ItemNotFound`."""
        return self.view.item(code)

    def form(self, code: str) -> tuple[ServiceItem, bytes | None, str]:
        """An item, its `[form]` as JSON if it has one, and the hash of its file's content. Raises `ItemNotFound`."""
        item, whole = self.item(code), self._catalogue
        return item, whole.forms.get(item.code), whole.item_hashes[item.code]

    def every_item(self) -> tuple[ServiceItem, ...]:
        """All items, in the order of codes; those not yet started too."""
        return tuple(self._catalogue.items.values())

    def handled_by(self, item: ServiceItem, region: str) -> HandlingBody:
        """Raises `UnknownRegion`."""
        return handled_by(item, self.tables, region)

    def search(self, text: str) -> Found:
        return self.view.find(text)

    # -- versions ------------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """The version of what is shown. Raises `StoreDown` until `synchronise` succeeded once for it."""
        if self._known is None or self._known[0] != self.digest:
            raise StoreDown()
        return self._known[1]

    @property
    def shown(self) -> str:
        """Tells apart all that may ever be shown together with its version: for answers that hold the version."""
        return f"{self.digest}:{self._known}"

    async def synchronise(self) -> int:
        """Write changes of the shown content to the feed, once for all workers; returns its version."""
        view, known = self.view, self._known
        if known is None or known[0] != view.digest:
            known = view.digest, await self._versions.synchronise(view.parts(), view.digest, self._clock.now())
            self._known = known
        return known[1]

    async def changes(self, since: int, first: int) -> list[GuideChange]:
        """The change feed after version `since`. Raises `InvalidInput` for a negative version."""
        if since < 0:
            raise InvalidInput("版本号 since 不能为负数。", field="since")
        await self.synchronise()
        return await self._versions.changes(since, first)

    # -- use -----------------------------------------------------------------------------------------

    async def viewed(self, principal: Principal, code: str) -> ServiceItem:
        """A signed-in person read a guide: it joins their recent items, and counts once a day for each person.

        Repeatable by its nature. Raises `ItemNotFound`.
        """
        item = self.item(code)
        today = self._clock.now().astimezone(CHINA).date()
        key = f"catalog.viewed:{today}:{principal.person_id}:{item.code}"
        fresh = await self._fast_state.consume_once(key, timedelta(days=1))
        self.uses.note(item.code, UseKind.VIEWED if fresh else None, principal.person_id)
        return item

    def applied(self, code: str, person_id: str) -> None:
        """Somebody handed in an application; call it after the transaction committed."""
        self.uses.note(code, UseKind.APPLIED, person_id)

    async def popular(self, first: int) -> list[Popular]:
        """The most used items of the last 30 days; fewer than `first` when fewer were used at all."""
        since = (self._clock.now().astimezone(CHINA) - timedelta(days=POPULAR_DAYS)).date()
        items = self.view.items
        counted = await self._counts.top(since, first + 20)
        return [Popular(items[code], uses) for code, uses in counted if code in items][:first]

    async def recent(self, principal: Principal, first: int) -> list[tuple[ServiceItem, Mark]]:
        """Items this person used, the newest first."""
        await self.uses.flush()
        return self._existing(await self._personal.recent(principal.person_id, MAX_RECENT))[:first]

    async def favourites(self, principal: Principal, first: int) -> list[tuple[ServiceItem, Mark]]:
        """Items this person keeps, the newest first; those not in service now are left out, not forgotten."""
        return self._existing(await self._personal.favourites(principal.person_id, MAX_FAVOURITES))[:first]

    def _existing(self, marks: list[Mark]) -> list[tuple[ServiceItem, Mark]]:
        items = self.view.items
        return [(items[mark.code], mark) for mark in marks if mark.code in items]

    async def add_favourite(self, principal: Principal, code: str, key: str) -> ServiceItem:
        """Keep an item. Raises `ItemNotFound`, `TooManyFavourites`."""
        item = self.item(code)

        async def run() -> str:
            kept = await self._personal.add_favourite(principal.person_id, item.code, self._clock.now(), MAX_FAVOURITES)
            if not kept:
                raise TooManyFavourites(limit=MAX_FAVOURITES)
            return item.code

        scope = f"catalog.addFavourite:{principal.person_id}"
        return self.item(await self._idempotency.once(scope, key, {"code": item.code}, run))

    async def remove_favourite(self, principal: Principal, code: str, key: str) -> str:
        """Keep an item no longer; also one that is not in service now. Returns its code."""
        plain = code.strip().upper()[:32]

        async def run() -> str:
            await self._personal.remove_favourite(principal.person_id, plain)
            return plain

        scope = f"catalog.removeFavourite:{principal.person_id}"
        answer: str = await self._idempotency.once(scope, key, {"code": plain}, run)
        return answer

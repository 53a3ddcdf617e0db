"""Forms of items: compiled on first use, checked, and filled in with what the person proved before."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import orjson

from services.forms.compiled import CompiledForm
from services.forms.errors import FormNotFound
from services.forms.model import Form, Prefilled
from services.forms.ports import Definition, Definitions, Places, PrefillSources
from services.forms.prefill import prefilled
from services.forms.reading import read
from services.forms.values import on_day
from services.kernel.clock import CHINA, Clock
from services.kernel.principal import Assurance, Principal
from services.kernel.problems import Problem


class FormService:
    """Checking is in memory and never waits; only `prefill` asks others."""

    def __init__(self, definitions: Definitions, places: Places, sources: PrefillSources, clock: Clock) -> None:
        self._definitions = definitions
        self._places = places
        self._sources = sources
        self._clock = clock
        self._day = (clock.now(), clock.now(), "")
        self._compiled: dict[str, tuple[str, CompiledForm]] = {}
        """By item, with the digest of the file it was made from: at most one an item."""

    @property
    def day(self) -> str:
        """Today in China. Every public answer from memory asks, so within a day it costs two comparisons."""
        now = self._clock.now()
        if not self._day[0] <= now < self._day[1]:
            first = now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
            self._day = first, first + timedelta(days=1), f"{first:%Y-%m-%d}"
        return self._day[2]

    def find(self, item_code: str) -> CompiledForm | None:
        """The form; None when the item has none. Raises `NotFound` without such an item, `FormFault`."""
        definition = self._definitions.definition(item_code)
        if definition is None:
            return None
        kept = self._compiled.get(definition.item_code)
        if kept is None or kept[0] != definition.digest:
            kept = definition.digest, CompiledForm(_read(definition))
            self._compiled[definition.item_code] = kept
        return kept[1]

    def form(self, item_code: str) -> CompiledForm:
        """The form. Raises `FormNotFound`, and what `find` raises."""
        form = self.find(item_code)
        if form is None:
            raise FormNotFound()
        return form

    def schema(self, form: CompiledForm) -> dict[str, Any]:
        """The JSON Schema document, with a filled-in example as of today."""
        document = form.schema
        document["examples"] = [on_day(dict(one.values), self._today()) for one in form.form.examples[:1]]
        return document

    def problems(self, item_code: str, values: Any) -> tuple[Problem, ...]:
        """All that is wrong with `values`, in the order of the form. Raises what `form` raises."""
        return self.form(item_code).problems(values, self._today(), self._places)

    async def prefill(self, principal: Principal, item_code: str) -> tuple[Prefilled, ...]:
        """What the person may reuse, in the order of the form; only what would pass the form's own checks.

        Raises `StepUpRequired` below a checked real name, and what `form` raises.
        """
        principal.require(Assurance.REAL_NAME)
        return await prefilled(self.form(item_code), principal, self._sources, self._today(), self._places)

    def _today(self) -> date:
        return date.fromisoformat(self.day)


def _read(definition: Definition) -> Form:
    raw: Mapping[str, Any] = orjson.loads(definition.raw)
    return read(raw, definition.title)

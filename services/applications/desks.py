"""Which department desk takes which application."""

from collections.abc import Iterator, Mapping

from services.applications.model import Application
from services.applications.ports import DepartmentDesk


class Desks:
    """A system's own desk takes the items it can handle; the common desk of the same system takes the rest."""

    def __init__(self, own: Mapping[str, DepartmentDesk], common: Mapping[str, DepartmentDesk] | None = None) -> None:
        self._own = own
        self._common = common or {}
        self._by_name = {desk.name: desk for desk in (*self._common.values(), *own.values())}

    def for_item(self, system: str, item_code: str) -> DepartmentDesk | None:
        """The desk for a new application; None when nobody takes it."""
        own = self._own.get(system)
        return own if own is not None and own.takes(item_code) else self._common.get(system)

    def named(self, name: str) -> DepartmentDesk | None:
        """The desk behind a callback address."""
        return self._by_name.get(name)

    def of(self, application: Application) -> DepartmentDesk | None:
        """The desk that has it, or would have it today."""
        return self.named(application.desk) or self.for_item(application.system, application.item_code)

    def by_system(self) -> Iterator[tuple[str, DepartmentDesk]]:
        """One desk a system, the system's own first, in the order of codes."""
        for system in sorted({*self._own, *self._common}):
            yield system, self._own.get(system) or self._common[system]

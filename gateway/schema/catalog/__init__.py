"""The catalogue in the graph: items, search, tables, versions, favourites."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gateway.schema.catalog.mutations import CatalogMutations
from gateway.schema.catalog.queries import CatalogQueries, CatalogViewer
from gateway.schema.catalog.tables import Department, Region, Theme
from gateway.schema.catalog.types import LifeEvent, ServiceItem

if TYPE_CHECKING:
    from gateway.bootstrap import Services

QUERIES = (CatalogQueries,)
MUTATIONS = (CatalogMutations,)
VIEWER = (CatalogViewer,)
TYPES = (ServiceItem, Department, Region, Theme, LifeEvent)


def _version(services: "Services") -> str:
    """With the day: an example in a form's schema says "in a week" as a date."""
    return f"{services.catalog.digest}:{services.forms.day}"


def _version_with_number(services: "Services") -> str:
    return services.catalog.shown


_FIELDS = ("serviceItems", "serviceItem", "searchServiceItems", "themes", "departments", "regions", "lifeEvents")

PUBLIC: Mapping[str, Callable[["Services"], str]] = {
    **dict.fromkeys(_FIELDS, _version),
    "catalogVersion": _version_with_number,
}
"""The change feed and the counts are the same for everybody too, but change without the content."""

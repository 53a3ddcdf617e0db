"""What forms need of others, in their own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.kernel.principal import Principal


@dataclass(frozen=True, slots=True)
class Definition:
    """The `[form]` table of one item as JSON bytes, without its examples; `digest` changes with the item's file."""

    item_code: str
    title: str
    raw: bytes
    digest: str


class Definitions(Protocol):
    """The catalogue, as far as forms read it. In memory: no waiting."""

    def definition(self, item_code: str) -> Definition | None:
        """None when the item has no form. Raises `NotFound` when there is no such item in service."""


class Places(Protocol):
    """The tree of regions. In memory: no waiting."""

    def is_county(self, code: str) -> bool:
        """Whether it is a county, a district or a zone of the city as it is now."""

    def county_of(self, street: str) -> frozenset[str]:
        """Counties and zones to which a street or township belongs; empty for no street of the city."""


class PrefillSources(Protocol):
    """Where values that were proven before are kept. Each call may be repeated; nothing is changed."""

    async def profile(self, principal: Principal) -> Mapping[str, str]:
        """Of the signed-in person: name, idNumber, phone, gender, birthDate, region."""

    async def subject(self, principal: Principal) -> Mapping[str, str]:
        """Of whom the person acts for: the same keys for a person; name, uscc, region for a company."""

    async def certificates(self, principal: Principal) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
        """Valid certificates of whom the person acts for: by type code the type's Chinese name and the claims."""

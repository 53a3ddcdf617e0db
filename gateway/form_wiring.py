"""Forms on their ports: definitions and regions from the catalogue, prefill from identity and the wallet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.catalog.model import Region
from services.catalog.service import CatalogService
from services.forms.ports import Definition
from services.forms.service import FormService
from services.identity.model import Company, Person
from services.identity.service import IdentityService
from services.kernel.clock import Clock
from services.kernel.principal import Principal
from services.kernel.problems import Problem
from services.wallet.model import CertificateState
from services.wallet.service import WalletService

_COUNTIES = frozenset({"市辖区", "县级市", "县", "市属开发区(功能区)"})


@dataclass(frozen=True, slots=True)
class CatalogDefinitions:
    """The catalogue as `services.forms.ports.Definitions`."""

    catalog: CatalogService

    def definition(self, item_code: str) -> Definition | None:
        item, raw, digest = self.catalog.form(item_code)
        return None if raw is None else Definition(item.code, item.name, raw, digest)


@dataclass(frozen=True, slots=True)
class CatalogPlaces:
    """The catalogue's regions as `services.forms.ports.Places`."""

    catalog: CatalogService

    def is_county(self, code: str) -> bool:
        region = self._region(code)
        return region is not None and region.kind in _COUNTIES

    def county_of(self, street: str) -> frozenset[str]:
        region = self._region(street)
        if region is None or region.parent is None or len(region.code) != 9:
            return frozenset()
        return frozenset(filter(None, (region.parent, region.managing_zone)))

    def _region(self, code: str) -> Region | None:
        return self.catalog.tables.regions.get(code)


@dataclass(frozen=True, slots=True)
class KnownValues:
    """Identity and the wallet as `services.forms.ports.PrefillSources`."""

    identity: IdentityService
    wallet: WalletService
    clock: Clock

    async def profile(self, principal: Principal) -> Mapping[str, str]:
        return _of(await self.identity.person(principal.person_id))

    async def subject(self, principal: Principal) -> Mapping[str, str]:
        return _of(await self.identity.party(principal.subject))

    async def certificates(self, principal: Principal) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
        now, found = self.clock.now(), {}
        for one in await self.wallet.list(principal.subject):  # newest first
            if one.state_at(now) is CertificateState.VALID and one.type_code not in found:
                found[one.type_code] = self.wallet.type(one.type_code).type.name_zh, one.claims
        return found


def _of(party: Person | Company) -> dict[str, str]:
    if isinstance(party, Company):
        return {"name": party.name, "uscc": party.uscc, "region": party.region}
    return {
        "name": party.name,
        "idNumber": party.id_number,
        "phone": party.phone,
        "gender": party.gender,
        "birthDate": party.birth_date.isoformat(),
        "region": party.region,
    }


@dataclass(frozen=True, slots=True)
class ApplicationForms:
    """Forms as `services.applications.ports.FormSource`. An item without a form takes an empty one."""

    forms: FormService

    def problems_of(self, item_code: str, form: Any) -> tuple[Problem, ...]:
        compiled = self.forms.find(item_code)
        if compiled is None:
            empty = Problem("form", "UNKNOWN_FIELD", "这个事项不用填写申请表，请删去填写的内容。")
            return () if form == {} else (empty,)
        return tuple(
            Problem(f"form.{one.path}".rstrip("."), one.code, one.message)
            for one in self.forms.problems(item_code, form)
        )


def forms_service(
    catalog: CatalogService, identity: IdentityService, wallet: WalletService, clock: Clock
) -> FormService:
    return FormService(CatalogDefinitions(catalog), CatalogPlaces(catalog), KnownValues(identity, wallet, clock), clock)

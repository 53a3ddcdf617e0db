"""How the domains serve each other: small bridges from one domain's service to the port another declares."""

from dataclasses import dataclass

from gateway.form_wiring import ApplicationForms
from services.applications.desks import Desks
from services.applications.ports import Applicant, ApplicationStore, ItemFacts
from services.applications.service import ApplicationService
from services.applications.workflow import Delivery
from services.catalog.handling import resolve_region
from services.catalog.model import Depth, ServiceItem, ServiceSubject
from services.catalog.service import CatalogService
from services.durable.port import DurableWork
from services.forms.service import FormService
from services.identity.model import Person
from services.identity.service import IdentityService
from services.inquiries.model import Party
from services.inquiries.ports import ItemQuery, LastKnown, RecordSource
from services.inquiries.service import InquiryService
from services.kernel.clock import Clock
from services.kernel.errors import CityError
from services.kernel.events import EventBus
from services.kernel.principal import Subject, SubjectKind
from services.kernel.unit_of_work import Idempotency, UnitOfWork
from services.kernel.workdays import WorkCalendar
from services.wallet.service import WalletService

_KINDS = {ServiceSubject.PERSON: SubjectKind.PERSON, ServiceSubject.COMPANY: SubjectKind.COMPANY}


@dataclass(frozen=True, slots=True)
class CatalogItems:
    """The catalogue as `services.applications.ports.ItemSource`."""

    catalog: CatalogService

    def facts(self, code: str) -> ItemFacts:
        item = self.catalog.item(code)
        return ItemFacts(
            code=item.code,
            name=item.name,
            department_code=item.department,
            system=item.adapter,
            subjects=frozenset(_KINDS[subject] for subject in item.subjects),
            open=item.handheld and item.depth in (Depth.FULLY_ONLINE, Depth.APPLY_ONLINE),
            immediate=item.immediate,
            promised_working_days=item.time.promised_days,
            result_certificate=item.result_certificate,
        )

    def has_region(self, code: str) -> bool:
        try:
            resolve_region(self.catalog.tables, code)
        except CityError:
            return False
        return True

    def applied(self, code: str, person_id: str) -> None:
        self.catalog.applied(code, person_id)


@dataclass(frozen=True, slots=True)
class IdentityApplicants:
    """Identity as `services.applications.ports.Applicants`."""

    identity: IdentityService

    async def applicant(self, subject: Subject) -> Applicant:
        party = await self.identity.party(subject)
        number = party.id_number if isinstance(party, Person) else party.uscc
        return Applicant(subject.kind, party.name, number)


def applications_service(
    *,
    store: ApplicationStore,
    desks: Desks,
    identity: IdentityService,
    wallet: WalletService,
    catalog: CatalogService,
    forms: FormService,
    unit_of_work: UnitOfWork,
    idempotency: Idempotency,
    durable: DurableWork,
    events: EventBus,
    clock: Clock,
) -> ApplicationService:
    """Applications on their ports; registers their flow with the durable engine, so before it runs."""
    delivery = Delivery(
        store, desks, IdentityApplicants(identity), wallet, unit_of_work, durable, events, clock, WorkCalendar()
    )
    return ApplicationService(
        delivery, CatalogItems(catalog), ApplicationForms(forms), idempotency, unit_of_work, clock
    )


@dataclass(frozen=True, slots=True)
class CatalogQueries:
    """The catalogue as `services.inquiries.ports.Items`."""

    catalog: CatalogService

    def query(self, code: str) -> ItemQuery:
        return self._of(self.catalog.item(code))

    def queries(self) -> tuple[ItemQuery, ...]:
        every = self.catalog.every_item()
        return tuple(self._of(item) for item in every if item.handheld and item.depth is Depth.QUERY)

    def has_region(self, code: str) -> bool:
        try:
            resolve_region(self.catalog.tables, code)
        except CityError:
            return False
        return True

    def _of(self, item: ServiceItem) -> ItemQuery:
        department = self.catalog.tables.departments.get(item.department)
        name = item.department if department is None else department.name
        query = item.query if item.depth is Depth.QUERY else None
        return ItemQuery(item.code, item.department, name, item.adapter, query)


@dataclass(frozen=True, slots=True)
class IdentityParties:
    """Identity as `services.inquiries.ports.Parties`."""

    identity: IdentityService

    async def party(self, subject: Subject) -> Party:
        party = await self.identity.party(subject)
        number = party.id_number if isinstance(party, Person) else party.uscc
        return Party(subject.kind, party.name, number)


def inquiries_service(
    catalog: CatalogService, identity: IdentityService, records: RecordSource, known: LastKnown, clock: Clock
) -> InquiryService:
    """Inquiries on their ports, with every declaration checked. Raises `DeclarationsInvalid`."""
    inquiries = InquiryService(CatalogQueries(catalog), IdentityParties(identity), records, known, clock)
    inquiries.check_all()
    return inquiries

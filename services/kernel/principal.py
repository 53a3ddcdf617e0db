"""Who is asking: the signed-in person, how strongly proven, and for whom they act."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from services.kernel.errors import Forbidden, StepUpRequired


class Assurance(IntEnum):
    """How strongly the person is proven. L1 phone number, L2 real name checked, L3 face compared."""

    PHONE = 1
    REAL_NAME = 2
    FACE = 3


class SubjectKind(StrEnum):
    """What kind of party an application or certificate belongs to."""

    PERSON = "PERSON"
    COMPANY = "COMPANY"


@dataclass(frozen=True, slots=True)
class Subject:
    """A party that things belong to. `id` is ours and opaque, never an identity number."""

    kind: SubjectKind
    id: str


@dataclass(frozen=True, slots=True)
class Principal:
    """The signed-in person of one request.

    `subject` is for whom they act: themselves, a child they are guardian of, or a company that
    gave them power to act; identity proves that relation before it makes a Principal.
    """

    person_id: str
    session_id: str
    assurance: Assurance
    subject: Subject

    @property
    def acts_for_self(self) -> bool:
        return self.subject == Subject(SubjectKind.PERSON, self.person_id)

    def require(self, assurance: Assurance) -> None:
        """Raise `StepUpRequired` unless the person is proven at least as strongly as `assurance`."""
        if self.assurance < assurance:
            raise StepUpRequired(assurance.name)

    def require_owner(self, owner: Subject) -> None:
        """Raise `Forbidden` unless `owner` is whom this request acts for."""
        if self.subject != owner:
            raise Forbidden()

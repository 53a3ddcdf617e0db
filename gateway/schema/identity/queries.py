"""What the signed-in person sees of themselves."""

from collections.abc import Sequence

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of
from gateway.schema.identity.types import ActingSubject, SignInSession, ViewerPerson
from services.identity.model import Person, Relation, Session
from services.kernel.principal import Principal


class IdentityViewer:
    """Fields of `Viewer`; the root value is the Principal."""

    person = graphene.Field(
        ViewerPerson, required=True, description="本人，不随代办对象改变。The signed-in person, whoever they act for."
    )
    subjects = graphene.List(
        graphene.NonNull(ActingSubject),
        required=True,
        description="可以为谁办：本人、未成年子女、名下单位；至多 100 个。Whom one may act for, oneself first.",
    )
    sessions = graphene.List(
        graphene.NonNull(SignInSession),
        required=True,
        description="已登录的设备，最近使用的在前；至多 100 台。Live sessions, last used first.",
    )

    @staticmethod
    async def resolve_person(principal: Principal, info: GraphQLResolveInfo) -> Person:
        return await context_of(info).services.identity.person(principal.person_id)

    @staticmethod
    async def resolve_subjects(principal: Principal, info: GraphQLResolveInfo) -> Sequence[Relation]:
        return await context_of(info).services.identity.relations(principal.person_id)

    @staticmethod
    async def resolve_sessions(principal: Principal, info: GraphQLResolveInfo) -> Sequence[Session]:
        return await context_of(info).services.identity.sessions.list(principal.person_id)

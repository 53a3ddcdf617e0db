"""Graph types of persons, sessions and those one may act for."""

from datetime import datetime
from typing import Any

import graphene
from graphene import relay
from graphql import GraphQLResolveInfo
from graphql_relay import from_global_id

from gateway.context import RequestContext, context_of, principal_of
from services.identity.model import Person, Relation, RelationKind, Session, Tokens
from services.kernel.clock import CHINA
from services.kernel.errors import NotFound
from services.kernel.principal import Assurance, Principal, Subject, SubjectKind

_LEVEL_TEXT = {
    "PHONE": "L1 手机号验证。Phone number proven.",
    "REAL_NAME": "L2 实名认证。Real name checked.",
    "FACE": "L3 人脸识别。Face compared.",
}
_KIND_TEXT = {"PERSON": "自然人。Natural person.", "COMPANY": "法人和其他组织。Legal person."}
_RELATION_TEXT = {
    "SELF": "本人。Oneself.",
    "GUARDIAN": "未成年子女的监护人。Guardian of a child under 18.",
    "LEGAL_REPRESENTATIVE": "法定代表人。Legal representative.",
    "AGENT": "受托代办人。Agent with a power to act.",
}


AssuranceLevel = graphene.Enum.from_enum(
    Assurance,
    name="AssuranceLevel",
    description=lambda v: _LEVEL_TEXT[v.name] if v else "身份认证级别。How strongly the person is proven.",
)
SubjectKindEnum = graphene.Enum.from_enum(
    SubjectKind,
    name="SubjectKind",
    description=lambda v: _KIND_TEXT[v.name] if v else "办事主体的种类。What kind of party.",
)
RelationKindEnum = graphene.Enum.from_enum(
    RelationKind,
    name="RelationKind",
    description=lambda v: _RELATION_TEXT[v.name] if v else "代为办理的依据。By what right one acts.",
)


class ViewerPerson(graphene.ObjectType):
    """登录的本人；默认脱敏。The signed-in person, masked unless `full` is asked for at L2 or higher."""

    class Meta:
        interfaces = (relay.Node,)
        possible_types = (Person,)

    name = graphene.String(
        required=True,
        full=graphene.Boolean(default_value=False, description="不脱敏，需 L2 实名认证。Unmasked; needs L2."),
        description="姓名，默认如“张*”。Name, masked by default.",
    )
    id_number = graphene.String(
        required=True,
        full=graphene.Boolean(default_value=False, description="不脱敏，需 L2 实名认证。Unmasked; needs L2."),
        description="公民身份号码（GB 11643），默认只显示前三后四位。Resident id number, masked by default.",
    )
    phone = graphene.String(
        required=True,
        full=graphene.Boolean(default_value=False, description="不脱敏，需 L2 实名认证。Unmasked; needs L2."),
        description="手机号，默认只显示前三后四位。Phone number, masked by default.",
    )
    region_code = graphene.String(required=True, description="所在县（市、区）代码。County code (GB/T 2260).")
    assurance = graphene.Field(
        AssuranceLevel, required=True, description="这次请求的认证级别。Level of this request, step-up included."
    )

    @classmethod
    async def get_node(cls, info: GraphQLResolveInfo, node_id: str) -> Person:
        if node_id != principal_of(info).person_id:
            raise NotFound()
        return await context_of(info).services.identity.person(node_id)

    @staticmethod
    def resolve_name(person: Person, info: GraphQLResolveInfo, full: bool) -> str:
        return _full(info, person.name) if full else person.masked_name

    @staticmethod
    def resolve_id_number(person: Person, info: GraphQLResolveInfo, full: bool) -> str:
        return _full(info, person.id_number) if full else person.masked_id_number

    @staticmethod
    def resolve_phone(person: Person, info: GraphQLResolveInfo, full: bool) -> str:
        return _full(info, person.phone) if full else person.masked_phone

    @staticmethod
    def resolve_region_code(person: Person, info: GraphQLResolveInfo) -> str:
        return person.region

    @staticmethod
    def resolve_assurance(person: Person, info: GraphQLResolveInfo) -> Assurance:
        return principal_of(info).assurance


def _full(info: GraphQLResolveInfo, value: str) -> str:
    principal_of(info, Assurance.REAL_NAME)
    return value


class ActingSubject(graphene.ObjectType):
    """可以以其名义办事的主体。A party in whose name the person may act."""

    class Meta:
        interfaces = (relay.Node,)
        possible_types = (Relation,)

    kind = graphene.Field(SubjectKindEnum, required=True, description="自然人或法人。Person or company.")
    relation = graphene.Field(RelationKindEnum, required=True, description="依据。By what right.")
    name = graphene.String(
        required=True,
        full=graphene.Boolean(default_value=False, description="不脱敏，需 L2 实名认证。Unmasked; needs L2."),
        description="名称：个人脱敏，单位为全称；分清同姓的子女用 full。Masked for persons, full for companies.",
    )
    valid_until = graphene.DateTime(
        description="权限截止的时刻（不含），如孩子满 18 周岁当天零点；空为长期。Exclusive end; null: no end."
    )
    current = graphene.Boolean(required=True, description="当前是否正以其名义办理。Whether one acts for it now.")

    @staticmethod
    def resolve_id(relation: Relation, info: GraphQLResolveInfo) -> str:
        return f"{relation.subject.kind.value}:{relation.subject.id}"

    @staticmethod
    def resolve_kind(relation: Relation, info: GraphQLResolveInfo) -> SubjectKind:
        return relation.subject.kind

    @staticmethod
    def resolve_relation(relation: Relation, info: GraphQLResolveInfo) -> RelationKind:
        return relation.kind

    @staticmethod
    def resolve_name(relation: Relation, info: GraphQLResolveInfo, full: bool) -> str:
        party = relation.party
        if not isinstance(party, Person):
            return party.name
        return _full(info, party.name) if full else party.masked_name

    @staticmethod
    def resolve_valid_until(relation: Relation, info: GraphQLResolveInfo) -> datetime | None:
        return None if relation.valid_until is None else relation.valid_until.astimezone(CHINA)

    @staticmethod
    def resolve_current(relation: Relation, info: GraphQLResolveInfo) -> bool:
        return relation.subject == principal_of(info).subject

    @classmethod
    async def get_node(cls, info: GraphQLResolveInfo, node_id: str) -> Relation:
        principal = principal_of(info)
        for relation in await context_of(info).services.identity.relations(principal.person_id):
            if f"{relation.subject.kind.value}:{relation.subject.id}" == node_id:
                return relation
        raise NotFound()


class SignInSession(graphene.ObjectType):
    """一台设备上的登录。One device's sign-in."""

    class Meta:
        interfaces = (relay.Node,)
        possible_types = (Session,)

    device = graphene.String(required=True, description="登录时应用给的设备名称。Device name given at sign-in.")
    assurance = graphene.Field(
        AssuranceLevel, required=True, description="此刻的认证级别。Level now, step-up included."
    )
    created_at = graphene.DateTime(required=True, description="登录时间。When it began.")
    last_used_at = graphene.DateTime(
        required=True, description="最近一次登录或刷新的时间。Last sign-in or refresh; not each request."
    )
    expires_at = graphene.DateTime(required=True, description="最晚失效时间。When it ends at the latest.")
    current = graphene.Boolean(required=True, description="是否就是正在使用的这台。Whether it is the one that asks.")

    @staticmethod
    def resolve_assurance(session: Session, info: GraphQLResolveInfo) -> Assurance:
        return session.assurance_at(context_of(info).services.clock.now())

    @staticmethod
    def resolve_created_at(session: Session, info: GraphQLResolveInfo) -> datetime:
        return session.created_at.astimezone(CHINA)

    @staticmethod
    def resolve_last_used_at(session: Session, info: GraphQLResolveInfo) -> datetime:
        return session.last_used_at.astimezone(CHINA)

    @staticmethod
    def resolve_expires_at(session: Session, info: GraphQLResolveInfo) -> datetime:
        return session.expires_at.astimezone(CHINA)

    @staticmethod
    def resolve_current(session: Session, info: GraphQLResolveInfo) -> bool:
        return session.id == principal_of(info).session_id

    @classmethod
    async def get_node(cls, info: GraphQLResolveInfo, node_id: str) -> Session:
        return await context_of(info).services.identity.sessions.get(principal_of(info), node_id)


class SessionTokens(graphene.ObjectType):
    """登录凭据。Tokens of a session."""

    access_token = graphene.String(
        required=True, description="访问令牌，放在 Authorization: Bearer 里。JWT of type at+jwt (RFC 9068), 15 minutes."
    )
    expires_at = graphene.DateTime(required=True, description="访问令牌的失效时间。When the access token ends.")
    refresh_token = graphene.String(
        description="刷新令牌，只能用一次；登录和刷新时才有。Single use; given at sign-in and refresh only."
    )
    session = graphene.Field(SignInSession, required=True, description="所属的登录。The session.")
    subject = graphene.ID(
        required=True, description="以谁的名义办理，即 ActingSubject 的编号。Global id of the ActingSubject."
    )

    @staticmethod
    def resolve_expires_at(tokens: Tokens, info: GraphQLResolveInfo) -> datetime:
        return tokens.expires_at.astimezone(CHINA)

    @staticmethod
    def resolve_session(tokens: Tokens, info: GraphQLResolveInfo) -> Session:
        _become(context_of(info), tokens)
        return tokens.session

    @staticmethod
    def resolve_subject(tokens: Tokens, info: GraphQLResolveInfo) -> str:
        return subject_id(tokens.session.subject)


def _become(context: RequestContext, tokens: Tokens) -> None:
    """The rest of this answer is read by whoever has just signed in."""
    if context.principal is None:
        session = tokens.session
        assurance = session.assurance_at(context.services.clock.now())
        context.principal = Principal(session.person_id, session.id, assurance, session.subject)


def subject_id(subject: Subject) -> str:
    """The global id of the `ActingSubject`."""
    return str(relay.Node.to_global_id("ActingSubject", f"{subject.kind.value}:{subject.id}"))


def subject_of(global_id: str) -> Subject:
    """The subject behind the global id of an `ActingSubject`. Raises `NotFound`."""
    kind, _, row_id = node_id_of(global_id, "ActingSubject").partition(":")
    if kind not in set(SubjectKind) or not row_id:
        raise NotFound()
    return Subject(SubjectKind(kind), row_id)


def node_id_of(global_id: str, type_name: str) -> str:
    """The id within its type. Raises `NotFound` for another type's, or for no global id at all."""
    try:
        found: tuple[Any, str] = from_global_id(global_id)
    except ValueError:  # graphene's own, and of base64 and UTF-8
        raise NotFound() from None
    if found[0] != type_name or not 0 < len(found[1]) <= 64:
        raise NotFound()
    return found[1]

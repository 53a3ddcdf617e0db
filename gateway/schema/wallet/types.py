"""Graph types of a certificate. Its claims come as label/value pairs, so that a new type never changes the graph."""

from datetime import datetime

import graphene
from graphene import relay
from graphql import GraphQLResolveInfo
from graphql_relay import from_global_id

from certs_schema import core
from certs_schema.masks import Mask
from gateway.context import context_of, principal_of
from gateway.relay import CountedConnection
from services.kernel.clock import CHINA
from services.kernel.errors import NotFound
from services.kernel.principal import Assurance
from services.wallet import model

_STATE_TEXT = {
    "VALID": "有效。Valid.",
    "EXPIRED": "已过期。Past its last day.",
    "SUSPENDED": "暂停使用。Suspended by the issuer.",
    "REVOKED": "已撤销。Revoked for good.",
    "SUPERSEDED": "已换发，有更新的同类证照。A newer one has taken its place.",
}
_SENSITIVITY_TEXT = {
    "L1": "公开。Public.",
    "L2": "一般个人信息。Personal.",
    "L3": "敏感个人信息。Sensitive personal.",
    "L4": "高敏感：生物特征、健康、未成年人、困难身份。Highly sensitive.",
}

CertificateState = graphene.Enum.from_enum(
    model.CertificateState,
    name="CertificateState",
    description=lambda v: _STATE_TEXT[v.name] if v else "证照状态。How a certificate stands.",
)
FieldSensitivity = graphene.Enum.from_enum(
    core.Sensitivity,
    name="FieldSensitivity",
    description=lambda v: _SENSITIVITY_TEXT[v.name] if v else "字段敏感级别。How personal a field is.",
)


class CertificateField(graphene.ObjectType):
    """证照上的一项。One field of a certificate."""

    key = graphene.String(required=True, description="字段代码，如 holder_name。The field's key in its type.")
    label = graphene.String(required=True, description="中文名称。Label in Chinese.")
    label_en = graphene.String(required=True, description="英文名称。Label in English.")
    value = graphene.String(description="内容，默认脱敏；为空表示不以文字显示。Masked by default; null: never as text.")
    masked = graphene.Boolean(required=True, description="内容是否经过脱敏。Whether the value is masked.")
    minimal = graphene.Boolean(required=True, description="亮证时是否默认出示。Whether a presentation shows it.")
    sensitivity = graphene.Field(FieldSensitivity, required=True, description="敏感级别。How personal it is.")


class Certificate(graphene.ObjectType):
    """电子证照。A certificate that a person or company holds."""

    class Meta:
        interfaces = (relay.Node,)
        possible_types = (model.Certificate,)

    type_code = graphene.String(required=True, description="证照类型代码，如 INSURED_PROOF。Type code.")
    type_name = graphene.String(required=True, description="证照类型中文名称。Name of the type in Chinese.")
    type_name_en = graphene.String(required=True, description="证照类型英文名称。Name of the type in English.")
    state = graphene.Field(CertificateState, required=True, description="现在的状态。How it stands now.")
    presentable = graphene.Boolean(required=True, description="现在能否亮证。Whether it can be presented now.")
    holder_name = graphene.String(required=True, description="持有人，脱敏。The holder's name, masked.")
    issuer = graphene.String(required=True, description="颁发机构。Issuing authority.")
    valid_from = graphene.Date(required=True, description="有效期起。First day on which it holds.")
    valid_until = graphene.Date(description="有效期止（含当日）；为空表示长期。Last day; null: no end.")
    validity_rule = graphene.String(required=True, description="有效期规定。The rule of its validity, in words.")
    as_of = graphene.DateTime(required=True, description="信息截至。When the source last confirmed it.")
    source = graphene.String(required=True, description="信息来源系统。Which system it came from.")
    replaces_materials = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="办事时可免交的材料。Materials it replaces."
    )
    fields = graphene.List(
        graphene.NonNull(CertificateField),
        required=True,
        full=graphene.Boolean(
            default_value=False, description="不脱敏，需 L3 人脸认证。Unmasked; needs a step-up to L3."
        ),
        description="证照内容，按证面顺序。Its fields, in the order of its face.",
    )

    @classmethod
    async def get_node(cls, info: GraphQLResolveInfo, node_id: str) -> model.Certificate:
        principal = principal_of(info, Assurance.REAL_NAME)
        return await context_of(info).services.wallet.get(principal.subject, node_id)

    @staticmethod
    def resolve_type_name(one: model.Certificate, info: GraphQLResolveInfo) -> str:
        return _type(one, info).name_zh

    @staticmethod
    def resolve_type_name_en(one: model.Certificate, info: GraphQLResolveInfo) -> str:
        return _type(one, info).name_en

    @staticmethod
    def resolve_state(one: model.Certificate, info: GraphQLResolveInfo) -> model.CertificateState:
        return one.state_at(context_of(info).services.clock.now())

    @staticmethod
    def resolve_presentable(one: model.Certificate, info: GraphQLResolveInfo) -> bool:
        return one.state_at(context_of(info).services.clock.now()) is model.CertificateState.VALID

    @staticmethod
    def resolve_holder_name(one: model.Certificate, info: GraphQLResolveInfo) -> str:
        return _type(one, info).masked_holder(one.claims)

    @staticmethod
    def resolve_validity_rule(one: model.Certificate, info: GraphQLResolveInfo) -> str:
        return _type(one, info).validity.rule

    @staticmethod
    def resolve_as_of(one: model.Certificate, info: GraphQLResolveInfo) -> datetime:
        return one.as_of.astimezone(CHINA)

    @staticmethod
    def resolve_replaces_materials(one: model.Certificate, info: GraphQLResolveInfo) -> list[str]:
        return list(_type(one, info).replaces_materials)

    @staticmethod
    def resolve_fields(one: model.Certificate, info: GraphQLResolveInfo, full: bool) -> list[CertificateField]:
        if full:
            principal_of(info, Assurance.FACE)
        return [
            CertificateField(
                key=spec.key,
                label=spec.label_zh,
                label_en=spec.label_en,
                value=spec.shown(one.claims[spec.key]) if full else spec.masked(one.claims[spec.key]),
                masked=not full and spec.mask is not Mask.NONE,
                minimal=spec.minimal,
                sensitivity=spec.sensitivity,
            )
            for spec in _type(one, info).fields
            if spec.key in one.claims
        ]


class CertificateConnection(CountedConnection):
    """证照列表。"""

    class Meta:
        node = Certificate
        description = "证照的一页。A page of certificates."


def _type(one: model.Certificate, info: GraphQLResolveInfo) -> core.CertificateType:
    return context_of(info).services.wallet.type(one.type_code).type


def certificate_id_of(global_id: str) -> str:
    """Our id behind a Certificate's global id. Raises `NotFound` for anything else."""
    name, key = from_global_id(global_id)
    if name != "Certificate" or not 0 < len(key) <= 64:
        raise NotFound()
    return str(key)

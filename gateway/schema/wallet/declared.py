"""The certificate types in the graph, as `certs_schema/types/` declares them. Public: it is the same for everybody."""

import graphene
from graphql import GraphQLResolveInfo

from certs_schema import core
from certs_schema.masks import Mask
from certs_schema.registry import SCHEMAS_PATH
from gateway.context import context_of
from gateway.schema.wallet.types import FieldSensitivity

_HOLDER_TEXT = {
    "PERSON": "自然人。A person.",
    "COMPANY": "法人或其他组织。A company or other organisation.",
    "EITHER": "自然人或法人。A person or a company.",
}
_CERTAINTY_TEXT = {
    "CERTAIN": "已由法规、标准或官方来源核实。From law, a standard or an official source.",
    "LIKELY": "通行做法或单一来源。Likely practice, or a single source.",
    "ASSUMED": "本项目设定。Assumed by this project.",
    "UNKNOWN": "未查到。Not found.",
}
_VALIDITY_TEXT = {
    "LONG_TERM": "长期。Until something changes it.",
    "PERIOD": "自起始日起的固定期限。A fixed period from its first day.",
    "BY_AGE": "按持证人年龄。By the holder's age on its first day.",
    "STATED": "以颁发机构载明为准。As the issuer states.",
}

CertificateHolderKind = graphene.Enum.from_enum(
    core.HolderKind,
    name="CertificateHolderKind",
    description=lambda v: _HOLDER_TEXT[v.name] if v else "谁可以持有。Who may hold it.",
)
FactCertainty = graphene.Enum.from_enum(
    core.Certainty,
    name="FactCertainty",
    description=lambda v: _CERTAINTY_TEXT[v.name] if v else "有多确定。How sure a fact is.",
)
CertificateValidityKind = graphene.Enum.from_enum(
    core.ValidityKind,
    name="CertificateValidityKind",
    description=lambda v: _VALIDITY_TEXT[v.name] if v else "有效期由什么决定。What gives its last day.",
)


class CertificateTypeField(graphene.ObjectType):
    """证照类型的一个照面字段。One field of a certificate type."""

    class Meta:
        possible_types = (core.FieldSpec,)
        description = "证照类型的一个照面字段。One field of a certificate type."

    key = graphene.String(required=True, description="字段代码，如 holder_name。The field's key.")
    label_zh = graphene.String(name="label", required=True, description="中文名称。Label in Chinese.")
    label_en = graphene.String(required=True, description="英文名称。Label in English.")
    minimal = graphene.Boolean(required=True, description="亮证时是否默认出示。Whether a presentation shows it.")
    masked = graphene.Boolean(required=True, description="出示时是否脱敏。Whether it is masked when shown.")
    required = graphene.Boolean(required=True, description="是否每份都有。Whether every certificate has it.")
    sensitivity = graphene.Field(FieldSensitivity, required=True, description="敏感级别。How personal it is.")

    @staticmethod
    def resolve_masked(one: core.FieldSpec, info: GraphQLResolveInfo) -> bool:
        return one.mask is not Mask.NONE


class CertificateFaceGroup(graphene.ObjectType):
    """证面上排在一起的字段。Fields that stand together on the face."""

    class Meta:
        possible_types = (core.FaceGroup,)
        description = "证面上排在一起的字段。Fields that stand together on the face."

    title_zh = graphene.String(name="title", required=True, description="中文标题。Title in Chinese.")
    title_en = graphene.String(required=True, description="英文标题。Title in English.")
    fields = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="字段代码，按顺序。Keys of the fields, in order."
    )


class CertificateFace(graphene.ObjectType):
    """证面版式提示，非官方样式。Hints for drawing the face; not official."""

    class Meta:
        possible_types = (core.Face,)
        description = "证面版式提示，颜色与徽标为本项目设定。Hints for drawing the face; assumed, not official."

    description_text = graphene.String(name="description", required=True, description="版式说明。The layout in words.")
    shape = graphene.String(required=True, description="card、page、booklet 或 code。Shape.")
    colour = graphene.String(
        required=True, description="主色 #RRGGBB，可配白字。Main colour; white text is legible on it."
    )
    emblem = graphene.String(required=True, description="徽标代号，如 police；没有则不画。Name of the emblem.")
    groups = graphene.List(graphene.NonNull(CertificateFaceGroup), required=True, description="分组。Groups of fields.")

    @staticmethod
    def resolve_description_text(one: core.Face, info: GraphQLResolveInfo) -> str:
        return one.description


class CertificateValidity(graphene.ObjectType):
    """有效期规则。How long a certificate of the type holds."""

    class Meta:
        possible_types = (core.Validity,)
        description = "有效期规则。How long a certificate of the type holds."

    rule = graphene.String(required=True, description="规则原文。The rule in words.")
    certainty = graphene.Field(FactCertainty, required=True, description="规则有多确定。How sure the rule is.")
    kind = graphene.Field(CertificateValidityKind, required=True, description="由什么决定。What gives the last day.")
    months = graphene.Int(description="固定期限，月。Fixed period in months.")
    days = graphene.Int(description="固定期限，日。Fixed period in days.")
    review_months = graphene.Int(description="每隔几个月须签注、复审或考核。Months between reviews.")


class CertificateType(graphene.ObjectType):
    """一类电子证照。A type of certificate."""

    class Meta:
        possible_types = (core.CertificateType,)
        description = "一类电子证照。A type of certificate."

    code = graphene.String(required=True, description="类型代码，如 INSURED_PROOF。Type code.")
    name_zh = graphene.String(name="name", required=True, description="中文名称。Name in Chinese.")
    name_en = graphene.String(required=True, description="英文名称。Name in English.")
    holder_kind = graphene.Field(CertificateHolderKind, required=True, description="谁可以持有。Who may hold it.")
    about_thing = graphene.Boolean(required=True, description="是否为物的证照，如车辆。Whether it is about a thing.")
    issuing_authority = graphene.String(required=True, description="颁发机构。Issuing authority.")
    adapter = graphene.String(required=True, description="来源系统，如 GA-JG。The department system it comes from.")
    one_per_holder = graphene.Boolean(
        required=True, description="同一持有人是否只有一份有效。Whether a new one supersedes the older ones."
    )
    replaces_materials = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="办事时可免交的材料。Materials it replaces."
    )
    validity = graphene.Field(CertificateValidity, required=True, description="有效期规则。Rule of validity.")
    fields = graphene.List(
        graphene.NonNull(CertificateTypeField), required=True, description="照面字段，按证面顺序。Its fields, in order."
    )
    face = graphene.Field(CertificateFace, required=True, description="版式提示。Hints for drawing its face.")
    available_since = graphene.String(
        description="电子形态启用年月或日期；为空表示未查到。Month or day from which it exists; null: not found."
    )
    available_since_note = graphene.String(required=True, description="启用情况说明。What is known of that.")
    available_by_2020_12 = graphene.String(
        name="availableByEndOf2020",
        required=True,
        description="2020 年底能否亮证：true、likely 或 false。Whether it could be shown by the end of 2020.",
    )
    national_type_code = graphene.String(
        description="GB/T 36904 证照类型代码；为空表示未查到，从不编造。National type code; null: not found."
    )
    national_type_code_certainty = graphene.Field(
        FactCertainty, required=True, description="该代码有多确定。How sure the code is."
    )
    schema_path = graphene.String(required=True, description="证照数据的 JSON Schema 路径。Path of its JSON Schema.")
    note = graphene.String(required=True, description="说明。Note.")

    @staticmethod
    def resolve_schema_path(one: core.CertificateType, info: GraphQLResolveInfo) -> str:
        return f"{SCHEMAS_PATH}/{one.code}.json"


class WalletQueries:
    """Fields of Query."""

    certificate_types = graphene.List(
        graphene.NonNull(CertificateType),
        required=True,
        codes=graphene.List(
            graphene.NonNull(graphene.String), description="只看这些代码；不填为全部。Only these codes."
        ),
        description="全部证照类型，按代码排序，无需登录。All certificate types by code; needs no sign-in.",
    )
    certificate_type = graphene.Field(
        CertificateType,
        required=True,
        code=graphene.String(required=True, description="类型代码，如 ID_CARD。Type code."),
        description="一类证照；没有则报 UNKNOWN_CERTIFICATE_TYPE。One certificate type.",
    )

    @staticmethod
    def resolve_certificate_types(
        root: None, info: GraphQLResolveInfo, codes: list[str] | None = None
    ) -> list[core.CertificateType]:
        every = context_of(info).services.wallet.types()
        return [one.type for one in every if codes is None or one.type.code in codes]

    @staticmethod
    def resolve_certificate_type(root: None, info: GraphQLResolveInfo, code: str) -> core.CertificateType:
        return context_of(info).services.wallet.type(code).type

"""Graph types of inquiries: columns, parameters, rows with their origin and age."""

from collections.abc import Mapping, Sequence
from typing import Any

import graphene
from graphene import relay
from graphql import GraphQLResolveInfo

from certs_schema.masks import Mask
from gateway.scalars import JSON, Problem
from services.inquiries import model
from services.kernel.principal import Assurance, SubjectKind

_COLUMN_TEXT = {
    "TEXT": "文字。Text.",
    "DATE": "日期，如 2026-11-23。ISO 8601 date.",
    "MONTH": "年月，如 2026-11。Year and month.",
    "DATE_TIME": "时刻，含时区。ISO 8601 moment with offset.",
    "INTEGER": "整数。Whole number.",
    "NUMBER": "数值。Number, perhaps with decimals.",
    "MONEY_FEN": "金额，单位为分。Amount in fen.",
    "ENUM": "代码，含义见 labels。One of the codes in `labels`.",
    "STATUS": "办理或生效状态的代码，含义见 labels。State; one of the codes in `labels`.",
}
_SENSITIVITY_TEXT = {
    "PUBLIC": "公开。Anybody may see it.",
    "PERSONAL": "本人可见。For its owner.",
    "SENSITIVE": "敏感，显示时脱敏。For its owner, and masked on screens.",
}
_PARAMETER_TEXT = {
    "TEXT": "文字。Text.",
    "INTEGER": "整数。Whole number.",
    "YEAR": "年份，整数。Year, as a number.",
    "MONTH": "年月，如 2026-11。Year and month.",
    "DATE": "日期，如 2026-11-23。ISO 8601 date.",
    "ENUM": "代码，从 choices 中选。One of `choices`.",
    "REGION": "聊城市内的地区代码。Region code of the city.",
}

InquiryColumnType = graphene.Enum.from_enum(
    model.ColumnType,
    name="InquiryColumnType",
    description=lambda v: _COLUMN_TEXT[v.name] if v else "列的类型。Type of a column's values.",
)
InquirySensitivity = graphene.Enum.from_enum(
    model.Sensitivity,
    name="InquirySensitivity",
    description=lambda v: _SENSITIVITY_TEXT[v.name] if v else "列的敏感程度。How careful to be with a column.",
)
InquiryParameterType = graphene.Enum.from_enum(
    model.ParameterType,
    name="InquiryParameterType",
    description=lambda v: _PARAMETER_TEXT[v.name] if v else "查询条件的类型。Type of a parameter.",
)


class InquiryLabel(graphene.ObjectType):
    """代码及其中文含义。A code and its word."""

    code = graphene.String(required=True, description="代码。The code.")
    label = graphene.String(required=True, description="含义。The word, in Chinese.")


def _labels(labels: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"code": code, "label": label} for code, label in labels.items()]


class InquiryColumn(graphene.ObjectType):
    """结果的一列。One column of the result."""

    class Meta:
        possible_types = (model.Column,)

    key = graphene.String(required=True, description="列的名称，如 paidMonth。Name of the column.")
    label = graphene.String(required=True, description="列的中文名。The column in Chinese.")
    type = graphene.Field(InquiryColumnType, required=True, description="类型。Type.")
    unit = graphene.String(description="单位，如 个月、吨。Unit of the values.")
    masked = graphene.Boolean(required=True, description="显示时脱敏，没有原值。Masked: no raw value is given.")
    sensitivity = graphene.Field(InquirySensitivity, required=True, description="敏感程度。Sensitivity.")
    labels = graphene.List(
        graphene.NonNull(InquiryLabel), required=True, description="代码的含义，代码类的列才有。Words of the codes."
    )

    @staticmethod
    def resolve_masked(column: model.Column, info: GraphQLResolveInfo) -> bool:
        return column.mask is not Mask.NONE

    @staticmethod
    def resolve_labels(column: model.Column, info: GraphQLResolveInfo) -> list[dict[str, str]]:
        return _labels(column.labels)


class InquiryParameter(graphene.ObjectType):
    """一个查询条件。One thing to give with the question."""

    class Meta:
        possible_types = (model.Parameter,)

    key = graphene.String(required=True, description="条件的名称，如 year。Name in `parameters`.")
    label = graphene.String(required=True, description="条件的中文名。The parameter in Chinese.")
    type = graphene.Field(InquiryParameterType, required=True, description="类型。Type.")
    required = graphene.Boolean(required=True, description="是否必填。Whether it must be given.")
    hint = graphene.String(description="填写提示。What to write, in Chinese.")
    choices = graphene.List(
        graphene.NonNull(InquiryLabel), required=True, description="可选的代码，选择类的条件才有。Codes to choose from."
    )

    @staticmethod
    def resolve_choices(parameter: model.Parameter, info: GraphQLResolveInfo) -> list[dict[str, str]]:
        return _labels(parameter.labels)


class Inquiry(graphene.ObjectType):
    """查询事项的说明：问什么、答什么。How a query item is asked and answered."""

    class Meta:
        possible_types = (model.Declaration,)

    public = graphene.Boolean(required=True, description="公开信息，不必登录。Public data: no sign-in.")
    subjects = graphene.List(
        graphene.NonNull(graphene.Enum.from_enum(SubjectKind, name="InquirySubject", description=lambda v: {
            "PERSON": "个人。A person.", "COMPANY": "法人。A company.",
        }[v.name] if v else "查谁的数据。Whose data are asked for.")),
        required=True,
        description="可以查谁的数据；公开信息为空列表。Whose data it is; empty for public data.",
    )  # fmt: skip
    assurance = graphene.Field(
        graphene.Enum.from_enum(Assurance, name="InquiryAssurance", description=lambda v: {
            "PHONE": "L1 手机号。L1 phone.", "REAL_NAME": "L2 实名。L2 real name.", "FACE": "L3 人脸。L3 face.",
        }[v.name] if v else "需要的认证等级。Assurance needed."),
        description="需要的认证等级；公开信息为空。Assurance needed; null for public data.",
    )  # fmt: skip
    has_proof_document = graphene.Boolean(
        required=True, description="这项查询有可出具的证明文件。Whether a proof document of the answer exists."
    )
    page_size = graphene.Int(required=True, description="建议的每页条数。Page size when `first` is left out.")
    empty_message = graphene.String(required=True, description="没有记录时的说明。The sentence for no record.")
    columns = graphene.List(graphene.NonNull(InquiryColumn), required=True, description="结果的列。Columns.")
    parameters = graphene.List(
        graphene.NonNull(InquiryParameter), required=True, description="查询条件。What may or must be given."
    )

    @staticmethod
    def resolve_subjects(one: model.Declaration, info: GraphQLResolveInfo) -> list[SubjectKind]:
        return sorted(one.of, key=list(SubjectKind).index)

    @staticmethod
    def resolve_assurance(one: model.Declaration, info: GraphQLResolveInfo) -> Assurance | None:
        return None if one.public else one.assurance

    @staticmethod
    def resolve_has_proof_document(one: model.Declaration, info: GraphQLResolveInfo) -> bool:
        return one.proof

    @staticmethod
    def resolve_empty_message(one: model.Declaration, info: GraphQLResolveInfo) -> str:
        return one.empty


class InquiryCell(graphene.ObjectType):
    """结果中的一个值。One value."""

    class Meta:
        possible_types = (model.Cell,)

    key = graphene.String(required=True, description="所在列的名称。Name of its column.")
    text = graphene.String(required=True, description="可直接显示：已脱敏、带单位。To show: masked, with its unit.")
    value = JSON(description="按列类型的原值；脱敏或没有时为空。Typed value; null where masked or unknown.")


class InquiryRow(graphene.ObjectType):
    """结果的一行。One row."""

    cursor = graphene.String(required=True, description="这一行的游标。Cursor of this row.")
    cells = graphene.List(
        graphene.NonNull(InquiryCell),
        required=True,
        description="各列的值，顺序同 columns。In the columns' order.",
    )


class InquiryResult(graphene.ObjectType):
    """查询结果，或查询条件的全部问题。The answer, or all that is wrong with the parameters."""

    problems = graphene.List(
        graphene.NonNull(Problem),
        required=True,
        description="查询条件的全部问题，没有则为空。All problems at once.",
    )
    columns = graphene.List(graphene.NonNull(InquiryColumn), required=True, description="各列。Columns.")
    rows = graphene.List(graphene.NonNull(InquiryRow), required=True, description="本页各行。Rows of this page.")
    total_count = graphene.Int(required=True, description="总数，不受分页影响。How many there are in all.")
    page_info = graphene.Field(relay.PageInfo, required=True, description="分页情况。Of this page.")
    as_of = graphene.DateTime(description="数据截至何时。When the department's data were like this.")
    source = graphene.String(description="数据来自哪个部门。The department that the data are from.")
    stale = graphene.Boolean(
        required=True,
        description="部门系统不可用，这是上一次的数据。Department down: the last known answer.",
    )
    stale_message = graphene.String(description="stale 时给办事人看的一句话。The sentence to show when stale.")
    empty_message = graphene.String(description="没有记录时的说明，有记录时为空。Sentence for no record, else null.")


def problems_of(answer: model.Answer) -> Sequence[dict[str, Any]]:
    return [{"path": one.path, "code": one.code, "message": one.message} for one in answer.problems]

"""GraphQL types of an item's application form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of
from gateway.scalars import JSON
from services.forms import model
from services.forms.compiled import CompiledForm

FormWidget = graphene.Enum.from_enum(
    model.Widget,
    name="FormWidget",
    description=lambda value: {
        None: "用什么控件填写。What an app shows to fill a field in.",
        model.Widget.TEXT: "单行文字 one line of text",
        model.Widget.TEXTAREA: "多行文字 several lines of text",
        model.Widget.RADIO: "单选，选项少 a choice of few",
        model.Widget.SELECT: "下拉单选 a choice of many",
        model.Widget.CHECKBOXES: "多选 any number of choices",
        model.Widget.SWITCH: "是否 yes or no",
        model.Widget.CONSENT: "阅读并勾选 to be read and agreed to",
        model.Widget.DATE: "日期，2020-06-05 a day",
        model.Widget.MONTH: "年月，2020-06 a month",
        model.Widget.YEAR: "年份 a year",
        model.Widget.NUMBER: "数字 a number",
        model.Widget.MONEY: "金额，按元填写，提交时为分（整数） money: typed in yuan, sent in fen",
        model.Widget.COUNTY: "县（市、区）、功能区，选项见 regions a county or zone",
        model.Widget.STREET: "街道（乡镇），选项见 regions 的下级 a street or township",
        model.Widget.GROUP: "一组字段 a group of fields",
        model.Widget.LIST: "多条记录，每条是一组字段 entries, each a group of fields",
    }[value],
)


@dataclass(frozen=True, slots=True)
class PlacedField:
    """A field with its path in the values."""

    path: str
    field: model.Field
    parent: str


class FormOption(graphene.ObjectType):
    """选项。"""

    class Meta:
        description = "一个选项。One option."

    value = graphene.String(required=True, description="提交的值。The value to send.")
    label = graphene.String(required=True, description="显示的文字。What is shown.")


class FormCondition(graphene.ObjectType):
    """条件。"""

    class Meta:
        description = "显示条件；几条须同时成立，不成立时不能提交这一项。When a field is asked; all must hold."

    path = graphene.String(required=True, description="看哪个字段。Path of the field it depends on.")
    values = graphene.List(
        graphene.NonNull(JSON),
        required=True,
        description="等于其中之一；对多选字段：选了其中之一。One of these; of checkboxes: one of these is chosen.",
    )


class FormField(graphene.ObjectType):
    """字段。"""

    class Meta:
        possible_types = (PlacedField,)
        description = "申请表的一个字段，按显示次序；组和列表在前，其中的字段随后。A field of a form, in order."

    path = graphene.String(
        required=True, description="路径，如 bankAccount.number；列表里的如 staff[].name。Path in the values."
    )
    key = graphene.String(required=True, description="键名，路径的最后一段。Last part of the path.")
    parent_path = graphene.String(description="所在的组或列表；在最外层则为空。The group or list that it is in.")
    label = graphene.String(required=True, description="名称。Label.")
    hint = graphene.String(description="怎样填。How to fill it in.")
    widget = graphene.Field(FormWidget, required=True, description="用什么控件。What to show.")
    required = graphene.Boolean(
        required=True, description="是否必填；有条件的，指条件成立时。Whether needed, where it is asked."
    )
    options = graphene.List(graphene.NonNull(FormOption), required=True, description="选项，按次序。Options.")
    unit = graphene.String(description="单位。Unit.")
    prefill = graphene.String(
        description="值可以从哪里来，如 profile.name；见 viewer.prefill。Where the value can come from."
    )
    when = graphene.List(graphene.NonNull(FormCondition), required=True, description="显示条件。When it is asked.")

    @staticmethod
    def resolve_key(root: PlacedField, info: GraphQLResolveInfo) -> str:
        return root.field.key

    @staticmethod
    def resolve_parent_path(root: PlacedField, info: GraphQLResolveInfo) -> str | None:
        return root.parent.removesuffix(".") or None

    @staticmethod
    def resolve_label(root: PlacedField, info: GraphQLResolveInfo) -> str:
        return root.field.label

    @staticmethod
    def resolve_hint(root: PlacedField, info: GraphQLResolveInfo) -> str | None:
        return root.field.hint

    @staticmethod
    def resolve_widget(root: PlacedField, info: GraphQLResolveInfo) -> model.Widget:
        return root.field.widget

    @staticmethod
    def resolve_required(root: PlacedField, info: GraphQLResolveInfo) -> bool:
        return root.field.required

    @staticmethod
    def resolve_options(root: PlacedField, info: GraphQLResolveInfo) -> list[dict[str, str]]:
        return [{"value": value, "label": label} for value, label in root.field.options.items()]

    @staticmethod
    def resolve_unit(root: PlacedField, info: GraphQLResolveInfo) -> str | None:
        return root.field.unit

    @staticmethod
    def resolve_prefill(root: PlacedField, info: GraphQLResolveInfo) -> str | None:
        return root.field.prefill

    @staticmethod
    def resolve_when(root: PlacedField, info: GraphQLResolveInfo) -> list[dict[str, Any]]:
        return [{"path": f"{root.parent}{one.field}", "values": list(one.values)} for one in root.field.when]


class FormSection(graphene.ObjectType):
    """分节。"""

    class Meta:
        description = "申请表的一节，只管显示。A part of a form, only for the eye."

    title = graphene.String(required=True, description="标题。Title.")
    hint = graphene.String(description="说明。Hint.")
    fields = graphene.List(
        graphene.NonNull(FormField), required=True, description="这一节的字段，含组和列表里的。Its fields."
    )

    @staticmethod
    def resolve_fields(root: model.Section, info: GraphQLResolveInfo) -> list[PlacedField]:
        return list(placed(root.fields))


class ApplicationForm(graphene.ObjectType):
    """申请表。"""

    class Meta:
        possible_types = (CompiledForm,)
        description = "事项的申请表：内容、校验规则都是数据。What an item asks of an applicant, as data."

    version = graphene.String(required=True, description="内容变了就变。Changes with the content.")
    intro = graphene.String(description="填表说明。Shown at the top.")
    sections = graphene.List(graphene.NonNull(FormSection), required=True, description="各节。Sections.")
    fields = graphene.List(graphene.NonNull(FormField), required=True, description="全部字段。All fields.")
    schema = JSON(
        required=True,
        description="JSON Schema 2020-12，含 x- 注释和一份填好的样例（examples）；校验位、地区等另由 checkForm 检查。"
        "JSON Schema with `x-` annotations and a filled-in example; checkForm checks what no schema can say.",
    )

    @staticmethod
    def resolve_intro(root: CompiledForm, info: GraphQLResolveInfo) -> str | None:
        return root.form.intro

    @staticmethod
    def resolve_sections(root: CompiledForm, info: GraphQLResolveInfo) -> tuple[model.Section, ...]:
        return root.form.sections

    @staticmethod
    def resolve_fields(root: CompiledForm, info: GraphQLResolveInfo) -> list[PlacedField]:
        return list(placed(root.form.fields))

    @staticmethod
    def resolve_schema(root: CompiledForm, info: GraphQLResolveInfo) -> dict[str, Any]:
        return context_of(info).services.forms.schema(root)


def placed(fields: Sequence[model.Field], parent: str = "") -> Iterator[PlacedField]:
    """Each field with its path, those of a group or list right behind it."""
    for one in fields:
        path = f"{parent}{one.key}"
        yield PlacedField(path, one, parent)
        if one.fields:
            yield from placed(one.fields, f"{path}." if one.kind is model.Kind.GROUP else f"{path}[].")

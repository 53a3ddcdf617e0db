"""GraphQL types of a service item's guide."""

import graphene
from graphene import relay
from graphql import GraphQLResolveInfo

from gateway.context import context_of
from gateway.schema.catalog.enums import (
    Certainty,
    DayUnit,
    Depth,
    HandlingLevel,
    ItemKind,
    MaterialSource,
    Necessity,
    ServiceSubject,
)
from gateway.schema.catalog.forms import ApplicationForm
from gateway.schema.catalog.tables import Department, HandlingBody, Theme, life_event_type, view_of
from services.catalog import model
from services.catalog.handling import handled_by
from services.forms.compiled import CompiledForm


class TimeLimits(graphene.ObjectType):
    """时限。"""

    class Meta:
        possible_types = (model.Time,)
        description = "法定时限和承诺时限；0 为当场。Legal and promised time limits; 0: on the spot."

    legal_days = graphene.Int(required=True, description="法定时限，单位见 legalUnit。Legal limit in legalUnit.")
    legal_unit = graphene.Field(DayUnit, required=True, description="法定时限的单位。Unit of the legal limit.")
    legal_certainty = graphene.Field(Certainty, required=True, description="法定时限有多确定。How sure it is.")
    promised_working_days = graphene.Int(required=True, description="承诺时限，工作日。Promised, in working days.")
    promised_certainty = graphene.Field(Certainty, required=True, description="承诺时限有多确定。How sure it is.")

    @staticmethod
    def resolve_promised_working_days(root: model.Time, info: GraphQLResolveInfo) -> int:
        return root.promised_days


class Fee(graphene.ObjectType):
    """收费。"""

    class Meta:
        possible_types = (model.Fee,)
        description = "收费情况。What it costs."

    charged = graphene.Boolean(required=True, description="是否收费。Whether a fee is charged.")
    amount_fen = graphene.Int(description="金额，分；不固定或未查到则为空。Amount in fen, where fixed and known.")
    basis = graphene.String(description="收费依据。Legal basis of the fee.")
    note = graphene.String(description="说明。Note.")
    certainty = graphene.Field(Certainty, required=True, description="有多确定。How sure this is.")


class Material(graphene.ObjectType):
    """材料。"""

    class Meta:
        possible_types = (model.Material,)
        description = "申请材料，以及什么可以代替它。A material, and what replaces it."

    name = graphene.String(required=True, description="材料名称。Name.")
    source = graphene.Field(MaterialSource, required=True, description="从哪里来。Where it comes from.")
    necessity = graphene.Field(Necessity, required=True, description="是否必须先齐。Whether it is needed at once.")
    certificate_type = graphene.String(
        description="可代替它的电子证照类型，如 ID_CARD。Certificate type that replaces it."
    )
    replaced_by = graphene.String(description="怎样免交，一句话；须提交则为空。What replaces the paper, in a sentence.")
    note = graphene.String(description="说明。Note.")

    @staticmethod
    def resolve_certificate_type(root: model.Material, info: GraphQLResolveInfo) -> str | None:
        return root.certificate

    @staticmethod
    def resolve_replaced_by(root: model.Material, info: GraphQLResolveInfo) -> str | None:
        if root.source is model.MaterialSource.CERTIFICATE:
            return f"用卡包中的电子证照《{root.name}》代替，免交原件和复印件"
        if root.source is model.MaterialSource.SHARED_DATA:
            return "由部门之间数据共享核对，免提交"
        return None


class ProcessStep(graphene.ObjectType):
    """办理环节。"""

    class Meta:
        possible_types = (model.ProcessStep,)
        description = "一个办理环节。One step of the process."

    name = graphene.String(required=True, description="环节。The step.")
    actor = graphene.String(required=True, description="由谁做。Who does it.")
    note = graphene.String(description="说明。Note.")


class LegalBasis(graphene.ObjectType):
    """设定依据。"""

    class Meta:
        possible_types = (model.LegalBasis,)
        description = "设定依据。Legal basis."

    title = graphene.String(required=True, description="法规名称。Title.")
    article = graphene.String(description="条款。Article.")
    certainty = graphene.Field(Certainty, required=True, description="有多确定。How sure it is.")


class Question(graphene.ObjectType):
    """常见问题。"""

    class Meta:
        possible_types = (model.Question,)
        description = "常见问题。A frequent question."

    question = graphene.String(required=True, description="问。Question.")
    answer = graphene.String(required=True, description="答。Answer.")


class ServiceItem(graphene.ObjectType):
    """事项。"""

    class Meta:
        interfaces = (relay.Node,)
        possible_types = (model.ServiceItem,)
        description = "服务事项及其办事指南。A service item with its whole guide."

    code = graphene.String(required=True, description="事项编号，如 YB-010。The item's code.")
    name = graphene.String(required=True, description="名称。Name.")
    summary = graphene.String(required=True, description="一两句话说明。What it is for, in a sentence or two.")
    kind = graphene.Field(ItemKind, required=True, description="事项类型。Type of power or service.")
    department = graphene.Field(Department, required=True, description="实施部门。The city's department.")
    subjects = graphene.List(graphene.NonNull(ServiceSubject), required=True, description="服务对象。Whom it serves.")
    themes = graphene.List(graphene.NonNull(Theme), required=True, description="主题。Themes.")
    life_events = graphene.List(
        graphene.NonNull(lambda: LifeEvent), required=True, description="属于哪些一件事。Life events it is part of."
    )
    depth = graphene.Field(Depth, required=True, description="网上办理深度。How far it goes online.")
    on_phone = graphene.Boolean(required=True, description="能否在手机上办完。Whether it can be finished on the phone.")
    immediate = graphene.Boolean(required=True, description="即办件为真，承诺件为假。Done on the spot.")
    handheld = graphene.Boolean(required=True, description="是否掌上可办。Whether the app offers it.")
    effective_from = graphene.String(description="上线年月，如 2022-12；早已有之则为空。Month in which it started.")
    result_certificate_type = graphene.String(description="办成后得到的证照类型。Certificate type that results.")
    base_code = graphene.String(description="国家事项基本编码；未查到则为空。National base code, where known.")
    synonyms = graphene.List(graphene.NonNull(graphene.String), required=True, description="俗称。Colloquial names.")
    notes = graphene.String(description="备注。Notes.")
    time = graphene.Field(TimeLimits, required=True, description="时限。Time limits.")
    fee = graphene.Field(Fee, required=True, description="收费。Fee.")
    materials = graphene.List(graphene.NonNull(Material), required=True, description="材料。Materials.")
    process = graphene.List(graphene.NonNull(ProcessStep), required=True, description="流程。Process.")
    legal_basis = graphene.List(graphene.NonNull(LegalBasis), required=True, description="设定依据。Legal basis.")
    faq = graphene.List(graphene.NonNull(Question), required=True, description="常见问题。FAQ.")
    handling_level = graphene.Field(HandlingLevel, required=True, description="由哪一级办理。Whose body handles it.")
    handled_by = graphene.Field(
        HandlingBody,
        required=True,
        region=graphene.String(required=True, description="地区代码。Region code: county, zone or street."),
        description="在某地区由谁办理；地区不存在时报 UNKNOWN_REGION。Who handles it for a region.",
    )
    related_items = graphene.List(
        graphene.NonNull(lambda: ServiceItem),
        required=True,
        description="同一件事的其他事项，按办理次序。Other items of the same life events.",
    )
    form = graphene.Field(
        ApplicationForm,
        description="申请表；查询、指引等不用填表的为空。The application form; null where there is none.",
    )
    name_certainty = graphene.Field(Certainty, required=True, description="名称有多确定。How sure the name is.")
    guide_certainty = graphene.Field(
        Certainty,
        required=True,
        description="说明、流程、收费、问答有多确定。How sure summary, process, fee and FAQ are.",
    )
    verified_by = graphene.String(description="核实来源。What it was checked against.")

    @staticmethod
    def resolve_id(root: model.ServiceItem, info: GraphQLResolveInfo) -> str:
        return root.code

    @staticmethod
    def resolve_department(root: model.ServiceItem, info: GraphQLResolveInfo) -> model.Department:
        return view_of(info).catalogue.tables.departments[root.department]

    @staticmethod
    def resolve_themes(root: model.ServiceItem, info: GraphQLResolveInfo) -> list[model.Theme]:
        themes = view_of(info).catalogue.tables.themes
        return [themes[name] for name in root.themes]

    @staticmethod
    def resolve_life_events(root: model.ServiceItem, info: GraphQLResolveInfo) -> list[model.LifeEvent]:
        events = view_of(info).catalogue.tables.life_events
        return [events[name] for name in root.life_events]

    @staticmethod
    def resolve_effective_from(root: model.ServiceItem, info: GraphQLResolveInfo) -> str | None:
        return root.effective_from or None

    @staticmethod
    def resolve_result_certificate_type(root: model.ServiceItem, info: GraphQLResolveInfo) -> str | None:
        return root.result_certificate

    @staticmethod
    def resolve_handling_level(root: model.ServiceItem, info: GraphQLResolveInfo) -> model.Level:
        return root.level

    @staticmethod
    def resolve_handled_by(root: model.ServiceItem, info: GraphQLResolveInfo, region: str) -> model.HandlingBody:
        return handled_by(root, view_of(info).catalogue.tables, region)

    @staticmethod
    def resolve_form(root: model.ServiceItem, info: GraphQLResolveInfo) -> CompiledForm | None:
        return context_of(info).services.forms.find(root.code)

    @staticmethod
    def resolve_related_items(root: model.ServiceItem, info: GraphQLResolveInfo) -> list[model.ServiceItem]:
        return view_of(info).related(root)

    @classmethod
    def get_node(cls, info: GraphQLResolveInfo, code: str) -> model.ServiceItem | None:
        return view_of(info).items.get(code)


LifeEvent: type = life_event_type(ServiceItem)

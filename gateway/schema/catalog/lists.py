"""Lists of items: connection, filter, facets, search answers, personal lists, the change feed."""

import graphene
from graphql import GraphQLResolveInfo

from gateway.relay import CountedConnection
from gateway.schema.catalog.enums import CataloguePart, ChangeKind, Depth, MatchReason, ServiceSubject
from gateway.schema.catalog.tables import Department, Theme, view_of
from gateway.schema.catalog.types import ServiceItem
from services.catalog import model
from services.catalog.selection import Facet, ItemFilter


class ServiceItemFilter(graphene.InputObjectType):
    """条件。"""

    class Meta:
        description = "筛选条件，须全部满足；不写的不限。All given conditions must hold."

    theme = graphene.String(description="主题名称。Theme by name.")
    department = graphene.String(description="部门代码。Department by code.")
    subject = ServiceSubject(description="服务对象。Whom it serves.")
    region = graphene.String(
        description="地区代码。县（市、区）、功能区、街道：由当地机构办理的事项；371500 或 371599：由市级办理的事项。"
        "Items that the bodies of this region itself handle."
    )
    life_event = graphene.String(description="一件事的名称。Life event by name.")
    depth = Depth(description="网上办理深度。How far it goes online.")
    on_phone = graphene.Boolean(description="能否在手机上办完。Whether it can be finished on the phone.")
    handheld_only = graphene.Boolean(description="只要掌上可办的。Only what the app offers.")
    query = graphene.String(description="搜索词；写了则按相关程度排序。Search words; then the best match comes first.")


def filter_of(given: dict | None) -> ItemFilter:
    """The domain's filter; a null is no condition."""
    values = {name: value for name, value in (given or {}).items() if value is not None}
    return ItemFilter(**values)


class ThemeFacet(graphene.ObjectType):
    """主题计数。"""

    class Meta:
        description = "其他条件不变时，选这个主题会剩多少。How many items would be left with this theme."

    theme = graphene.Field(Theme, required=True, description="主题。Theme.")
    count = graphene.Int(required=True, description="事项数。Items.")

    @staticmethod
    def resolve_theme(root: Facet, info: GraphQLResolveInfo) -> model.Theme:
        return view_of(info).catalogue.tables.themes[root.value]


class DepartmentFacet(graphene.ObjectType):
    """部门计数。"""

    class Meta:
        description = "其他条件不变时，选这个部门会剩多少。How many items would be left with this department."

    department = graphene.Field(Department, required=True, description="部门。Department.")
    count = graphene.Int(required=True, description="事项数。Items.")

    @staticmethod
    def resolve_department(root: Facet, info: GraphQLResolveInfo) -> model.Department:
        return view_of(info).catalogue.tables.departments[root.value]


class Facets(graphene.ObjectType):
    """分面计数。"""

    class Meta:
        description = "按主题、部门的计数，不受分页影响，也不受各自那一项条件影响。Counts to narrow a list by."

    themes = graphene.List(graphene.NonNull(ThemeFacet), required=True, description="按主题，多的在前。By theme.")
    departments = graphene.List(
        graphene.NonNull(DepartmentFacet), required=True, description="按部门，多的在前。By department."
    )

    @staticmethod
    def resolve_themes(root: ItemFilter, info: GraphQLResolveInfo) -> list[Facet]:
        return view_of(info).theme_facets(root)

    @staticmethod
    def resolve_departments(root: ItemFilter, info: GraphQLResolveInfo) -> list[Facet]:
        return view_of(info).department_facets(root)


class ServiceItemConnection(CountedConnection):
    """事项列表。"""

    class Meta:
        node = ServiceItem
        description = "服务事项的一页。A page of service items."

    facets = graphene.Field(Facets, required=True, description="分面计数。Counts by theme and department.")


class TextRange(graphene.ObjectType):
    """高亮。"""

    class Meta:
        description = "matched 中的一段，用于高亮。A run of characters in `matched`."

    start = graphene.Int(required=True, description="从第几个字符开始，0 起。Start, from 0, in characters.")
    length = graphene.Int(required=True, description="字符数。Length in characters.")


class SearchHit(graphene.ObjectType):
    """命中。"""

    class Meta:
        description = "搜到的一个事项，以及为什么搜到它。An item found, and why."

    item = graphene.Field(ServiceItem, required=True, description="事项。The item.")
    reason = graphene.Field(MatchReason, required=True, description="为什么。Why.")
    matched = graphene.String(required=True, description="对上的名称或俗称。The name or synonym that matched.")
    highlights = graphene.List(
        graphene.NonNull(TextRange), required=True, description="matched 中对上的字。Characters of it that matched."
    )
    score = graphene.Float(
        required=True, description="相关程度，只用于同一次结果之间比较。For comparison within one answer."
    )


class ServiceItemSearch(graphene.ObjectType):
    """搜索结果。"""

    class Meta:
        description = "搜索结果。What a search gives."

    hits = graphene.List(graphene.NonNull(SearchHit), required=True, description="最相关的在前。The best first.")
    total_count = graphene.Int(required=True, description="一共搜到多少，至多 50。How many were found, at most 50.")
    suggestions = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="没有搜到时，可以试试的词。Words to try instead."
    )


class PopularItem(graphene.ObjectType):
    """常用。"""

    class Meta:
        description = "近 30 天常用的事项。An item much used in the last 30 days."

    item = graphene.Field(ServiceItem, required=True, description="事项。The item.")
    uses = graphene.Int(
        required=True,
        description="使用次数：登录用户看指南（每人每天计一次）和提交申请。Guides read and applications handed in.",
    )


class MarkedItem(graphene.ObjectType):
    """收藏或最近使用。"""

    class Meta:
        description = "本人收藏或最近使用的事项。An item that this person keeps or has used."

    item = graphene.Field(ServiceItem, required=True, description="事项。The item.")
    at = graphene.DateTime(required=True, description="收藏或使用的时间。When.")


class GuideChange(graphene.ObjectType):
    """目录变更。"""

    class Meta:
        possible_types = (model.GuideChange,)
        description = "目录的一次变更，供其他渠道同步。One change of the catalogue, for other channels to follow."

    version = graphene.Int(required=True, description="变更后的版本号。The version it made.")
    kind = graphene.Field(ChangeKind, required=True, description="种类。What happened.")
    part = graphene.Field(CataloguePart, required=True, description="哪一部分。Which part.")
    item_code = graphene.String(description="事项编号；表的变更为空。The item's code; null for a table.")
    item = graphene.Field(ServiceItem, description="事项现在的内容；已下架或是表则为空。The item as it is now.")
    at = graphene.DateTime(required=True, description="变更时间。When.")

    @staticmethod
    def resolve_item_code(root: model.GuideChange, info: GraphQLResolveInfo) -> str | None:
        return root.code or None

    @staticmethod
    def resolve_item(root: model.GuideChange, info: GraphQLResolveInfo) -> model.ServiceItem | None:
        return view_of(info).items.get(root.code)


class GuideChanges(graphene.ObjectType):
    """变更列表。"""

    class Meta:
        description = "某版本之后的变更，由早到晚。Changes after a version, the oldest first."

    changes = graphene.List(graphene.NonNull(GuideChange), required=True, description="变更。Changes.")
    latest_version = graphene.Int(required=True, description="本次返回的最后版本，下次从它继续。Go on from here.")
    has_more = graphene.Boolean(required=True, description="后面是否还有。Whether more follow.")

"""GraphQL types of departments, regions, themes and life events."""

from collections.abc import Sequence
from typing import Any

import graphene
from graphene import relay
from graphql import GraphQLResolveInfo

from gateway.context import context_of
from gateway.schema.catalog.enums import Certainty, HandlingLevel, ServiceSubject
from services.catalog import model
from services.catalog.selection import View


def view_of(info: GraphQLResolveInfo) -> View:
    """The catalogue of this month, the same one for the whole request even if it is reloaded meanwhile."""
    context = context_of(info)
    view: View | None = context.loaders.get("catalog.view")
    if view is None:
        view = context.loaders["catalog.view"] = context.services.catalog.view
    return view


def _counts(info: GraphQLResolveInfo) -> dict[str, int]:
    """Items by department and theme, counted once a request."""
    loaders = context_of(info).loaders
    counts: dict[str, int] | None = loaders.get("catalog.counts")
    if counts is None:
        counts = {}
        for one in view_of(info).items.values():
            for key in (f"d:{one.department}", *(f"t:{t}" for t in one.themes)):
                counts[key] = counts.get(key, 0) + 1
        loaders["catalog.counts"] = counts
    return counts


class Department(graphene.ObjectType):
    """部门或服务单位。A department or public service unit."""

    class Meta:
        interfaces = (relay.Node,)
        possible_types = (model.Department,)
        description = "部门或服务单位。A department or public service unit."

    code = graphene.String(required=True, description="部门代码，如 YBJ。Code within this city.")
    name = graphene.String(required=True, description="全称。Full name.")
    short_name = graphene.String(required=True, description="简称。Short name.")
    gloss_en = graphene.String(description="英文名。English name.")
    uscc = graphene.String(description="统一社会信用代码，见 usccCertainty。GB 32100 code.")
    uscc_certainty = graphene.Field(Certainty, required=True, description="信用代码有多确定；本项目为合成代码。")
    kind = graphene.String(description="机构类型。Kind of body.")
    certainty = graphene.Field(Certainty, required=True, description="名称有多确定。How sure the name is.")
    note = graphene.String(description="说明。Note.")
    items_count = graphene.Int(required=True, description="现有事项数。How many items it has now.")

    @staticmethod
    def resolve_id(root: model.Department, info: GraphQLResolveInfo) -> str:
        return root.code

    @staticmethod
    def resolve_items_count(root: model.Department, info: GraphQLResolveInfo) -> int:
        return _counts(info).get(f"d:{root.code}", 0)

    @classmethod
    def get_node(cls, info: GraphQLResolveInfo, code: str) -> model.Department | None:
        return view_of(info).catalogue.tables.departments.get(code)


class Region(graphene.ObjectType):
    """地区。"""

    class Meta:
        interfaces = (relay.Node,)
        possible_types = (model.Region,)
        description = "县（市、区）、功能区、街道乡镇，或历史代码。A county, zone, street, or a code of the past."

    code = graphene.String(required=True, description="区划代码（GB/T 2260）；功能区为自编代码。Region code.")
    name = graphene.String(required=True, description="名称。Name.")
    kind = graphene.String(required=True, description="类别，如 县级市。Kind of region.")
    gloss_en = graphene.String(description="英文名。English name.")
    certainty = graphene.Field(
        Certainty, required=True, description="名称和代码中较不确定者。The weaker of name and code."
    )
    note = graphene.String(description="说明。Note.")
    parent = graphene.Field(lambda: Region, description="上级地区。The region above.")
    replaced_by = graphene.Field(lambda: Region, description="已由哪个地区取代；新办件须用后者。Its successor.")
    managing_zone = graphene.Field(lambda: Region, description="由哪个功能区代管（推定）。The zone that manages it.")
    children = graphene.List(
        graphene.NonNull(lambda: Region), required=True, description="下级地区，按目录次序。Regions below."
    )

    @staticmethod
    def resolve_id(root: model.Region, info: GraphQLResolveInfo) -> str:
        return root.code

    @staticmethod
    def resolve_parent(root: model.Region, info: GraphQLResolveInfo) -> model.Region | None:
        return _region(info, root.parent)

    @staticmethod
    def resolve_replaced_by(root: model.Region, info: GraphQLResolveInfo) -> model.Region | None:
        return _region(info, root.replaced_by)

    @staticmethod
    def resolve_managing_zone(root: model.Region, info: GraphQLResolveInfo) -> model.Region | None:
        return _region(info, root.managing_zone)

    @staticmethod
    def resolve_children(root: model.Region, info: GraphQLResolveInfo) -> Sequence[model.Region]:
        return view_of(info).catalogue.children.get(root.code, ())

    @classmethod
    def get_node(cls, info: GraphQLResolveInfo, code: str) -> model.Region | None:
        return _region(info, code)


def _region(info: GraphQLResolveInfo, code: str | None) -> model.Region | None:
    return view_of(info).catalogue.tables.regions.get(code) if code else None


class Theme(graphene.ObjectType):
    """主题。"""

    class Meta:
        interfaces = (relay.Node,)
        possible_types = (model.Theme,)
        description = "服务主题。A theme that items belong to."

    name = graphene.String(required=True, description="名称，也是筛选条件的值。Name, and value of the filter.")
    group = graphene.String(description="首页大类。Group on the home page.")
    description = graphene.String(description="包括哪些事。What it is about.")
    items_count = graphene.Int(required=True, description="现有事项数。How many items it has now.")

    @staticmethod
    def resolve_id(root: model.Theme, info: GraphQLResolveInfo) -> str:
        return root.name

    @staticmethod
    def resolve_items_count(root: model.Theme, info: GraphQLResolveInfo) -> int:
        return _counts(info).get(f"t:{root.name}", 0)

    @classmethod
    def get_node(cls, info: GraphQLResolveInfo, name: str) -> model.Theme | None:
        return view_of(info).catalogue.tables.themes.get(name)


def life_event_type(service_item: Any) -> type:
    """`LifeEvent`, whose items are of the type given: the two name each other."""

    class LifeEvent(graphene.ObjectType):
        class Meta:
            interfaces = (relay.Node,)
            possible_types = (model.LifeEvent,)
            description = (
                "一件事：一次人生或经营大事涉及的多个事项。One event of life and the items it brings together."
            )

        name = graphene.String(required=True, description="名称，也是筛选条件的值。Name, and value of the filter.")
        description = graphene.String(description="包括哪些事。What it is about.")
        subjects = graphene.List(
            graphene.NonNull(ServiceSubject), required=True, description="服务对象。Whom it serves."
        )
        items = graphene.List(
            graphene.NonNull(service_item),
            required=True,
            description="事项，按通常办理次序。Items in their usual order.",
        )
        items_count = graphene.Int(required=True, description="现有事项数。How many items it has now.")

        @staticmethod
        def resolve_id(root: model.LifeEvent, info: GraphQLResolveInfo) -> str:
            return root.name

        @staticmethod
        def resolve_items(root: model.LifeEvent, info: GraphQLResolveInfo) -> list[model.ServiceItem]:
            return view_of(info).event_items(root)

        @staticmethod
        def resolve_items_count(root: model.LifeEvent, info: GraphQLResolveInfo) -> int:
            return len(view_of(info).event_items(root))

        @classmethod
        def get_node(cls, info: GraphQLResolveInfo, name: str) -> model.LifeEvent | None:
            return view_of(info).catalogue.tables.life_events.get(name)

    return LifeEvent


class HandlingBody(graphene.ObjectType):
    """办理机构。"""

    class Meta:
        possible_types = (model.HandlingBody,)
        description = "某地区由谁办理。Who handles an item for one region."

    name = graphene.String(required=True, description="机构名称，见 certainty。Name of the body.")
    short_name = graphene.String(required=True, description="简称。Short name.")
    level = graphene.Field(HandlingLevel, required=True, description="层级。Its level.")
    department = graphene.Field(Department, required=True, description="所属的市级部门。The city's department.")
    region = graphene.Field(Region, required=True, description="对应的现行地区。The region as it is today.")
    certainty = graphene.Field(Certainty, required=True, description="机构名称有多确定。How sure the name is.")
    address = graphene.String(description="地址；未查到则为空。Address, where known.")
    phone = graphene.String(description="电话；未查到则为空。Phone, where known.")
    note = graphene.String(description="说明，如历史代码、功能区。Note.")

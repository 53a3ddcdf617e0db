"""Root fields that read the catalogue. All but the counts and the change feed come from memory."""

from collections.abc import Sequence
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of
from gateway.relay import decode_cursor, encode_cursor, page_size
from gateway.schema.catalog.lists import (
    GuideChanges,
    MarkedItem,
    PopularItem,
    ServiceItemConnection,
    ServiceItemFilter,
    ServiceItemSearch,
    filter_of,
)
from gateway.schema.catalog.tables import Department, Region, Theme, view_of
from gateway.schema.catalog.types import LifeEvent, ServiceItem
from services.catalog import model
from services.catalog.service import CatalogService, Popular
from services.kernel.errors import InvalidInput
from services.kernel.principal import Principal

MAX_CATALOGUE_PAGE = 300
"""The catalogue is in memory and its answers are cached whole (decision 0031): longer pages than elsewhere."""


def _service(info: GraphQLResolveInfo) -> CatalogService:
    return context_of(info).services.catalog


def catalogue_page(items: Sequence[model.ServiceItem], first: int | None, after: str | None) -> dict[str, Any]:
    """One page; a cursor is the code of the item before it. Raises `InvalidInput`."""
    size = 20 if first is None else first
    if not 1 <= size <= MAX_CATALOGUE_PAGE:
        raise InvalidInput(f"每页条数 first 须为 1 至 {MAX_CATALOGUE_PAGE}。", field="first")
    position = decode_cursor(after)
    start = 0
    if position is not None:
        places = {one.code: n for n, one in enumerate(items)}
        if position not in places:
            raise InvalidInput("翻页位置 after 无效或已经变化，请从第一页重新加载。", field="after")
        start = places[position] + 1
    page = items[start : start + size]
    return {
        "edges": [{"node": one, "cursor": encode_cursor(one.code)} for one in page],
        "page_info": {
            "has_next_page": start + size < len(items),
            "has_previous_page": start > 0,
            "start_cursor": encode_cursor(page[0].code) if page else None,
            "end_cursor": encode_cursor(page[-1].code) if page else None,
        },
        "total_count": len(items),
    }


def _marked(pairs: Sequence[tuple[model.ServiceItem, model.Mark]]) -> list[dict[str, Any]]:
    return [{"item": item, "at": mark.at} for item, mark in pairs]


class CatalogQueries:
    """Fields of Query."""

    service_items = graphene.Field(
        ServiceItemConnection,
        required=True,
        first=graphene.Int(default_value=20, description="每页条数，1 至 300。Page size."),
        after=graphene.String(description="从哪个游标之后开始。Cursor to go on from."),
        filter=ServiceItemFilter(description="筛选条件。Conditions."),
        description="服务事项列表，按编号排序；有搜索词时按相关程度。Service items by code, or the best match first.",
    )
    service_item = graphene.Field(
        ServiceItem,
        required=True,
        code=graphene.String(required=True, description="事项编号，如 YB-010。The item's code."),
        description="一个事项的完整指南；没有则报 ITEM_NOT_FOUND。One item with its whole guide.",
    )
    search_service_items = graphene.Field(
        ServiceItemSearch,
        required=True,
        text=graphene.String(
            required=True, description="汉字、拼音、首字母、俗称都可以，前 40 字有效。What somebody types."
        ),
        first=graphene.Int(default_value=10, description="最多几个，1 至 100。At most so many."),
        description="搜索事项，容许错别字。Search that forgives typing errors.",
    )
    themes = graphene.List(graphene.NonNull(Theme), required=True, description="全部主题。All themes.")
    departments = graphene.List(
        graphene.NonNull(Department), required=True, description="全部部门和服务单位。All departments."
    )
    regions = graphene.List(
        graphene.NonNull(Region),
        required=True,
        description="地区树的根：各省级地区，下级见 children。Roots of the tree.",
    )
    life_events = graphene.List(graphene.NonNull(LifeEvent), required=True, description="全部一件事。All life events.")
    popular_service_items = graphene.List(
        graphene.NonNull(PopularItem),
        required=True,
        first=graphene.Int(default_value=10, description="最多几个，1 至 100。At most so many."),
        description="近 30 天常用事项，多的在前；没有人用过的不列。Much used items, by real counts.",
    )
    catalog_version = graphene.Int(
        required=True, description="目录版本号，只增不减，每项变更加一。Version of the catalogue; it only grows."
    )
    guide_changes = graphene.Field(
        GuideChanges,
        required=True,
        since=graphene.Int(required=True, description="上次同步到的版本号，从头开始为 0。The version last seen."),
        first=graphene.Int(default_value=100, description="最多几条，1 至 100。At most so many."),
        description="某版本之后的变更，供网站、自助终端等渠道同步。The change feed for other channels.",
    )

    @staticmethod
    def resolve_service_items(
        root: None,
        info: GraphQLResolveInfo,
        first: int,
        after: str | None = None,
        filter: dict | None = None,  # noqa: A002 - the argument's name
    ) -> dict[str, Any]:
        wanted = filter_of(filter)
        return {**catalogue_page(view_of(info).select(wanted), first, after), "facets": wanted}

    @staticmethod
    def resolve_service_item(root: None, info: GraphQLResolveInfo, code: str) -> model.ServiceItem:
        return view_of(info).item(code)

    @staticmethod
    def resolve_search_service_items(root: None, info: GraphQLResolveInfo, text: str, first: int) -> dict[str, Any]:
        size = page_size(first)
        view = view_of(info)
        found = view.find(text)
        hits = [
            {
                "item": view.items[hit.code],
                "reason": hit.reason,
                "matched": hit.matched,
                "highlights": [{"start": start, "length": length} for start, length in hit.ranges],
                "score": round(hit.score, 3),
            }
            for hit in found.hits[:size]
        ]
        return {"hits": hits, "total_count": len(found.hits), "suggestions": found.suggestions}

    @staticmethod
    def resolve_themes(root: None, info: GraphQLResolveInfo) -> list[model.Theme]:
        return list(view_of(info).catalogue.tables.themes.values())

    @staticmethod
    def resolve_departments(root: None, info: GraphQLResolveInfo) -> list[model.Department]:
        return list(view_of(info).catalogue.tables.departments.values())

    @staticmethod
    def resolve_regions(root: None, info: GraphQLResolveInfo) -> list[model.Region]:
        return [one for one in view_of(info).catalogue.tables.regions.values() if one.parent is None]

    @staticmethod
    def resolve_life_events(root: None, info: GraphQLResolveInfo) -> list[model.LifeEvent]:
        return list(view_of(info).catalogue.tables.life_events.values())

    @staticmethod
    async def resolve_popular_service_items(root: None, info: GraphQLResolveInfo, first: int) -> list[Popular]:
        return await _service(info).popular(page_size(first))

    @staticmethod
    async def resolve_catalog_version(root: None, info: GraphQLResolveInfo) -> int:
        return await _service(info).synchronise()

    @staticmethod
    async def resolve_guide_changes(root: None, info: GraphQLResolveInfo, since: int, first: int) -> dict[str, Any]:
        size = page_size(first)
        changes = await _service(info).changes(since, size + 1)
        page = changes[:size]
        return {
            "changes": page,
            "latest_version": page[-1].version if page else since,
            "has_more": len(changes) > size,
        }


class CatalogViewer:
    """Fields of Viewer."""

    favourite_items = graphene.List(
        graphene.NonNull(MarkedItem),
        required=True,
        first=graphene.Int(default_value=20, description="最多几个，1 至 100。At most so many."),
        description="本人收藏的事项，新的在前。Items this person keeps, the newest first.",
    )
    recent_items = graphene.List(
        graphene.NonNull(MarkedItem),
        required=True,
        first=graphene.Int(default_value=20, description="最多几个，1 至 100；保留最近 20 个。At most so many."),
        description="本人最近看过、办过的事项，新的在前。Items this person used lately.",
    )

    @staticmethod
    async def resolve_favourite_items(root: Principal, info: GraphQLResolveInfo, first: int) -> list[dict[str, Any]]:
        return _marked(await _service(info).favourites(root, page_size(first)))

    @staticmethod
    async def resolve_recent_items(root: Principal, info: GraphQLResolveInfo, first: int) -> list[dict[str, Any]]:
        return _marked(await _service(info).recent(root, page_size(first)))

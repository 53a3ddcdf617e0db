"""Asking: what may be asked of an item, and the question itself."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of
from gateway.relay import decode_cursor, encode_cursor, page_size
from gateway.scalars import JSON
from gateway.schema.inquiries.types import Inquiry, InquiryResult, problems_of
from services.inquiries import model
from services.inquiries.values import moment_text
from services.kernel.clock import CHINA
from services.kernel.errors import InvalidInput


class InquiryQueries:
    """Fields of Query."""

    inquiry = graphene.Field(
        Inquiry,
        required=True,
        item_code=graphene.String(required=True, description="查询事项的编号，如 YB-032。Code of a query item."),
        description="查询事项怎么查：条件和结果的各列。公开。How a query item is asked and answered.",
    )
    run_inquiry = graphene.Field(
        InquiryResult,
        required=True,
        item_code=graphene.String(required=True, description="查询事项的编号，如 YB-032。Code of a query item."),
        parameters=JSON(description="查询条件，见 inquiry.parameters。What is given with the question."),
        first=graphene.Int(description="每页条数，1 至 100；不填按事项设定。Page size; default: the item's."),
        after=graphene.String(description="从哪个游标之后开始。Cursor to go on from."),
        description="查询。个人和企业数据只能查当前办事主体自己的，须登录；公开信息不必登录。"
        "Ask a department: own data of whom one acts for, or public data without signing in.",
    )

    @staticmethod
    def resolve_inquiry(root: None, info: GraphQLResolveInfo, item_code: str) -> model.Declaration:
        return context_of(info).services.inquiries.declaration(item_code)

    @staticmethod
    async def resolve_run_inquiry(
        root: None,
        info: GraphQLResolveInfo,
        item_code: str,
        parameters: Any = None,
        first: int | None = None,
        after: str | None = None,
    ) -> dict[str, Any]:
        context = context_of(info)
        inquiries = context.services.inquiries
        size = page_size(first, inquiries.declaration(item_code).page_size)
        answer = await inquiries.run(context.principal, item_code, parameters, size, _start(after))
        return _shown(answer)


def _start(after: str | None) -> int:
    position = decode_cursor(after)
    if position is None:
        return 0
    if not (position.isascii() and position.isdigit() and len(position) <= 9):
        raise InvalidInput("翻页位置 after 无效，请从第一页重新加载。", field="after")
    return int(position) + 1


def _shown(answer: model.Answer) -> dict[str, Any]:
    rows = [
        {"cursor": encode_cursor(str(number)), "cells": cells} for number, cells in enumerate(answer.rows, answer.start)
    ]
    as_of = None if answer.as_of is None else answer.as_of.astimezone(CHINA)
    stale_message = None
    if answer.stale and as_of is not None:
        stale_message = f"部门系统暂时不可用，以下是截至{moment_text(as_of)}的数据。"
    return {
        "problems": problems_of(answer),
        "columns": answer.declaration.columns,
        "rows": rows,
        "total_count": answer.total,
        "page_info": {
            "has_next_page": answer.start + len(rows) < answer.total and bool(rows),
            "has_previous_page": answer.start > 0,
            "start_cursor": rows[0]["cursor"] if rows else None,
            "end_cursor": rows[-1]["cursor"] if rows else None,
        },
        "as_of": as_of,
        "source": answer.source,
        "stale": answer.stale,
        "stale_message": stale_message,
        "empty_message": answer.declaration.empty if answer.as_of is not None and answer.total == 0 else None,
    }

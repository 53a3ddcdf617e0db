"""Mutations on what a person keeps and has used."""

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of, principal_of
from gateway.relay import IdempotentInput
from gateway.schema.catalog.types import ServiceItem

_CODE = "事项编号，如 YB-010。The item's code."


class AddFavouriteItemInput(IdempotentInput, graphene.InputObjectType):
    """收藏。"""

    class Meta:
        description = "收藏哪个事项。Which item to keep."

    code = graphene.String(required=True, description=_CODE)


class AddFavouriteItem(graphene.Mutation):
    """收藏事项。"""

    class Meta:
        name = "AddFavouriteItemPayload"
        description = "收藏的结果。What was kept."

    class Arguments:
        input = AddFavouriteItemInput(required=True, description="收藏哪个事项。Which item.")

    item = graphene.Field(ServiceItem, required=True, description="收藏的事项。The item kept.")

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: AddFavouriteItemInput) -> "AddFavouriteItem":
        catalog = context_of(info).services.catalog
        item = await catalog.add_favourite(principal_of(info), input.code, input.idempotency_key)
        return AddFavouriteItem(item=item)


class RemoveFavouriteItemInput(IdempotentInput, graphene.InputObjectType):
    """取消收藏。"""

    class Meta:
        description = "取消收藏哪个事项。Which item to keep no longer."

    code = graphene.String(required=True, description=_CODE)


class RemoveFavouriteItem(graphene.Mutation):
    """取消收藏。"""

    class Meta:
        name = "RemoveFavouriteItemPayload"
        description = "取消收藏的结果。What was removed."

    class Arguments:
        input = RemoveFavouriteItemInput(required=True, description="取消哪个事项。Which item.")

    code = graphene.String(required=True, description="不再收藏的事项编号。Code of the item kept no longer.")

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: RemoveFavouriteItemInput) -> "RemoveFavouriteItem":
        catalog = context_of(info).services.catalog
        return RemoveFavouriteItem(
            code=await catalog.remove_favourite(principal_of(info), input.code, input.idempotency_key)
        )


class RecordItemViewInput(IdempotentInput, graphene.InputObjectType):
    """看过。"""

    class Meta:
        description = "看了哪个事项的指南。Whose guide was read."

    code = graphene.String(required=True, description=_CODE)


class RecordItemView(graphene.Mutation):
    """记下看过。"""

    class Meta:
        name = "RecordItemViewPayload"
        description = "记下的结果。What was written down."

    class Arguments:
        input = RecordItemViewInput(required=True, description="看了哪个事项。Which item.")

    item = graphene.Field(ServiceItem, required=True, description="看过的事项。The item.")

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: RecordItemViewInput) -> "RecordItemView":
        catalog = context_of(info).services.catalog
        return RecordItemView(item=await catalog.viewed(principal_of(info), input.code))


class CatalogMutations:
    """Fields of Mutation."""

    add_favourite_item = AddFavouriteItem.Field(
        required=True, description="收藏事项；已收藏的不变，至多 100 个。Keep an item; again changes nothing."
    )
    remove_favourite_item = RemoveFavouriteItem.Field(
        required=True, description="取消收藏；没有收藏的不变。Keep an item no longer."
    )
    record_item_view = RecordItemView.Field(
        required=True,
        description="登录用户打开指南时调用：记入最近使用，并计入常用（每人每天每项一次）。指南本身可缓存，故单独记录。"
        "Call it when a signed-in person opens a guide.",
    )

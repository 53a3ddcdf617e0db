"""What the signed-in person may reuse in a form."""

from collections.abc import Sequence

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of
from gateway.scalars import JSON
from services.forms import model
from services.kernel.principal import Principal


class PrefilledValue(graphene.ObjectType):
    """可以免填的一项。"""

    class Meta:
        possible_types = (model.Prefilled,)
        description = "可以免填的一项，本人仍可修改。A value that the person may reuse, or change."

    path = graphene.String(required=True, description="字段路径，如 applicant.name。Path of the field.")
    value = JSON(required=True, description="值。The value.")
    source = graphene.String(required=True, description="来源，如 certificate:ID_CARD.address。Source.")
    source_label = graphene.String(
        required=True, description="来源的名称，给本人看，如 电子证照《居民身份证》。Where it comes from, to be shown."
    )


class FormViewer:
    """Fields of Viewer."""

    prefill = graphene.List(
        graphene.NonNull(PrefilledValue),
        required=True,
        item_code=graphene.String(required=True, description="事项编号。Code of the service item."),
        description="这个事项的申请表里可以免填的内容，注明来源；需 L2 实名认证。为当前代办的主体取值。"
        "What may be reused in an item's form, with its source; needs L2.",
    )

    @staticmethod
    async def resolve_prefill(root: Principal, info: GraphQLResolveInfo, item_code: str) -> Sequence[model.Prefilled]:
        return await context_of(info).services.forms.prefill(root, item_code)

"""Checking a form. A mutation although it writes nothing: values are personal data and must never be in a URL."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of
from gateway.relay import IdempotentInput
from gateway.scalars import JSON, Problem


class CheckFormInput(IdempotentInput, graphene.InputObjectType):
    """检查申请表。What to check."""

    item_code = graphene.String(required=True, description="事项编号，如 YB-010。Code of the service item.")
    values = JSON(required=True, description="按事项申请表填写的内容。The form as filled in.")


class CheckFormPayload(graphene.ObjectType):
    """检查的结果。What is wrong, if anything."""

    problems = graphene.List(
        graphene.NonNull(Problem),
        required=True,
        description="全部问题，路径从表单最外层算起，如 child.idNumber；没有则为空列表。All problems.",
    )


class CheckForm(graphene.Mutation):
    """检查申请表，什么也不保存，不用登录。Check a form; keeps nothing, needs no sign-in."""

    class Arguments:
        input = CheckFormInput(required=True, description="输入。")

    Output = graphene.NonNull(CheckFormPayload)

    @staticmethod
    def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> CheckFormPayload:
        return CheckFormPayload(problems=context_of(info).services.forms.problems(input.item_code, input.values))


class FormMutations:
    """Fields of Mutation."""

    check_form = CheckForm.Field(
        description="检查申请表填得对不对，一次列出全部问题；不提交、不保存。Check a form without handing it in."
    )

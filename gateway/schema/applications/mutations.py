"""Handing in and withdrawing."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of, principal_of
from gateway.relay import IdempotentInput
from gateway.scalars import JSON, Problem
from gateway.schema.applications.types import Application, application_id_of
from services.kernel.principal import Assurance


class SubmitApplicationInput(IdempotentInput, graphene.InputObjectType):
    """提交申请。What is applied for, where, and the form."""

    item_code = graphene.String(required=True, description="事项编号，如 YB-010。Code of the service item.")
    form = JSON(required=True, description="按事项表单填写的内容。The form, as the item's schema asks.")
    region_code = graphene.String(
        required=True, description="在哪个县（市、区）或功能区办理。Region code of a county or zone."
    )


class WithdrawApplicationInput(IdempotentInput, graphene.InputObjectType):
    """撤回申请。Which one."""

    application_id = graphene.ID(required=True, description="办件的全局编号。Global id of the application.")


class AnswerCorrectionInput(IdempotentInput, graphene.InputObjectType):
    """提交补正。The corrected form, and a note."""

    application_id = graphene.ID(required=True, description="办件的全局编号。Global id of the application.")
    form = JSON(required=True, description="补正后的完整表单。The whole form, corrected.")
    note = graphene.String(default_value="", description="给部门的补正说明，最多500字。A note to the department.")


class AnswerCorrectionPayload(graphene.ObjectType):
    """补正的结果：办件，或表单的全部问题。The application, or all that is wrong with the form."""

    application = graphene.Field(Application, description="已重新提交的办件；有问题时为空。Null with problems.")
    problems = graphene.List(
        graphene.NonNull(Problem), required=True, description="表单的全部问题，没有则为空列表。All problems at once."
    )


class SubmitApplicationPayload(graphene.ObjectType):
    """提交的结果：一个办件，或表单的全部问题。An application, or all that is wrong with the form."""

    application = graphene.Field(
        Application, description="新的办件；有问题时为空。The application; null with problems."
    )
    problems = graphene.List(
        graphene.NonNull(Problem), required=True, description="表单的全部问题，没有则为空列表。All problems at once."
    )


class WithdrawApplicationPayload(graphene.ObjectType):
    """撤回的结果。The application, withdrawn."""

    application = graphene.Field(Application, required=True, description="已撤回的办件。The withdrawn application.")


class SubmitApplication(graphene.Mutation):
    """提交申请，需 L2 实名认证；为当前代办的主体提交。Hand in an application for whom one acts for; needs L2."""

    class Arguments:
        input = SubmitApplicationInput(required=True, description="输入。")

    Output = graphene.NonNull(SubmitApplicationPayload)

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> SubmitApplicationPayload:
        principal, applications = principal_of(info, Assurance.REAL_NAME), context_of(info).services.applications
        submitted = await applications.submit(
            principal, input.item_code, input.form, input.region_code, input.idempotency_key
        )
        if submitted.application_id is None:
            return SubmitApplicationPayload(application=None, problems=submitted.problems)
        return SubmitApplicationPayload(
            application=await applications.get(principal, submitted.application_id), problems=[]
        )


class WithdrawApplication(graphene.Mutation):
    """撤回申请，作出决定之前都可以。Withdraw before a decision; ILLEGAL_TRANSITION afterwards."""

    class Arguments:
        input = WithdrawApplicationInput(required=True, description="输入。")

    Output = graphene.NonNull(WithdrawApplicationPayload)

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> WithdrawApplicationPayload:
        principal, applications = principal_of(info, Assurance.REAL_NAME), context_of(info).services.applications
        application_id = application_id_of(input.application_id)
        withdrawn = await applications.withdraw(principal, application_id, input.idempotency_key)
        return WithdrawApplicationPayload(application=await applications.get(principal, withdrawn))


class AnswerCorrection(graphene.Mutation):
    """提交补正，只有一次，须在期限内。Answer a correction, once and in time; ILLEGAL_TRANSITION otherwise."""

    class Arguments:
        input = AnswerCorrectionInput(required=True, description="输入。")

    Output = graphene.NonNull(AnswerCorrectionPayload)

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: Any) -> AnswerCorrectionPayload:
        principal, applications = principal_of(info, Assurance.REAL_NAME), context_of(info).services.applications
        answered = await applications.answer_correction(
            principal, application_id_of(input.application_id), input.form, input.note or "", input.idempotency_key
        )
        if answered.application_id is None:
            return AnswerCorrectionPayload(application=None, problems=answered.problems)
        return AnswerCorrectionPayload(
            application=await applications.get(principal, answered.application_id), problems=[]
        )


class ApplicationMutations:
    """Fields of Mutation."""

    submit_application = SubmitApplication.Field(
        description="提交申请。有问题时不受理，一次列出全部问题。Hand in an application."
    )
    answer_correction = AnswerCorrection.Field(
        description="提交补正。有问题时一次列出全部问题。Answer the correction that the department asked."
    )
    withdraw_application = WithdrawApplication.Field(description="撤回申请。Withdraw an application.")

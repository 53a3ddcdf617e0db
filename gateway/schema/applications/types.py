"""Graph types of an application and its record."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import graphene
from graphene import relay
from graphql import GraphQLResolveInfo
from graphql_relay import from_global_id, to_global_id

from gateway.context import context_of, principal_of
from gateway.relay import CountedConnection
from services.applications import model
from services.kernel.clock import CHINA
from services.kernel.errors import NotFound

_ACTOR_TEXT = {
    "APPLICANT": "申请人。The applicant.",
    "DEPARTMENT": "办理部门。The department.",
    "CITY": "分厅（本平台）。The city's hall itself.",
    "NOBODY": "无人：已经结束。Nobody: it is over.",
}


def _state_text(value: model.State | None) -> str:
    if value is None:
        return "办件状态，用行政程序的说法。Where an application stands, in the terms of administrative procedure."
    return f"{model.STATES[value].label}：{model.STATES[value].sentence}"


ApplicationState = graphene.Enum.from_enum(model.State, name="ApplicationState", description=_state_text)
ApplicationActor = graphene.Enum.from_enum(
    model.Actor, name="ApplicationActor", description=lambda v: _ACTOR_TEXT[v.name] if v else "谁。Who acts."
)


class ApplicationEvent(graphene.ObjectType):
    """办件记录中的一条。One line of the append-only record."""

    class Meta:
        possible_types = (model.Event,)

    sequence = graphene.Int(required=True, description="序号，从 1 起。Number in the record, from 1.")
    at = graphene.DateTime(required=True, description="时间。When.")
    actor = graphene.Field(ApplicationActor, required=True, description="谁做的。Who did it.")
    state = graphene.Field(ApplicationState, required=True, description="此后的状态。The state from then on.")
    label = graphene.String(required=True, description="状态的中文名。The state in Chinese.")
    sentence = graphene.String(required=True, description="给申请人看的一句话。A sentence for the applicant.")
    reason_code = graphene.String(description="原因代码，如 DEPARTMENT_SILENT。Reason code, where there is one.")

    @staticmethod
    def resolve_at(event: model.Event, info: GraphQLResolveInfo) -> datetime:
        return event.at.astimezone(CHINA)

    @staticmethod
    def resolve_label(event: model.Event, info: GraphQLResolveInfo) -> str:
        return model.STATES[event.state].label


class ApplicationReason(graphene.ObjectType):
    """不予受理或不予办理的理由和救济途径。Why it was refused or denied, and what to do about it."""

    class Meta:
        possible_types = (model.Reason,)

    code = graphene.String(required=True, description="原因代码，如 NO_ENROLMENT_RECORD。Reason code.")
    sentence = graphene.String(required=True, description="理由。The reason, in Chinese.")
    remedies = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="救济途径，按先后。Remedies, in order."
    )

    @staticmethod
    def resolve_remedies(reason: model.Reason, info: GraphQLResolveInfo) -> list[str]:
        return list(reason.remedies)


class ApplicationCorrectionItem(graphene.ObjectType):
    """要补正的一项。One thing to add or put right."""

    class Meta:
        possible_types = (model.CorrectionItem,)

    requirement = graphene.String(required=True, description="要补什么、怎么改。What is wanted, in Chinese.")
    field = graphene.String(description="表单字段路径；与某个字段无关时为空。Path of the form field, where it is one.")


class ApplicationCorrection(graphene.ObjectType):
    """补正通知：部门一次性告知的全部内容，以及您的答复。What the department asks for, once, and the answer."""

    class Meta:
        possible_types = (model.Correction,)

    reference = graphene.String(required=True, description="补正通知编号。The department's number of the notice.")
    items = graphene.List(
        graphene.NonNull(ApplicationCorrectionItem), required=True, description="全部要补正的内容。The complete list."
    )
    asked_at = graphene.DateTime(required=True, description="告知时间。When it was asked.")
    due_at = graphene.DateTime(
        required=True, description="最迟何时补齐，过期办件关闭。The last moment; then it lapses."
    )
    due_provisional = graphene.Boolean(
        required=True,
        description="到期日涉及尚未公布放假安排的年份，可能调整。Holidays of that year are not announced yet.",
    )
    answered_at = graphene.DateTime(description="补正提交时间。When it was answered.")

    @staticmethod
    def resolve_items(one: model.Correction, info: GraphQLResolveInfo) -> list[model.CorrectionItem]:
        return list(one.items)

    @staticmethod
    def resolve_asked_at(one: model.Correction, info: GraphQLResolveInfo) -> datetime:
        return one.asked_at.astimezone(CHINA)

    @staticmethod
    def resolve_due_at(one: model.Correction, info: GraphQLResolveInfo) -> datetime:
        return one.due_at.astimezone(CHINA)

    @staticmethod
    def resolve_answered_at(one: model.Correction, info: GraphQLResolveInfo) -> datetime | None:
        return None if one.answered_at is None else one.answered_at.astimezone(CHINA)


class ResultDocument(graphene.ObjectType):
    """结果文书：部门作出决定的凭据。The document by which the department decided."""

    class Meta:
        possible_types = (model.ResultRecord,)

    title = graphene.String(required=True, description="文书名称。Its title.")
    number = graphene.String(required=True, description="文书编号。Its number.")
    issuer = graphene.String(required=True, description="出具机关。Who issued it.")
    issued_on = graphene.Date(required=True, description="出具日期。Date of issue.")


class ApplicationResult(graphene.ObjectType):
    """办理结果：证照、文书，或两者。What came of it: a certificate, a document, or both."""

    certificate_id = graphene.ID(description="卡包中的证照编号。Global id of the certificate in the wallet.")
    document = graphene.Field(ResultDocument, description="结果文书。The document of the decision.")


class Application(graphene.ObjectType):
    """办件：一次申请的全过程。One matter of one subject, from submission to closing."""

    class Meta:
        interfaces = (relay.Node,)
        possible_types = (model.Application,)

    number = graphene.String(required=True, description="办件编号，可电话报读。Receipt number, easy to read out.")
    item_code = graphene.String(required=True, description="事项编号，如 YB-010。Code of the service item.")
    item_name = graphene.String(required=True, description="申请时的事项名称。The item's name when applied for.")
    department_code = graphene.String(required=True, description="办理部门代码。Code of the department.")
    department_name = graphene.String(description="办理部门名称。Name of the department, where known.")
    region_code = graphene.String(required=True, description="申请的地区代码。Region applied in.")
    state = graphene.Field(ApplicationState, required=True, description="状态。State.")
    state_label = graphene.String(required=True, description="状态的中文名。The state in Chinese.")
    turn = graphene.Field(ApplicationActor, required=True, description="现在轮到谁。Whose turn it is.")
    immediate = graphene.Boolean(required=True, description="即办件。Done at once.")
    due_at = graphene.DateTime(
        description="承诺办结的最后时刻，受理后才有；即办件为空。End of the promised working days, once accepted."
    )
    due_provisional = graphene.Boolean(
        required=True,
        description="到期日涉及尚未公布放假安排的年份，可能调整。Holidays of that year are not announced yet.",
    )
    created_at = graphene.DateTime(required=True, description="提交时间。When it was handed in.")
    updated_at = graphene.DateTime(required=True, description="最近变化时间。When it last changed.")
    closed_at = graphene.DateTime(description="结束时间。When it ended.")
    version = graphene.Int(required=True, description="版本，每次变化加一。Version; each change adds one.")
    can_withdraw = graphene.Boolean(required=True, description="现在能否撤回。Whether it can be withdrawn now.")
    reason = graphene.Field(ApplicationReason, description="不予受理、不予办理的理由。Why refused or denied.")
    correction = graphene.Field(
        ApplicationCorrection, description="补正通知，部门要求过补正时才有。The correction that was asked, if one was."
    )
    department_notice = graphene.String(
        description="部门系统现在不正常时给申请人的一句话；正常时为空。A sentence while the department's system is "
        "down: the application is kept and delivery goes on."
    )
    result = graphene.Field(ApplicationResult, description="结果，办成后才有。The result, once there is one.")
    timeline = graphene.List(
        graphene.NonNull(ApplicationEvent), required=True, description="全部记录，旧的在前。The record, oldest first."
    )

    @classmethod
    async def get_node(cls, info: GraphQLResolveInfo, node_id: str) -> model.Application:
        return await context_of(info).services.applications.get(principal_of(info), node_id)

    @staticmethod
    def resolve_department_name(one: model.Application, info: GraphQLResolveInfo) -> str | None:
        department = context_of(info).services.catalog.tables.departments.get(one.department_code)
        return None if department is None else department.name

    @staticmethod
    def resolve_state_label(one: model.Application, info: GraphQLResolveInfo) -> str:
        return model.STATES[one.state].label

    @staticmethod
    def resolve_can_withdraw(one: model.Application, info: GraphQLResolveInfo) -> bool:
        return model.State.WITHDRAWN in model.TRANSITIONS[one.state]

    @staticmethod
    def resolve_due_at(one: model.Application, info: GraphQLResolveInfo) -> datetime | None:
        return None if one.due_at is None else one.due_at.astimezone(CHINA)

    @staticmethod
    def resolve_created_at(one: model.Application, info: GraphQLResolveInfo) -> datetime:
        return one.created_at.astimezone(CHINA)

    @staticmethod
    def resolve_updated_at(one: model.Application, info: GraphQLResolveInfo) -> datetime:
        return one.updated_at.astimezone(CHINA)

    @staticmethod
    def resolve_closed_at(one: model.Application, info: GraphQLResolveInfo) -> datetime | None:
        return None if one.closed_at is None else one.closed_at.astimezone(CHINA)

    @staticmethod
    def resolve_result(one: model.Application, info: GraphQLResolveInfo) -> dict[str, Any] | None:
        if one.certificate_id is None and one.result is None:
            return None
        certificate_id = None if one.certificate_id is None else to_global_id("Certificate", one.certificate_id)
        return {"certificate_id": certificate_id, "document": one.result}

    @staticmethod
    async def resolve_department_notice(one: model.Application, info: GraphQLResolveInfo) -> str | None:
        if model.STATES[one.state].turn is not model.Actor.DEPARTMENT:
            return None
        record = await _timeline(one, info)
        return context_of(info).services.applications.department_notice(one, record)

    @staticmethod
    async def resolve_timeline(one: model.Application, info: GraphQLResolveInfo) -> Sequence[model.Event]:
        return await _timeline(one, info)


class ApplicationConnection(CountedConnection):
    """办件列表。"""

    class Meta:
        node = Application


async def _timeline(one: model.Application, info: GraphQLResolveInfo) -> Sequence[model.Event]:
    """Its record; siblings in one turn are read with one statement."""
    context = context_of(info)
    loader = context.loaders.get("applications.timeline")
    if loader is None:
        loader = context.loaders["applications.timeline"] = Together(context.services.applications.timelines)
    found: Sequence[model.Event] = await loader.get(one.id)
    return found


class Together:
    """Gathers the ids that sibling resolvers ask for in one turn of the loop into one call. Keeps nothing:
    a subscription, which lives long, reads anew each time."""

    def __init__(self, load: Callable[[set[str]], Awaitable[Mapping[str, Any]]]) -> None:
        self._load = load
        self._ids: set[str] = set()
        self._task: asyncio.Task[Mapping[str, Any]] | None = None

    async def get(self, key: str) -> Any:
        self._ids.add(key)
        task = self._task or asyncio.create_task(self._run())
        self._task = task
        return (await asyncio.shield(task))[key]

    async def _run(self) -> Mapping[str, Any]:
        await asyncio.sleep(0)  # let the siblings of this turn ask first
        ids, self._ids, self._task = self._ids, set(), None
        return await self._load(ids)


def application_id_of(global_id: str) -> str:
    """Our id behind an Application's global id. Raises `NotFound` for anything else."""
    name, key = from_global_id(global_id)
    if name != "Application" or not 0 < len(key) <= 64:
        raise NotFound()
    return str(key)

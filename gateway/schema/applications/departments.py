"""How the department systems are doing: public, for any app to show before a citizen fills anything in."""

from datetime import datetime

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of
from services.applications import standing
from services.kernel.clock import CHINA

_SENTENCES = {
    standing.Condition.NORMAL: "系统正常。",
    standing.Condition.UNSTABLE: "最近有请求没有响应，办理可能变慢。",
    standing.Condition.DOWN: "系统暂停响应。可以照常提交，申请由分厅保存，恢复后自动送达。",
    standing.Condition.RECOVERING: "系统正在恢复，积压的申请会陆续送达。",
}
_CIRCUIT = {"NORMAL": "closed", "UNSTABLE": "closed, failing", "DOWN": "open", "RECOVERING": "half open"}

DepartmentCondition = graphene.Enum.from_enum(
    standing.Condition,
    name="DepartmentCondition",
    description=lambda v: (
        f"{_SENTENCES[v]}The circuit is {_CIRCUIT[v.name]}." if v else "部门系统状况。How a department system is doing."
    ),
)


class DepartmentStatus(graphene.ObjectType):
    """一个部门业务系统的状况，按本机最近的调用。How one department system is doing, as this worker's calls found it."""

    class Meta:
        possible_types = (standing.DepartmentState,)

    system = graphene.String(required=True, description="系统代码，如 GJJ-YW。Code of the system.")
    title = graphene.String(required=True, description="系统名称。Its name.")
    condition = graphene.Field(DepartmentCondition, required=True, description="状况。How it is doing.")
    sentence = graphene.String(required=True, description="给市民的一句话。A sentence for the citizen.")
    since = graphene.DateTime(
        description="从何时起没有正常响应；正常时为空。Since when it fails; null while it answers."
    )

    @staticmethod
    def resolve_sentence(one: standing.DepartmentState, info: GraphQLResolveInfo) -> str:
        return _SENTENCES[one.condition]

    @staticmethod
    def resolve_since(one: standing.DepartmentState, info: GraphQLResolveInfo) -> datetime | None:
        return None if one.since is None else one.since.astimezone(CHINA)


class DepartmentQueries:
    """Fields of Query."""

    department_status = graphene.List(
        graphene.NonNull(DepartmentStatus),
        required=True,
        systems=graphene.List(
            graphene.NonNull(graphene.String), description="只看这些系统代码；不填为全部。Only these systems."
        ),
        description="各部门业务系统的状况，不用登录。How the department systems are doing; public.",
    )

    @staticmethod
    def resolve_department_status(
        root: None, info: GraphQLResolveInfo, systems: list[str] | None = None
    ) -> list[standing.DepartmentState]:
        every = context_of(info).services.applications.departments()
        return [one for one in every if systems is None or one.system in systems]

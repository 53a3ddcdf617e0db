"""One's own applications: the list, one of them, and its live progress."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of, principal_of
from gateway.relay import decode_cursor, encode_cursor, page_size
from gateway.schema.applications.types import (
    Application,
    ApplicationConnection,
    ApplicationState,
    application_id_of,
)
from services.applications import model
from services.applications.workflow import topic
from services.kernel.principal import Principal


class ApplicationViewer:
    """Fields of Viewer."""

    applications = graphene.Field(
        ApplicationConnection,
        required=True,
        first=graphene.Int(default_value=20, description="每页条数，1 至 100。Page size."),
        after=graphene.String(description="从哪个游标之后开始。Cursor to go on from."),
        states=graphene.List(
            graphene.NonNull(ApplicationState), description="只看这些状态；不填为全部。Only in these states."
        ),
        description="当前办事主体的办件，新的在前。Applications of whom one acts for, newest first.",
    )
    application = graphene.Field(
        Application,
        required=True,
        id=graphene.ID(required=True, description="办件的全局编号。Global id."),
        description="一个办件；没有或不是自己的报 NOT_FOUND。One application.",
    )

    @staticmethod
    async def resolve_applications(
        principal: Principal,
        info: GraphQLResolveInfo,
        first: int,
        after: str | None = None,
        states: Sequence[model.State] | None = None,
    ) -> dict[str, Any]:
        size, position = page_size(first), decode_cursor(after)
        wanted = [model.State(state) for state in states or ()]
        page = await context_of(info).services.applications.page(principal, wanted, position, size)
        edges = [{"node": one, "cursor": encode_cursor(one.id)} for one in page.applications]
        return {
            "edges": edges,
            "page_info": {
                "has_next_page": page.has_next,
                "has_previous_page": position is not None,
                "start_cursor": edges[0]["cursor"] if edges else None,
                "end_cursor": edges[-1]["cursor"] if edges else None,
            },
            "total_count": page.total,
        }

    @staticmethod
    async def resolve_application(principal: Principal, info: GraphQLResolveInfo, id: str) -> model.Application:  # noqa: A002 - the argument's name
        return await context_of(info).services.applications.get(principal, application_id_of(id))


class ApplicationSubscriptions:
    """Fields of Subscription."""

    application_progress = graphene.Field(
        Application,
        required=True,
        application_id=graphene.ID(required=True, description="办件的全局编号。Global id of the application."),
        description="办件的实时进展：先给现状，此后每变一次给一次，办结即止。Now, then each change, to the end.",
    )

    @staticmethod
    async def subscribe_application_progress(
        root: None, info: GraphQLResolveInfo, application_id: str
    ) -> AsyncIterator[model.Application]:
        own_id = application_id_of(application_id)
        await context_of(info).services.applications.get(principal_of(info), own_id)
        return _progress(info, own_id)

    @staticmethod
    def resolve_application_progress(
        application: model.Application, info: GraphQLResolveInfo, application_id: str
    ) -> model.Application:
        return application


async def _progress(info: GraphQLResolveInfo, application_id: str) -> AsyncIterator[model.Application]:
    """The application now and at each change. Signals only say when to look; the store says what is."""
    services, seen = context_of(info).services, 0
    async with aclosing(services.events.listen(topic(application_id))) as signals:
        async for _ in signals:
            application = await services.applications.get(principal_of(info), application_id)
            if application.version != seen:
                seen = application.version
                yield application
            if application.final:
                return

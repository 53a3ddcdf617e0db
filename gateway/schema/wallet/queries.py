"""The certificates of whom one acts for."""

from collections.abc import Sequence
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of
from gateway.relay import decode_cursor, encode_cursor, page_size
from gateway.schema.wallet.types import Certificate, CertificateConnection, CertificateState, certificate_id_of
from services.kernel.principal import Assurance, Principal
from services.wallet import model


class WalletViewer:
    """Fields of Viewer."""

    certificates = graphene.Field(
        CertificateConnection,
        required=True,
        first=graphene.Int(default_value=20, description="每页条数，1 至 100。Page size."),
        after=graphene.String(description="从哪个游标之后开始。Cursor to go on from."),
        states=graphene.List(
            graphene.NonNull(CertificateState), description="只看这些状态；不填为全部。Only in these states."
        ),
        type_code=graphene.String(description="只看这一类证照。Only of this type."),
        description="当前办事主体的证照，新的在前，需 L2 实名认证。Certificates, newest first; needs L2.",
    )
    certificate = graphene.Field(
        Certificate,
        required=True,
        id=graphene.ID(required=True, description="证照的全局编号。Global id."),
        description="一份证照；没有或不是自己的报 NOT_FOUND。One certificate.",
    )

    @staticmethod
    async def resolve_certificates(
        principal: Principal,
        info: GraphQLResolveInfo,
        first: int,
        after: str | None = None,
        states: Sequence[model.CertificateState] | None = None,
        type_code: str | None = None,
    ) -> dict[str, Any]:
        principal.require(Assurance.REAL_NAME)
        size, position = page_size(first), decode_cursor(after)
        services = context_of(info).services
        now, wanted = (
            services.clock.now(),
            {model.CertificateState(state) for state in states or model.CertificateState},
        )
        matching = [
            one
            for one in await services.wallet.list(principal.subject)
            if one.state_at(now) in wanted and type_code in (None, one.type_code)
        ]
        left = [one for one in matching if position is None or one.id < position]
        edges = [{"node": one, "cursor": encode_cursor(one.id)} for one in left[:size]]
        return {
            "edges": edges,
            "page_info": {
                "has_next_page": len(left) > size,
                "has_previous_page": position is not None,
                "start_cursor": edges[0]["cursor"] if edges else None,
                "end_cursor": edges[-1]["cursor"] if edges else None,
            },
            "total_count": len(matching),
        }

    @staticmethod
    async def resolve_certificate(principal: Principal, info: GraphQLResolveInfo, id: str) -> model.Certificate:  # noqa: A002 - the argument's name
        principal.require(Assurance.REAL_NAME)
        return await context_of(info).services.wallet.get(principal.subject, certificate_id_of(id))

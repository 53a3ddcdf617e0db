"""The access ledger, and the live status of a code on the screen."""

from collections.abc import AsyncIterator
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of, principal_of
from gateway.relay import decode_cursor, encode_cursor, page_size
from gateway.schema.verification.types import CertificateScanConnection, PresentationStatus
from services.kernel.principal import Assurance, Principal
from services.verification import model


class VerificationViewer:
    """Fields of Viewer."""

    certificate_scans = graphene.Field(
        CertificateScanConnection,
        required=True,
        first=graphene.Int(default_value=20, description="每页条数，1 至 100。Page size."),
        after=graphene.String(description="从哪个游标之后开始。Cursor to go on from."),
        description="谁核验过当前办事主体的证照，新的在前。Who checked one's certificates, newest first.",
    )

    @staticmethod
    async def resolve_certificate_scans(
        principal: Principal, info: GraphQLResolveInfo, first: int, after: str | None = None
    ) -> dict[str, Any]:
        principal.require(Assurance.REAL_NAME)
        size, position = page_size(first), decode_cursor(after)
        verification = context_of(info).services.verification
        scans = await verification.scans(principal, size + 1, position)
        edges = [{"node": scan, "cursor": encode_cursor(scan.id)} for scan in scans[:size]]
        return {
            "edges": edges,
            "page_info": {
                "has_next_page": len(scans) > size,
                "has_previous_page": position is not None,
                "start_cursor": edges[0]["cursor"] if edges else None,
                "end_cursor": edges[-1]["cursor"] if edges else None,
            },
            "total_count": await verification.scan_count(principal),
        }


class VerificationSubscriptions:
    """Fields of Subscription."""

    presentation_status = graphene.Field(
        PresentationStatus,
        required=True,
        presentation_id=graphene.ID(required=True, description="亮证编号。Id of the presentation."),
        description="亮证码的实时进展：先给现状，此后每变一次给一次，结束即止。Now, then each change, to the end.",
    )

    @staticmethod
    async def subscribe_presentation_status(
        root: None, info: GraphQLResolveInfo, presentation_id: str
    ) -> AsyncIterator[model.PresentationStatus]:
        verification, principal = context_of(info).services.verification, principal_of(info)
        await verification.status(principal, presentation_id)
        return verification.watch(principal, presentation_id)

    @staticmethod
    def resolve_presentation_status(
        status: model.PresentationStatus, info: GraphQLResolveInfo, presentation_id: str
    ) -> model.PresentationStatus:
        return status

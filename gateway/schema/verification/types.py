"""Graph types of a presentation and of the access ledger."""

from datetime import datetime

import graphene
from graphql import GraphQLResolveInfo
from graphql_relay import from_global_id, to_global_id

from gateway.context import context_of
from gateway.relay import CountedConnection
from services.kernel.clock import CHINA
from services.kernel.errors import NotFound
from services.verification import model

_STATE_TEXT = {
    "WAITING": "等待核验。Waiting to be scanned.",
    "SCANNED": "已核验。Scanned; the code is used up.",
    "CANCELLED": "已取消。Cancelled by the holder.",
    "EXPIRED": "已过期。Past its sixty seconds.",
}
_DISCLOSURE_TEXT = {"MINIMAL": "最小披露：只出示必要项目，且脱敏。The minimal set, masked."}

PresentationState = graphene.Enum.from_enum(
    model.PresentationState,
    name="PresentationState",
    description=lambda v: _STATE_TEXT[v.name] if v else "亮证码的状态。How a presentation stands.",
)
Disclosure = graphene.Enum.from_enum(
    model.Disclosure,
    name="Disclosure",
    description=lambda v: _DISCLOSURE_TEXT[v.name] if v else "出示多少。How much is shown.",
)


class PresentationStatus(graphene.ObjectType):
    """亮证码的进展。How a presentation stands."""

    class Meta:
        possible_types = (model.PresentationStatus,)

    presentation_id = graphene.ID(required=True, description="亮证编号。Id of the presentation.")
    certificate_id = graphene.ID(required=True, description="证照的全局编号。Global id of the certificate.")
    state = graphene.Field(PresentationState, required=True, description="状态。State.")
    expires_at = graphene.DateTime(required=True, description="到期时间。When the code ends.")
    scanned_at = graphene.DateTime(description="核验时间。When it was scanned.")
    scanned_by = graphene.String(description="核验方名称；匿名核验为空。Who scanned; null when anonymous.")
    purpose = graphene.String(description="核验方填写的用途。The purpose that the verifier gave.")

    @staticmethod
    def resolve_certificate_id(one: model.PresentationStatus, info: GraphQLResolveInfo) -> str:
        return to_global_id("Certificate", one.certificate_id)

    @staticmethod
    def resolve_expires_at(one: model.PresentationStatus, info: GraphQLResolveInfo) -> datetime:
        return one.expires_at.astimezone(CHINA)

    @staticmethod
    def resolve_scanned_at(one: model.PresentationStatus, info: GraphQLResolveInfo) -> datetime | None:
        return one.outcome.at.astimezone(CHINA) if one.outcome and one.state == "SCANNED" else None

    @staticmethod
    def resolve_scanned_by(one: model.PresentationStatus, info: GraphQLResolveInfo) -> str | None:
        return one.outcome.verifier if one.outcome else None

    @staticmethod
    def resolve_purpose(one: model.PresentationStatus, info: GraphQLResolveInfo) -> str | None:
        return one.outcome.purpose if one.outcome else None


class CertificateScan(graphene.ObjectType):
    """证照被核验的一条记录。One line of the access ledger: who checked, when, what for, which fields."""

    class Meta:
        possible_types = (model.Scan,)

    certificate_id = graphene.ID(required=True, description="证照的全局编号。Global id of the certificate.")
    type_code = graphene.String(required=True, description="证照类型代码。Type code.")
    type_name = graphene.String(required=True, description="证照类型名称。Name of the type.")
    scanned_at = graphene.DateTime(required=True, description="核验时间。When.")
    scanned_by = graphene.String(description="核验方名称；匿名核验为空。Who; null when anonymous.")
    purpose = graphene.String(description="核验方填写的用途。What for.")
    fields = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="核验结果里给出的项目；匿名核验只得到类型和脱敏姓名，此处为空。Fields answered, by label.",
    )

    @staticmethod
    def resolve_certificate_id(scan: model.Scan, info: GraphQLResolveInfo) -> str:
        return to_global_id("Certificate", scan.certificate_id)

    @staticmethod
    def resolve_type_name(scan: model.Scan, info: GraphQLResolveInfo) -> str:
        return context_of(info).services.wallet.type(scan.type_code).type.name_zh

    @staticmethod
    def resolve_scanned_at(scan: model.Scan, info: GraphQLResolveInfo) -> datetime:
        return scan.scanned_at.astimezone(CHINA)

    @staticmethod
    def resolve_scanned_by(scan: model.Scan, info: GraphQLResolveInfo) -> str | None:
        return scan.verifier

    @staticmethod
    def resolve_fields(scan: model.Scan, info: GraphQLResolveInfo) -> list[str]:
        declared = context_of(info).services.wallet.type(scan.type_code).type
        specs = [declared.field(key) for key in scan.fields]
        return [spec.label_zh for spec in specs if spec is not None]


class CertificateScanConnection(CountedConnection):
    """核验记录列表。"""

    class Meta:
        node = CertificateScan
        description = "核验记录的一页。A page of scans."


def certificate_id_of(global_id: str) -> str:
    """Our id behind a Certificate's global id. Raises `NotFound` for anything else."""
    name, key = from_global_id(global_id)
    if name != "Certificate" or not 0 < len(key) <= 64:
        raise NotFound()
    return str(key)

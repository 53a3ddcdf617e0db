"""Show a certificate; take the code back."""

import graphene
from graphql import GraphQLResolveInfo

from gateway.context import context_of, principal_of
from gateway.relay import IdempotentInput
from gateway.schema.verification.types import Disclosure, PresentationStatus, certificate_id_of
from services.kernel.clock import CHINA
from services.verification import model


class PresentCertificateInput(IdempotentInput, graphene.InputObjectType):
    """亮证。"""

    class Meta:
        description = "出示哪份证照、出示多少。Which certificate, and how much of it."

    certificate_id = graphene.ID(required=True, description="证照的全局编号。Global id of the certificate.")
    disclosure = graphene.Field(
        Disclosure, default_value=model.Disclosure.MINIMAL, description="出示多少，默认最小披露。MINIMAL by default."
    )


class PresentCertificate(graphene.Mutation):
    """亮证：生成 60 秒有效、只能核验一次的签名码；续码时换一个 idempotencyKey。Signs a code for one scan."""

    class Meta:
        name = "PresentCertificatePayload"
        description = "亮证码。The code to draw as a QR."

    class Arguments:
        input = PresentCertificateInput(required=True, description="出示什么。What to show.")

    presentation_id = graphene.ID(required=True, description="亮证编号，用于查看进展和取消。To follow or cancel it.")
    token = graphene.String(required=True, description="签名的亮证码（JWT，ES256），画成二维码。The signed token.")
    issued_at = graphene.DateTime(required=True, description="签发时间。When it was signed.")
    expires_at = graphene.DateTime(required=True, description="到期时间。When it ends.")

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: PresentCertificateInput) -> "PresentCertificate":
        issued = await context_of(info).services.verification.present(
            principal_of(info),
            certificate_id_of(input.certificate_id),
            input.idempotency_key,
            model.Disclosure(input.disclosure),
        )
        return PresentCertificate(
            presentation_id=issued.presentation_id,
            token=issued.token,
            issued_at=issued.issued_at.astimezone(CHINA),
            expires_at=issued.expires_at.astimezone(CHINA),
        )


class CancelPresentationInput(IdempotentInput, graphene.InputObjectType):
    """取消亮证。"""

    class Meta:
        description = "取消哪一次亮证。Which presentation to take back."

    presentation_id = graphene.ID(required=True, description="亮证编号。Id of the presentation.")


class CancelPresentation(graphene.Mutation):
    """取消亮证；已被核验的保持已核验。Takes a code back unless it was scanned; repeating changes nothing."""

    class Meta:
        name = "CancelPresentationPayload"
        description = "取消的结果。How it stands now."

    class Arguments:
        input = CancelPresentationInput(required=True, description="取消哪一次。Which one.")

    status = graphene.Field(PresentationStatus, required=True, description="现在的状态。How it stands now.")

    @staticmethod
    async def mutate(root: None, info: GraphQLResolveInfo, input: CancelPresentationInput) -> "CancelPresentation":
        verification = context_of(info).services.verification
        return CancelPresentation(status=await verification.cancel(principal_of(info), input.presentation_id))


class VerificationMutations:
    """Fields of Mutation."""

    present_certificate = PresentCertificate.Field(
        required=True, description="亮证：生成 60 秒有效、只能核验一次的签名码。Shows a certificate as a signed code."
    )
    cancel_presentation = CancelPresentation.Field(
        required=True, description="取消亮证。Takes a code back before it is scanned."
    )

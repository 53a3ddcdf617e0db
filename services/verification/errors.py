"""Why a certificate cannot be shown, and why one that is shown is refused."""

from datetime import datetime

from certs_schema.verifier.errors import SENTENCES, Code
from services.kernel.clock import CHINA
from services.kernel.errors import Rejected


class CertificateNotPresentable(Rejected):
    """The certificate is not valid now. `state` says how it stands."""

    code = "CERTIFICATE_NOT_VALID"
    default_message = "该证照当前不是有效状态，不能出示，请查看证照详情。"


class PresentationRefused(Rejected):
    """A verifier must not accept this code. `reason` is one of the verifier's stable codes."""

    code = "PRESENTATION_REFUSED"

    def __init__(self, reason: Code, first_used_at: datetime | None = None) -> None:
        self.reason = reason
        self.first_used_at = first_used_at
        message = SENTENCES[reason][0]
        if first_used_at is None:
            super().__init__(message, reason=reason.value)
            return
        china = first_used_at.astimezone(CHINA)
        message = f"{message}首次核验时间：{china:%Y-%m-%d %H:%M:%S}。"
        super().__init__(message, reason=reason.value, firstUsedAt=china.isoformat())

"""What can go wrong with a wallet."""

from services.kernel.errors import Conflict, Rejected


class UnknownCertificateType(Rejected):
    """No type of this code is declared."""

    code = "UNKNOWN_CERTIFICATE_TYPE"
    default_message = "暂不支持该类证照，请稍后再试。"


class ClaimsRefused(Rejected):
    """The issuer's data break the type's schema. `fields` names which, never what they held."""

    code = "CERTIFICATE_CLAIMS_REFUSED"
    default_message = "颁发机构返回的证照信息不完整，暂不能存入卡包，请联系颁发机构。"


class WrongHolderKind(Rejected):
    """A person's certificate for a company, or the other way round."""

    code = "WRONG_HOLDER_KIND"
    default_message = "该类证照不能由此类主体持有。"


class StateMoveRefused(Conflict):
    """The certificate's state does not allow this change."""

    code = "CERTIFICATE_STATE_CONFLICT"
    default_message = "证照状态已经变化，请刷新后再操作。"

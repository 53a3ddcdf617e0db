"""The words of the medical insurance core, and what they mean in ours.

psn_* 人员, certno 证件号码, insutype 险种 (310 职工, 390 居民), ywlsh 业务流水号 (our application's id), slh 受理号,
pzzt 凭证状态 (0 办理中, 1 已出具, 2 不予出具, 3 已撤销), ksny/jsny 起止年月, sjjfys 实际缴费月数, zhye 账户余额 (元),
cjjg 出具机构, cjsj 出具时间 (China Standard Time). An envelope has infcode (0 success), err_code, err_msg, output.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.applications.model import CertificateResult, DeskAnswer, DeskStatus, Reason
from services.kernel.clock import CHINA

INSUTYPE = {"EMPLOYEE": "310", "RESIDENT": "390"}
NO_SUCH_MATTER = "YB4040"
SOURCE = "聊城市医保核心业务系统"

REMEDIES = (
    "可向参保地医疗保障局申请复核。",
    "可拨打12345政务服务便民热线反映。",
    "可依法申请行政复议或者提起行政诉讼。",
)
"""In the order of transfer.md §9: the bureau, 12345, administrative review."""

REASONS: Mapping[str, tuple[str, str]] = {
    "YB4041": ("NO_ENROLMENT_RECORD", "在聊城市没有查到您的基本医疗保险参保记录。如在外地参保，请向参保地申请。"),
    "YB4042": ("NOT_ENROLLED_IN_TYPE", "您没有参加所选的险种，请核对险种后重新申请。"),
    "YB4043": ("IDENTITY_MISMATCH", "您的姓名与证件号码在医保系统中不一致，请到医保窗口核对参保信息。"),
    "YB4000": ("NOT_HANDLED_HERE", "医保核心业务系统还不能办理这个事项，请到医保窗口办理。"),
    "YB4044": ("ACCOUNT_FROZEN", "您的医保账户处于冻结状态，请联系参保地医保经办机构。"),
}
"""err_code → our reason code and the sentence for the citizen."""


class MalformedAnswer(Exception):
    """An answer that is JSON and makes no sense; the text names the field, never a value."""


@dataclass(frozen=True, slots=True)
class Envelope:
    refused: bool
    err_code: str
    err_msg: str
    output: Any

    @classmethod
    def read(cls, answer: Any) -> "Envelope":
        if not isinstance(answer, dict) or not isinstance(answer.get("infcode"), int):
            raise MalformedAnswer("infcode")
        refused = answer["infcode"] != 0
        code, text = answer.get("err_code", ""), answer.get("err_msg", "")
        if refused and not (isinstance(code, str) and code and isinstance(text, str)):
            raise MalformedAnswer("err_code")
        return cls(refused, code, text, answer.get("output"))


def refusal_answer(err_code: str, err_msg: str) -> DeskAnswer:
    """A refusal; a code that we do not know keeps the department's own sentence."""
    known = REASONS.get(err_code)
    code, sentence = known or ("DEPARTMENT_REFUSED", err_msg[:500] or "部门没有说明理由。")
    return DeskAnswer(DeskStatus.REFUSED, Reason(code, sentence, REMEDIES))


def answer_of(output: Any) -> DeskAnswer:
    """What LC5301, LC5302 and the notice LC5390 say. Raises `MalformedAnswer`."""
    try:
        match output["pzzt"]:
            case "0":
                return DeskAnswer(DeskStatus.ACCEPTED)
            case "1":
                return DeskAnswer(DeskStatus.APPROVED, certificate=_certificate(output["pzinfo"]))
            case "2":
                return refusal_answer(str(output["err_code"]), str(output["err_msg"]))
            case "3":
                return DeskAnswer(DeskStatus.RECEIVED)
        raise MalformedAnswer("pzzt")
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedAnswer(type(error).__name__) from error


def _certificate(pzinfo: Mapping[str, Any]) -> CertificateResult:
    """The voucher as claims of INSURED_PROOF (certs_schema/types/insured_proof)."""
    made = datetime.strptime(pzinfo["cjsj"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    claims: dict[str, str | int] = {
        "holder_name": str(pzinfo["psn_name"]),
        "gender": str(pzinfo["gend"]),
        "birth_date": str(pzinfo["brdy"]),
        "id_number": str(pzinfo["certno"]),
        "insutype": str(pzinfo["insutype"]),
        "from_month": str(pzinfo["ksny"]),
        "to_month": str(pzinfo["jsny"]),
        "paid_months": int(pzinfo["sjjfys"]),
        "cert_no": str(pzinfo["pzbh"]),
        "issuing_authority": str(pzinfo["cjjg"]),
        "issue_date": made.date().isoformat(),
    }
    if pzinfo.get("zhye") is not None:
        claims["account_balance"] = str(pzinfo["zhye"])
    return CertificateResult("INSURED_PROOF", claims, str(pzinfo["cjjg"]), made.date(), None, SOURCE, made)

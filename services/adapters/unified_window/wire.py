"""The common protocol's JSON, and what it means in our words. docs/adapters.md is its specification."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.applications.model import (
    CertificateResult,
    CorrectionAsk,
    CorrectionItem,
    DeskAnswer,
    DeskStatus,
    Reason,
    ResultRecord,
)
from services.applications.ports import DeskRequest

UNKNOWN_MATTER = "UNKNOWN_MATTER"
MOST_ITEMS = 50
MOST_TEXT = 500
MOST_CORRECTION_DAYS = 60

REMEDIES = (
    "可向办理部门申请复核。",
    "可拨打12345政务服务便民热线反映。",
    "可依法申请行政复议或者提起行政诉讼。",
)
"""When the department names none: the body itself, 12345, administrative review."""


class MalformedAnswer(Exception):
    """An answer that is JSON and breaks the protocol; the text names the member, never a value."""


def request_body(request: DeskRequest) -> dict[str, Any]:
    """What is handed in."""
    return {
        "matterId": request.application_id,
        "receiptNumber": request.number,
        "item": {
            "code": request.item_code,
            "name": request.item_name,
            "immediate": request.immediate,
            "promisedWorkingDays": request.promised_working_days,
            "resultType": request.result_type,
        },
        "regionCode": request.region_code,
        "applicant": {
            "kind": request.applicant.kind.value,
            "name": request.applicant.name,
            "identityNumber": request.applicant.identity_number,
        },
        "form": dict(request.form),
    }


def refusal(code: str, sentence: str, remedies: tuple[str, ...] = ()) -> DeskAnswer:
    return DeskAnswer(
        DeskStatus.REFUSED, Reason(code[:64], sentence[:MOST_TEXT] or "部门没有说明理由。", remedies or REMEDIES)
    )


@dataclass(frozen=True, slots=True)
class Matter:
    """A department's word on one matter."""

    matter_id: str
    answer: DeskAnswer

    @classmethod
    def read(cls, body: Any, source: str) -> "Matter":
        """`source` is the system's name, kept with a certificate. Raises `MalformedAnswer`."""
        try:
            return cls(_text(body, "matterId", 64), _answer(body, source))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MalformedAnswer(type(error).__name__) from error


_SAYABLE = frozenset(DeskStatus) - {DeskStatus.UNKNOWN}


def _answer(body: Mapping[str, Any], source: str) -> DeskAnswer:
    status = DeskStatus(body["status"])
    if status not in _SAYABLE:
        raise MalformedAnswer("status")
    if status in (DeskStatus.REFUSED, DeskStatus.DENIED):
        return DeskAnswer(status, _reason(body["reason"]), record=_record(body.get("result")))
    if status is DeskStatus.CORRECTION_ASKED:
        return DeskAnswer(status, correction=_correction(body["correction"]))
    if status is DeskStatus.APPROVED:
        result = body["result"]
        return DeskAnswer(status, certificate=_certificate(body, result, source), record=_record(result))
    return DeskAnswer(status)


def _reason(body: Mapping[str, Any]) -> Reason:
    remedies = tuple(_checked(one) for one in _list(body.get("remedies", [])))
    return Reason(_text(body, "code", 64), _text(body, "sentence"), remedies or REMEDIES)


def _correction(body: Mapping[str, Any]) -> CorrectionAsk:
    items = tuple(
        CorrectionItem(_text(one, "requirement"), None if one.get("field") is None else _text(one, "field", 200))
        for one in _list(body["items"])
    )
    days = body["workingDays"]
    if not items or type(days) is not int or not 1 <= days <= MOST_CORRECTION_DAYS:
        raise MalformedAnswer("correction")
    return CorrectionAsk(_text(body, "reference", 64), items, days)


def _record(result: Mapping[str, Any] | None) -> ResultRecord | None:
    if result is None:
        return None
    issued_on = date.fromisoformat(result["issuedOn"])
    return ResultRecord(
        _text(result, "title", 200), _text(result, "number", 100), _text(result, "issuer", 100), issued_on
    )


def _certificate(body: Mapping[str, Any], result: Mapping[str, Any], source: str) -> CertificateResult | None:
    made = result.get("certificate")
    if made is None:
        return None
    as_of, until = datetime.fromisoformat(body["asOf"]), made.get("validUntil")
    if as_of.tzinfo is None or not isinstance(made["claims"], dict):
        raise MalformedAnswer("certificate")
    return CertificateResult(
        _text(made, "type", 64),
        made["claims"],
        _text(result, "issuer", 100),
        date.fromisoformat(made["validFrom"]),
        None if until is None else date.fromisoformat(until),
        source,
        as_of,
    )


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise MalformedAnswer("list")
    return value


def _text(body: Mapping[str, Any], name: str, longest: int = MOST_TEXT) -> str:
    return _checked(body[name], longest)


def _checked(value: Any, longest: int = MOST_TEXT) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise MalformedAnswer("text")
    return value

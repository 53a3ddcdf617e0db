"""What an application's sealed column holds beside its form, as JSON and back. Absent in rows of older releases."""

from datetime import date, datetime
from typing import Any

from services.applications.model import Correction, CorrectionItem, ResultRecord


def correction_out(one: Correction | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "reference": one.reference,
        "items": [[item.requirement, item.field] for item in one.items],
        "asked_at": one.asked_at.isoformat(),
        "due_at": one.due_at.isoformat(),
        "due_provisional": one.due_provisional,
        "answered_at": None if one.answered_at is None else one.answered_at.isoformat(),
        "note": one.note,
    }


def correction_in(kept: dict[str, Any] | None) -> Correction | None:
    if kept is None:
        return None
    return Correction(
        reference=kept["reference"],
        items=tuple(CorrectionItem(requirement, field) for requirement, field in kept["items"]),
        asked_at=datetime.fromisoformat(kept["asked_at"]),
        due_at=datetime.fromisoformat(kept["due_at"]),
        due_provisional=kept["due_provisional"],
        answered_at=None if kept["answered_at"] is None else datetime.fromisoformat(kept["answered_at"]),
        note=kept["note"],
    )


def record_out(one: ResultRecord | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"title": one.title, "number": one.number, "issuer": one.issuer, "issued_on": one.issued_on.isoformat()}


def record_in(kept: dict[str, Any] | None) -> ResultRecord | None:
    if kept is None:
        return None
    return ResultRecord(kept["title"], kept["number"], kept["issuer"], date.fromisoformat(kept["issued_on"]))

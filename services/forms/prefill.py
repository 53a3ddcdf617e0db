"""Which values the signed-in person may reuse in a form, and where each comes from."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.forms.checks import value_problem
from services.forms.compiled import CompiledForm
from services.forms.formats import FORMATS
from services.forms.model import Field, Kind, Prefilled
from services.forms.ports import Places, PrefillSources
from services.kernel.principal import Principal


def wanted(fields: Sequence[Field], path: str = "") -> Iterator[tuple[str, Field]]:
    """Fields with a source, by dotted path; not those of lists: whose entries they are is not known."""
    for one in fields:
        at = f"{path}{one.key}"
        if one.prefill:
            yield at, one
        if one.kind is Kind.GROUP:
            yield from wanted(one.fields, f"{at}.")


async def prefilled(
    form: CompiledForm, principal: Principal, sources: PrefillSources, today: date, places: Places
) -> tuple[Prefilled, ...]:
    """Asks each source that the form names, once."""
    asked = list(wanted(form.form.fields))
    named = {(one.prefill or "").partition(".")[0].partition(":")[0] for _, one in asked}
    known: dict[str, tuple[str, Any]] = {}
    if "profile" in named:
        known |= _labelled("profile", "本人实名信息", await sources.profile(principal))
    if "subject" in named:
        label = "本人实名信息" if principal.acts_for_self else "所代办的个人或单位的登记信息"
        known |= _labelled("subject", label, await sources.subject(principal))
    if "certificate" in named:
        for code, (name, claims) in (await sources.certificates(principal)).items():
            known |= _labelled(f"certificate:{code}", f"电子证照《{name}》", claims)
    found = []
    for path, one in asked:
        label, value = known.get(one.prefill or "", ("", None))
        fitting = _fitting(one, value)
        if fitting is not None and value_problem(one, fitting, today, places) is None:
            found.append(Prefilled(path, fitting, one.prefill or "", label))
    return tuple(found)


def _labelled(source: str, label: str, values: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    return {f"{source}.{key}": (label, value) for key, value in values.items()}


def _fitting(field: Field, value: Any) -> Any:
    """`value` as this kind of field holds it; None when it cannot."""
    match field.kind:
        case Kind.CHOICE:
            return value if value in field.options else None
        case Kind.DATE | Kind.MONTH:
            day = _date(value)
            return None if day is None else (day.isoformat() if field.kind is Kind.DATE else f"{day:%Y-%m}")
        case Kind.TEXT | Kind.LONG_TEXT:
            if not isinstance(value, str) or not field.shortest <= len(value) <= field.longest:
                return None
            return value if field.format is None or FORMATS[field.format].matches(value) else None
        case Kind.COUNTY | Kind.STREET:
            return value if isinstance(value, str) else None
        case Kind.INTEGER | Kind.YEAR | Kind.MONEY:
            return value if type(value) is int else None
        case _:
            return None


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None

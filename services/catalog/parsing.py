"""From the TOML files' data to the model; every fault is a sentence that names the key."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from services.catalog.model import (
    Certainty,
    DayUnit,
    Department,
    Depth,
    Fee,
    ItemKind,
    LegalBasis,
    Level,
    LifeEvent,
    Material,
    MaterialSource,
    Necessity,
    ProcessStep,
    Question,
    Region,
    ServiceItem,
    ServiceSubject,
    Tables,
    Theme,
    Time,
)

Raw = Mapping[str, Any]
E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_CODE = re.compile(r"[A-Z]{2,4}-\d{3}")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_CERTAINTY_ORDER = (Certainty.UNKNOWN, Certainty.ASSUMED, Certainty.LIKELY, Certainty.CERTAIN)


class Fault(Exception):
    """What is wrong, with the key it is at."""


def text(raw: Raw, key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Fault(f"{key}: a text is missing")
    return value


def maybe_text(raw: Raw, key: str) -> str | None:
    value = raw.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Fault(f"{key}: not a text")
    return value


def texts(raw: Raw, key: str) -> tuple[str, ...]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise Fault(f"{key}: not a list of texts")
    return tuple(value)


def flag(raw: Raw, key: str) -> bool:
    value = raw.get(key)
    if not isinstance(value, bool):
        raise Fault(f"{key}: neither true nor false")
    return value


def days(raw: Raw, key: str) -> int:
    value = raw.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 3650:
        raise Fault(f"{key}: not a number of days")
    return value


def word(kind: type[E], value: object, key: str) -> E:
    if value is None:
        raise Fault(f"{key}: missing; one of {'、'.join(kind)}")
    try:
        return kind(str(value))
    except ValueError:
        raise Fault(f"{key}: {value!r} is none of {'、'.join(kind)}") from None


def certainty(raw: Raw, key: str, default: Certainty = Certainty.UNKNOWN) -> Certainty:
    """One word, or ``name:certain;code:assumed``: then the weakest counts."""
    value = raw.get(key)
    if value is None:
        return default
    words = [word(Certainty, part.rpartition(":")[2], key) for part in str(value).split(";")]
    return min(words, key=lambda w: _CERTAINTY_ORDER.index(w) if w in _CERTAINTY_ORDER else len(_CERTAINTY_ORDER))


def part(raw: Raw, key: str) -> Raw:
    value = raw.get(key)
    if not isinstance(value, dict):
        raise Fault(f"[{key}] is missing")
    return value


def rows(raw: Raw, key: str, make: Callable[[Raw], T]) -> tuple[T, ...]:
    value = raw.get(key, [])
    if not isinstance(value, list):
        raise Fault(f"{key}: not a list of tables")
    made = []
    for number, row in enumerate(value, 1):
        if not isinstance(row, dict):
            raise Fault(f"{key} {number}: not a table")
        try:
            made.append(make(row))
        except Fault as fault:
            raise Fault(f"{key} {number}: {fault}") from None
    return tuple(made)


def _material(raw: Raw) -> Material:
    source = word(MaterialSource, raw.get("source"), "source")
    certificate = maybe_text(raw, "certificate")
    if (source is MaterialSource.CERTIFICATE) != (certificate is not None):
        raise Fault("certificate: goes with source CERTIFICATE, and only with it")
    return Material(
        name=text(raw, "name"),
        source=source,
        necessity=word(Necessity, raw.get("necessity", "CORE"), "necessity"),
        certificate=certificate,
        note=maybe_text(raw, "note"),
    )


def _fee(raw: Raw) -> Fee:
    amount = raw.get("amount_fen")
    if amount is not None and (not isinstance(amount, int) or amount < 0):
        raise Fault("amount_fen: not an amount in fen")
    return Fee(
        charged=flag(raw, "charged"),
        certainty=certainty(raw, "certainty"),
        basis=maybe_text(raw, "basis"),
        amount_fen=amount,
        note=maybe_text(raw, "note"),
    )


def item(raw: Raw) -> ServiceItem:
    """A service item. Raises `Fault`."""
    code = text(raw, "code")
    if not _CODE.fullmatch(code):
        raise Fault(f"code: {code!r} is not like YB-010")
    start = maybe_text(raw, "effective_from") or ""
    if start and not _MONTH.fullmatch(start):
        raise Fault(f"effective_from: {start!r} is not a month like 2022-12")
    time, sure, handled = part(raw, "time"), part(raw, "certainty"), part(raw, "handled_by")
    subjects = tuple(word(ServiceSubject, one, "subjects") for one in texts(raw, "subjects"))
    themes = texts(raw, "themes")
    if not subjects or not themes:
        raise Fault("subjects and themes: at least one of each")
    return ServiceItem(
        code=code,
        name=text(raw, "name"),
        department=text(raw, "department"),
        kind=word(ItemKind, raw.get("kind"), "kind"),
        subjects=subjects,
        themes=themes,
        life_events=texts(raw, "life_events"),
        depth=word(Depth, raw.get("depth"), "depth"),
        immediate=flag(raw, "immediate"),
        handheld=flag(raw, "handheld"),
        effective_from=start,
        adapter=text(raw, "adapter"),
        result_certificate=maybe_text(raw, "result_certificate"),
        base_code=maybe_text(raw, "base_code"),
        summary=text(raw, "summary"),
        synonyms=texts(raw, "synonyms"),
        notes=maybe_text(raw, "notes"),
        time=Time(
            legal_days=days(time, "legal_days"),
            legal_unit=word(DayUnit, time.get("legal_unit"), "time.legal_unit"),
            legal_certainty=certainty(sure, "legal_days"),
            promised_days=days(time, "promised_days"),
            promised_certainty=certainty(sure, "promised_days"),
        ),
        fee=_fee(part(raw, "fee")),
        materials=rows(raw, "materials", _material),
        process=rows(raw, "process", lambda r: ProcessStep(text(r, "name"), text(r, "actor"), maybe_text(r, "note"))),
        legal_basis=rows(
            raw,
            "legal_basis",
            lambda r: LegalBasis(text(r, "title"), maybe_text(r, "article"), certainty(r, "certainty")),
        ),
        faq=rows(raw, "faq", lambda r: Question(text(r, "question"), text(r, "answer"))),
        level=word(Level, handled.get("level"), "handled_by.level"),
        level_note=maybe_text(handled, "note"),
        name_certainty=certainty(sure, "name"),
        guide_certainty=certainty(sure, "guide"),
        verified_by=maybe_text(sure, "verified_by"),
        query=part(raw, "query") if "query" in raw else None,
    )


def _department(raw: Raw, uscc_certainty: Certainty) -> Department:
    return Department(
        code=text(raw, "code"),
        name=text(raw, "name"),
        short_name=text(raw, "short_name"),
        gloss_en=maybe_text(raw, "gloss_en"),
        uscc=maybe_text(raw, "uscc"),
        uscc_certainty=uscc_certainty,
        kind=maybe_text(raw, "org_type"),
        certainty=certainty(raw, "certainty"),
        note=maybe_text(raw, "note"),
        address=maybe_text(raw, "address"),
        phone=maybe_text(raw, "phone"),
    )


def _region(raw: Raw) -> Region:
    return Region(
        code=text(raw, "code"),
        name=text(raw, "name"),
        kind=text(raw, "kind"),
        parent=maybe_text(raw, "parent"),
        certainty=certainty(raw, "certainty", Certainty.CERTAIN),
        gloss_en=maybe_text(raw, "gloss_en"),
        replaced_by=maybe_text(raw, "replaced_by"),
        managing_zone=maybe_text(raw, "managing_zone"),
        note=maybe_text(raw, "note"),
    )


def _life_event(raw: Raw) -> LifeEvent:
    return LifeEvent(
        name=text(raw, "name"),
        subjects=tuple(word(ServiceSubject, one, "subjects") for one in texts(raw, "subjects")),
        description=maybe_text(raw, "description"),
        items=texts(raw, "items"),
    )


def tables(departments: Raw, regions: Raw, themes: Raw, life_events: Raw) -> Tables:
    """The four tables. Raises `Fault`, also when a region's parent is none."""
    uscc = certainty(departments, "uscc_certainty", Certainty.ASSUMED)
    places = rows(regions, "regions", _region) + rows(regions, "streets", _region)
    made = Tables(
        departments={d.code: d for d in rows(departments, "departments", lambda r: _department(r, uscc))},
        regions={r.code: r for r in places},
        themes={
            t.name: t
            for t in rows(
                themes, "themes", lambda r: Theme(text(r, "name"), maybe_text(r, "group"), maybe_text(r, "description"))
            )
        },
        life_events={e.name: e for e in rows(life_events, "life_events", _life_event)},
    )
    for place in places:
        for key in (place.parent, place.replaced_by, place.managing_zone):
            if key is not None and key not in made.regions:
                raise Fault(f"regions {place.code}: {key} is no region")
    return made


def misfits(one: ServiceItem, tables_: Tables) -> list[str]:
    """What an item refers to that the tables do not have."""
    faults = []
    if one.department not in tables_.departments:
        faults.append(f"department: {one.department!r} is not in departments.toml")
    faults += [f"themes: {t!r} is not in themes.toml" for t in one.themes if t not in tables_.themes]
    faults += [
        f"life_events: {e!r} is not in life_events.toml" for e in one.life_events if e not in tables_.life_events
    ]
    return faults

"""From the `[query]` table of an item's file to its declaration; every fault is a sentence that names the key."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from certs_schema.masks import Mask
from services.inquiries.model import Column, ColumnType, Declaration, Parameter, ParameterType, Sensitivity
from services.kernel.principal import Assurance, SubjectKind

Raw = Mapping[str, Any]
E = TypeVar("E", bound=StrEnum)

PUBLIC = "public"
_KEY = re.compile(r"[a-z][A-Za-z0-9]{1,39}")
_CHOICES = {ColumnType.ENUM, ColumnType.STATUS}
_KEYS = {"of", "assurance", "proof", "page_size", "empty", "columns", "parameters"}
_COLUMN_KEYS = {"key", "label", "type", "unit", "mask", "sensitivity", "labels"}
_PARAMETER_KEYS = {"key", "label", "type", "required", "labels", "pattern", "hint", "least", "most"}


class Fault(Exception):
    """What is wrong with a declaration, with the key it is at."""


def fault_of(raw: Raw | None) -> str | None:
    """What is wrong with the `[query]` of a handheld query item; None when nothing is."""
    if raw is None:
        return "[query] is missing: nobody could ask"
    try:
        parse(raw)
    except Fault as fault:
        return str(fault)
    return None


def parse(raw: Raw) -> Declaration:
    """The declaration. Raises `Fault`."""
    _known(raw, _KEYS, "query")
    of = raw.get("of")
    if not isinstance(of, list) or not of or (PUBLIC in of and of != [PUBLIC]):
        raise Fault("query.of: person, company or both; or public alone")
    size = raw.get("page_size", 20)
    if not isinstance(size, int) or not 1 <= size <= 100:
        raise Fault("query.page_size: a number from 1 to 100")
    columns = tuple(_column(one, n) for n, one in enumerate(_tables(raw, "columns"), 1))
    parameters = tuple(_parameter(one, n) for n, one in enumerate(_tables(raw, "parameters"), 1))
    if len(columns) < 3:
        raise Fault("query.columns: an answer has at least three")
    for name, keys in (("columns", [c.key for c in columns]), ("parameters", [p.key for p in parameters])):
        if len(set(keys)) != len(keys):
            raise Fault(f"query.{name}: a key comes twice")
    public = of == [PUBLIC]
    if public and any(c.sensitivity is not Sensitivity.PUBLIC for c in columns):
        raise Fault("query.columns: public data have only public columns")
    kinds = frozenset() if public else frozenset(_word(SubjectKind, str(one).upper(), "query.of") for one in of)
    assurance = raw.get("assurance", "REAL_NAME")
    if assurance not in Assurance.__members__:
        raise Fault(f"query.assurance: one of {'、'.join(Assurance.__members__)}")
    return Declaration(
        of=kinds,
        assurance=Assurance[assurance],
        proof=bool(raw.get("proof", False)),
        page_size=size,
        empty=_text(raw, "empty", "query.empty"),
        columns=columns,
        parameters=parameters,
    )


def _column(raw: Raw, number: int) -> Column:
    at = f"query.columns {number}"
    _known(raw, _COLUMN_KEYS, at)
    kind = _word(ColumnType, raw.get("type"), f"{at}: type")
    labels = _labels(raw, at, needed=kind in _CHOICES)
    mask = _word(Mask, raw.get("mask", "none"), f"{at}: mask")
    sensitivity = _word(Sensitivity, raw.get("sensitivity", "personal"), f"{at}: sensitivity")
    if mask is not Mask.NONE and kind is not ColumnType.TEXT and kind is not ColumnType.DATE:
        raise Fault(f"{at}: mask: only texts and dates are masked")
    if sensitivity is Sensitivity.SENSITIVE and mask is Mask.NONE:
        raise Fault(f"{at}: mask: a sensitive column has one")
    return Column(
        key=_key(raw, at),
        label=_text(raw, "label", f"{at}: label"),
        type=kind,
        unit=_text(raw, "unit", f"{at}: unit") if "unit" in raw else None,
        mask=mask,
        sensitivity=sensitivity,
        labels=labels,
    )


def _parameter(raw: Raw, number: int) -> Parameter:
    at = f"query.parameters {number}"
    _known(raw, _PARAMETER_KEYS, at)
    kind = _word(ParameterType, raw.get("type"), f"{at}: type")
    pattern = raw.get("pattern")
    if pattern is not None:
        try:
            re.compile(pattern)
        except (re.error, TypeError):
            raise Fault(f"{at}: pattern: not a regular expression") from None
    return Parameter(
        key=_key(raw, at),
        label=_text(raw, "label", f"{at}: label"),
        type=kind,
        required=bool(raw.get("required", False)),
        labels=_labels(raw, at, needed=kind is ParameterType.ENUM),
        pattern=pattern,
        hint=_text(raw, "hint", f"{at}: hint") if "hint" in raw else None,
        least=raw.get("least"),
        most=raw.get("most"),
    )


def _labels(raw: Raw, at: str, *, needed: bool) -> dict[str, str]:
    labels = raw.get("labels", {})
    if not isinstance(labels, dict) or not all(isinstance(one, str) and one for one in labels.values()):
        raise Fault(f"{at}: labels: code = text")
    if needed != bool(labels):
        raise Fault(f"{at}: labels: go with enum and status, and only with them")
    return labels


def _tables(raw: Raw, key: str) -> list[Raw]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Fault(f"query.{key}: not a list of tables")
    return value


def _key(raw: Raw, at: str) -> str:
    key = raw.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Fault(f"{at}: key: {key!r} is not like paidMonth")
    return key


def _known(raw: Raw, keys: set[str], at: str) -> None:
    if unknown := sorted(raw.keys() - keys):
        raise Fault(f"{at}: {unknown[0]}: no such key")


def _text(raw: Raw, key: str, at: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Fault(f"{at}: a text is missing")
    return value


def _word(kind: type[E], value: object, at: str) -> E:
    try:
        return kind(str(value))
    except ValueError:
        raise Fault(f"{at}: {value!r} is none of {'、'.join(kind)}") from None

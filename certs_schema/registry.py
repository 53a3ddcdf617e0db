"""Finds the certificate types: every folder under `types/` is one. Refuses a bad declaration with a sentence."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from certs_schema.core import (
    LONG_TERM,
    Certainty,
    CertificateType,
    Claims,
    FieldSpec,
    FieldType,
    HolderKind,
    Sensitivity,
    Validity,
)
from certs_schema.masks import Mask

TYPES = Path(__file__).parent / "types"
SCHEMA_BASE = "urn:liaocheng:certificate:"
_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_DATE = r"^\d{4}-\d{2}-\d{2}$"


class BadDeclaration(Exception):
    """A type's folder cannot be used; the text names the folder and the fault."""


@dataclass(frozen=True, slots=True)
class ClaimProblem:
    """One claim that breaks its type's schema. `path` is the field's key, or empty for the whole."""

    path: str
    rule: str
    """The JSON Schema keyword that failed: ``required``, ``pattern``, ``type`` …"""


@dataclass(frozen=True, slots=True)
class LoadedType:
    """A type and what is derived from it."""

    type: CertificateType
    schema: dict[str, Any]
    example: Claims
    _validator: Any = field(repr=False)

    def problems(self, claims: Claims) -> list[ClaimProblem]:
        """Everything wrong with `claims`, without their values; empty when they are good."""
        return [
            ClaimProblem(".".join(str(part) for part in error.instance_path), error.kind.name)
            for error in self._validator.iter_errors(dict(claims))
        ]


class Registry:
    """The certificate types, by code."""

    def __init__(self, types: Mapping[str, LoadedType]) -> None:
        self._types = dict(types)

    def __iter__(self) -> Iterator[LoadedType]:
        return iter(self._types.values())

    def __len__(self) -> int:
        return len(self._types)

    def __contains__(self, code: object) -> bool:
        return code in self._types

    def get(self, code: str) -> LoadedType:
        """The type of this code. Raises `KeyError`."""
        return self._types[code]

    @classmethod
    def load(cls, *roots: Path) -> "Registry":
        """Every folder in `roots` that holds a declaration. Raises `BadDeclaration`."""
        types: dict[str, LoadedType] = {}
        for root in roots:
            for folder in sorted(path.parent for path in root.glob("*/declaration.toml")):
                loaded = load_type(folder)
                if loaded.type.code in types:
                    raise BadDeclaration(f"{folder}: the code {loaded.type.code} is declared twice")
                types[loaded.type.code] = loaded
        return cls(types)


@cache
def registry() -> Registry:
    """The types that this product ships; read once."""
    return Registry.load(TYPES)


def load_type(folder: Path) -> LoadedType:
    """The type declared in `folder`. Raises `BadDeclaration`."""
    try:
        declared = tomllib.loads((folder / "declaration.toml").read_text(encoding="utf-8"))
        one = _type_of(declared)
        example = json.loads((folder / "example.json").read_text(encoding="utf-8"))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadDeclaration(f"{folder}: {type(error).__name__}: {error}") from error
    for fault in _faults(one, folder.name):
        raise BadDeclaration(f"{folder}: {fault}")
    schema = claims_schema(one)
    try:
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True, offline=True)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise BadDeclaration(f"{folder}: the claims schema cannot be used: {error}") from error
    loaded = LoadedType(one, schema, example, validator)
    for problem in loaded.problems(example):
        raise BadDeclaration(f"{folder}: the example breaks {problem.rule} at {problem.path or 'its top'}")
    return loaded


def claims_schema(one: CertificateType) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a type's claims."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{SCHEMA_BASE}{one.code}",
        "title": one.name_zh,
        "description": one.name_en,
        "type": "object",
        "properties": {f.key: _value_schema(f) for f in one.fields},
        "required": [f.key for f in one.fields if f.required],
        "additionalProperties": False,
    }


def _value_schema(one: FieldSpec) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": one.label_zh, "description": one.label_en}
    match one.type:
        case FieldType.INTEGER:
            return {**schema, "type": "integer", "minimum": 0}
        case FieldType.BOOLEAN:
            return {**schema, "type": "boolean"}
        case FieldType.DATE:
            return {**schema, "type": "string", "format": "date", "pattern": _DATE}
        case FieldType.DATETIME:
            return {**schema, "type": "string", "format": "date-time"}
        case FieldType.DATE_OR_LONG_TERM:
            return {**schema, "anyOf": [{"type": "string", "format": "date", "pattern": _DATE}, {"const": LONG_TERM}]}
        case FieldType.DECIMAL:
            return {**schema, "type": "string", "pattern": one.format or r"^-?\d+(\.\d+)?$"}
    schema |= {"type": "string", "minLength": 1, "maxLength": 1_000_000 if one.type is FieldType.IMAGE else 2000}
    if one.choices:
        schema["enum"] = list(one.choices)
    if one.format:
        schema["pattern"] = one.format
    return schema


def _type_of(declared: dict[str, Any]) -> CertificateType:
    validity = declared.pop("validity")
    fields = tuple(_field_of(one) for one in declared.pop("fields"))
    return CertificateType(
        **{
            **declared,
            "holder_kind": HolderKind(declared["holder_kind"]),
            "holder_code_types": tuple(declared["holder_code_types"]),
            "replaces_materials": tuple(declared.get("replaces_materials", ())),
            "national_type_code_certainty": Certainty(declared.get("national_type_code_certainty", "unknown")),
            "validity": Validity(**{**validity, "certainty": Certainty(validity["certainty"])}),
            "fields": fields,
        }
    )


def _field_of(declared: dict[str, Any]) -> FieldSpec:
    return FieldSpec(
        **{
            **declared,
            "type": FieldType(declared["type"]),
            "sensitivity": Sensitivity(declared["sensitivity"]),
            "mask": Mask(declared.get("mask", "none")),
            "choices": {code: (zh, en) for code, (zh, en) in declared.get("choices", {}).items()},
        }
    )


def _faults(one: CertificateType, folder: str) -> Iterator[str]:
    if not _CODE.fullmatch(one.code):
        yield f"the code {one.code!r} is not capitals, digits and single underscores"
    if one.folder != folder:
        yield f"the code {one.code} belongs in a folder named {one.folder}"
    keys = [f.key for f in one.fields]
    for key in keys:
        if not _KEY.fullmatch(key):
            yield f"the field key {key!r} is not small letters, digits and single underscores"
    if len(set(keys)) != len(keys):
        yield "a field key is declared twice"
    if not one.minimal_keys:
        yield "no field is in the minimal set, so nothing could ever be shown"
    if one.holder_field not in keys:
        yield f"holder_field {one.holder_field!r} is not one of its fields"
    if one.national_type_code is not None and not re.fullmatch(r"[0-9A-Z]{18}[0-9]{3}", one.national_type_code):
        yield "national_type_code is not a credit code and 3 digits"
    if one.national_type_code is None and one.national_type_code_certainty is not Certainty.UNKNOWN:
        yield "national_type_code is absent, so its certainty is unknown"
    for f in one.fields:
        yield from _field_faults(f)


def _field_faults(one: FieldSpec) -> Iterator[str]:
    if one.format is not None:
        try:
            re.compile(one.format)
        except re.error as error:
            yield f"the format of {one.key} is not a regular expression: {error}"
    if one.minimal and one.mask in (Mask.HIDDEN, Mask.TOKEN):
        yield f"{one.key} is hidden and in the minimal set"
    if one.sensitivity in (Sensitivity.L3, Sensitivity.L4) and one.key == "id_number" and one.mask is Mask.NONE:
        yield "id_number has no mask"
    if not one.label_zh or not one.label_en:
        yield f"{one.key} lacks a label in Chinese or English"

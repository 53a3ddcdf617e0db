"""Finds the certificate types: every folder under `types/` is one. Refuses a bad declaration with a sentence."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

from certs_schema.core import (
    LONG_TERM,
    AgeBand,
    Certainty,
    CertificateType,
    Claims,
    Face,
    FaceGroup,
    FieldSpec,
    FieldType,
    HolderKind,
    Sensitivity,
    Validity,
    ValidityKind,
)
from certs_schema.declaring import faults
from certs_schema.masks import Mask

TYPES = Path(__file__).parent / "types"
SCHEMAS_PATH = "/schemas/certificates"
"""Where the gateway publishes the JSON Schemas: `<SCHEMAS_PATH>/<CODE>.json`."""
SCHEMA_BASE = "urn:liaocheng:certificate:"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


class BadDeclaration(Exception):
    """A type's folder cannot be used; the text names the folder and the fault."""


@dataclass(frozen=True, slots=True)
class ClaimProblem:
    """One claim that breaks its type's schema. `path` is the field's key, or empty for the whole."""

    path: str
    rule: str
    """The JSON Schema keyword that failed: ``required``, ``pattern``, ``type`` …"""


@dataclass(frozen=True)
class LoadedType:
    """A type and what is derived from it on first use: a process seldom needs all of them."""

    type: CertificateType
    folder: Path

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the claims."""
        return claims_schema(self.type)

    @cached_property
    def example(self) -> Claims:
        """Claims of a demo person or company. Raises `OSError`, `ValueError`."""
        claims: Claims = json.loads((self.folder / "example.json").read_text(encoding="utf-8"))
        return claims

    @cached_property
    def _validator(self) -> Any:
        return jsonschema_rs.Draft202012Validator(self.schema, validate_formats=True, offline=True)

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
    def load(cls, *roots: Path, check: bool = True) -> "Registry":
        """Every folder in `roots` that holds a declaration. Raises `BadDeclaration`.

        `check` tries the schema and the example of each type too, which takes longer than all the rest.
        """
        types: dict[str, LoadedType] = {}
        for root in roots:
            for folder in sorted(path.parent for path in root.glob("*/declaration.toml")):
                loaded = load_type(folder) if check else declared_type(folder)
                if loaded.type.code in types:
                    raise BadDeclaration(f"{folder}: the code {loaded.type.code} is declared twice")
                types[loaded.type.code] = loaded
        return cls(types)


@cache
def registry() -> Registry:
    """The types that this product ships; read once. Their examples and schemas are checked by the tests."""
    return Registry.load(TYPES, check=False)


def declared_type(folder: Path) -> LoadedType:
    """The type declared in `folder`; its example is not looked at. Raises `BadDeclaration`."""
    try:
        one = _type_of(tomllib.loads((folder / "declaration.toml").read_text(encoding="utf-8")))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadDeclaration(f"{folder}: {type(error).__name__}: {error}") from error
    for fault in faults(one, folder.name):
        raise BadDeclaration(f"{folder}: {fault}")
    return LoadedType(one, folder)


def load_type(folder: Path) -> LoadedType:
    """The type declared in `folder`, with its schema and example tried. Raises `BadDeclaration`."""
    loaded = declared_type(folder)
    try:
        problems = loaded.problems(loaded.example)
    except (OSError, ValueError, jsonschema_rs.ValidationError) as error:
        raise BadDeclaration(f"{folder}: {type(error).__name__}: {error}") from error
    for problem in problems:
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
            return {
                **schema,
                "type": "integer",
                "minimum": 0,
                **({"maximum": one.most} if one.most is not None else {}),
            }
        case FieldType.BOOLEAN:
            return {**schema, "type": "boolean"}
        case FieldType.DATE:
            return {**schema, "type": "string", "format": "date", "pattern": _DATE}
        case FieldType.MONTH:
            return {**schema, "type": "string", "pattern": _MONTH}
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
    fields = tuple(_field_of(one) for one in declared.pop("fields"))
    return CertificateType(
        **{
            **declared,
            "holder_kind": HolderKind(declared["holder_kind"]),
            "holder_code_types": tuple(declared["holder_code_types"]),
            "co_holder_fields": tuple(declared.get("co_holder_fields", ())),
            "replaces_materials": tuple(declared.get("replaces_materials", ())),
            "national_type_code_certainty": Certainty(declared.get("national_type_code_certainty", "unknown")),
            "validity": _validity_of(declared["validity"]),
            "face": _face_of(declared["face"]),
            "fields": fields,
        }
    )


def _validity_of(declared: dict[str, Any]) -> Validity:
    return Validity(
        **{
            **declared,
            "certainty": Certainty(declared["certainty"]),
            "kind": ValidityKind(declared["kind"]),
            "by_age": tuple(AgeBand(one["from_age"], one.get("months")) for one in declared.get("by_age", ())),
            "choices_months": tuple(declared.get("choices_months", ())),
        }
    )


def _face_of(declared: dict[str, Any]) -> Face:
    groups = tuple(FaceGroup(**{**one, "fields": tuple(one["fields"])}) for one in declared["groups"])
    return Face(**{**declared, "groups": groups})


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

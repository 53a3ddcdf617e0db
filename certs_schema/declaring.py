"""What can be wrong with the declaration of a certificate type, each fault a sentence."""

import re
from collections.abc import Iterator

from certs_schema.core import Certainty, CertificateType, FieldSpec, Sensitivity, ValidityKind
from certs_schema.masks import Mask

_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SINCE = re.compile(r"\d{4}-\d{2}(-\d{2})?")


def faults(one: CertificateType, folder: str) -> Iterator[str]:
    """What is wrong with a declaration in the folder of this name, a sentence each."""
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
    for key in one.co_holder_fields:
        if key not in keys:
            yield f"co_holder_fields names {key!r}, which is not one of its fields"
    for f in one.fields:
        yield from _field_faults(f)
    yield from _validity_faults(one)
    yield from _face_faults(one)
    if one.available_by_2020_12 not in ("true", "likely", "false"):
        yield "available_by_2020_12 is not true, likely or false"
    if one.available_since is not None and not _SINCE.fullmatch(one.available_since):
        yield "available_since is not a month or a day"


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


def _validity_faults(one: CertificateType) -> Iterator[str]:
    rule = one.validity
    if rule.end_field is not None and one.field(rule.end_field) is None:
        yield f"the validity's end_field {rule.end_field!r} is not one of its fields"
    if (rule.kind is ValidityKind.PERIOD) != ((rule.months is None) != (rule.days is None)):
        yield "a validity of kind period has either months or days, and no other kind has"
    ages = [band.from_age for band in rule.by_age]
    if (rule.kind is ValidityKind.BY_AGE) != bool(ages) or ages != sorted(set(ages)) or (ages and ages[0] != 0):
        yield "a validity of kind by_age has bands that begin at age 0 and rise, and no other kind has"
    if ages and one.field("birth_date") is None:
        yield "a validity of kind by_age needs the field birth_date"


def _face_faults(one: CertificateType) -> Iterator[str]:
    placed = [key for group in one.face.groups for key in group.fields]
    if sorted(placed) != sorted(f.key for f in one.fields):
        yield "the groups of the face do not hold each field once"
    if one.face.shape not in ("card", "page", "booklet", "code"):
        yield "the face's shape is not card, page, booklet or code"
    if not re.fullmatch(r"#[0-9A-F]{6}", one.face.colour):
        yield "the face's colour is not like #1A2B3C"
    if not _KEY.fullmatch(one.face.emblem):
        yield "the face's emblem is not small letters, digits and single underscores"

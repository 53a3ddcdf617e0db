"""What the departments know: the systems, the demo people and companies, and what their certificates say."""

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from mocks.people import COMPANIES, by_id_number

PUBLISHED = Path(__file__).resolve().parents[2] / "certs_schema" / "types"
"""The published declarations of certificate types: what a department reads to know which claims to send."""


@cache
def systems() -> dict[str, dict[str, str]]:
    """By code: the system's name and its department."""
    found: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "systems.json").read_text(encoding="utf-8"))
    return found


def known(applicant: dict[str, Any]) -> bool:
    """Whether name and number belong together."""
    number, name = str(applicant.get("identityNumber")), applicant.get("name")
    if applicant.get("kind") == "COMPANY":
        return any((one.uscc, one.name) == (number, name) for one in COMPANIES.values())
    person = by_id_number(number)
    return person is not None and person.name == name


@cache
def _published(type_code: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    folder = PUBLISHED / type_code.lower()
    if not (folder / "declaration.toml").is_file() or not (folder / "example.json").is_file():
        return None
    declared = tomllib.loads((folder / "declaration.toml").read_text(encoding="utf-8"))
    return declared, json.loads((folder / "example.json").read_text(encoding="utf-8"))


def claims(type_code: str | None, applicant: dict[str, Any], today: str) -> dict[str, Any] | None:
    """Claims of a certificate for this applicant; None for a type that is not published or not for them."""
    published = _published(type_code) if type_code else None
    if published is None:
        return None
    declared, example = published
    kind, number = applicant["kind"], applicant["identityNumber"]
    if declared["holder_kind"] not in (kind, "EITHER"):
        return None
    own: dict[str, Any] = {declared["holder_field"]: applicant["name"], "issue_date": today}
    if kind == "COMPANY":
        own["uscc"] = number
    else:
        person = by_id_number(number)
        own["id_number"] = number
        if person is not None:
            own |= {"gender": person.gender, "birth_date": person.birth_date}
    return {**example, **{key: value for key, value in own.items() if key in example}}

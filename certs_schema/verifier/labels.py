"""Names of certificate types and fields, for people; taken from the declarations where they are installed."""

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

_TYPES = Path(__file__).resolve().parent.parent / "types"


@dataclass(frozen=True, slots=True)
class Labels:
    """A type's name and its fields' labels, Chinese and English."""

    name_zh: str
    name_en: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)

    def of(self, key: str) -> str:
        zh, en = self.fields.get(key, (key, key))
        return f"{zh} {en}"


@lru_cache(maxsize=128)
def labels(type_code: str) -> Labels:
    """The labels of a type whose code a verified token names; the bare code where it is not installed."""
    try:
        text = (_TYPES / type_code.lower() / "declaration.toml").read_text(encoding="utf-8")
        declared = tomllib.loads(text)
        fields = {one["key"]: (one["label_zh"], one["label_en"]) for one in declared["fields"]}
        return Labels(declared["name_zh"], declared["name_en"], fields)
    except (OSError, KeyError, TypeError, ValueError):
        return Labels(type_code, type_code)

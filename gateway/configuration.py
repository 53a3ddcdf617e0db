"""Reads the settings from the environment and says every fault in a sentence, never the value itself."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from gateway.settings import Settings


class BadSettings(Exception):
    """Settings that cannot be read; `faults` has a sentence for each, without the value that was given."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(["these settings cannot be used:", *(f"  - {f}" for f in faults)]))


def load(**overrides: Any) -> Settings:
    """The settings of this process. Raises `BadSettings`, or `UnsafeSettings` in production."""
    try:
        settings = Settings(**overrides)
    except ValidationError as invalid:
        raise BadSettings([_sentence(dict(error)) for error in invalid.errors(include_input=False)]) from None
    except SettingsError as unreadable:
        raise BadSettings([_unreadable(str(unreadable))]) from None
    settings.refuse_unsafe()
    return settings


def _sentence(error: Mapping[str, Any]) -> str:
    name = "__".join(str(part).upper() for part in error["loc"])
    reason = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    return f"{name} {reason}" if name else reason


def _unreadable(message: str) -> str:
    """pydantic-settings names the field only in its text: ``error parsing value for field "x" from …``."""
    field = message.split('"')[1].upper() if message.count('"') >= 2 else "a setting"
    return f"{field} should be written as JSON"

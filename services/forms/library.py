"""The shared fields, from `library/*.toml`: ``[bank_account]`` there is ``use = "bank_account"`` in an item."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from services.forms.errors import FormFault

FOLDER = Path(__file__).parent / "library"


@cache
def library() -> Mapping[str, Mapping[str, Any]]:
    """Every shared field by name, as written. Raises `FormFault` when two files have the same name."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for name, raw in tomllib.loads(path.read_text("utf-8")).items():
            if name in found:
                raise FormFault([f"library/{path.name}：共享字段 {name} 在别的文件里已经有了"])
            found[name] = raw
    return MappingProxyType(found)

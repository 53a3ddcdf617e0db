"""Pages that are written from the code: docs/settings.md and docs/errors.md."""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import services
from gateway.settings import Department, Settings
from services.kernel.errors import CityError

DOCS = Path(__file__).resolve().parents[1] / "docs"
HEADER = "<!-- Written by `make docs` from the code; edit the code. -->\n"


def settings_doc(arguments: list[str]) -> int:
    """`python -m gateway settings-doc [--check]`."""
    return _write(DOCS / "settings.md", settings_page(), arguments)


def errors_doc(arguments: list[str]) -> int:
    """`python -m gateway errors-doc [--check]`."""
    return _write(DOCS / "errors.md", errors_page(), arguments)


def _write(path: Path, text: str, arguments: list[str]) -> int:
    if "--check" in arguments:
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return 0
        print(f"docs/{path.name} is stale: run make docs", file=sys.stderr)
        return 1
    path.write_text(text, encoding="utf-8")
    return 0


def settings_page() -> str:
    rows = [_row(name, field) for name, field in Settings.model_fields.items()]
    department = [_row(name, field) for name, field in Department.model_fields.items()]
    return "\n".join(
        [
            HEADER,
            "# Settings",
            "",
            "All come from the environment and are read once, at the start. A value that cannot be used stops the",
            "start with a sentence that names the setting, never the value. Lists are written as JSON.",
            "",
            *_table(("setting", "default", "what it does"), rows),
            "",
            "## One department",
            "",
            "`DEPARTMENTS__<NAME>__<SETTING>`, for example `DEPARTMENTS__MEDICAL_INSURANCE__BASE_URL`. As soon as one",
            "department is set, all that are needed have to be: the mocks' addresses are a default for the whole.",
            "",
            *_table(("setting", "default", "what it does"), department),
            "",
            "## What `APP_ENV=production` refuses",
            "",
            "The start stops and names every fault at once when: the master key or a department's secret is the one",
            "for development; the database or the fast state is embedded and WORKERS is above 1; introspection is",
            "open; PUBLIC_URL or a department is not https; a department is on this machine (a mock).",
            "",
        ]
    )


def _row(name: str, field: Any) -> tuple[str, str, str]:
    return f"`{name.upper()}`", _default(name, field), (field.description or "").replace("|", "\\|")


def _default(name: str, field: Any) -> str:
    if field.default_factory is not None:
        value: Any = field.default_factory()
        if name == "departments":
            return "the mocks"
        return "`[]`" if value == [] else f"`{value}`"
    if field.is_required():
        return "must be set"
    value = field.default
    if value is None:
        return "unset"
    if hasattr(value, "get_secret_value"):
        return "for development only"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def error_classes() -> list[type[CityError]]:
    """The whole tree, every domain's own included, each after its parent."""
    for package in pkgutil.walk_packages(services.__path__, "services."):
        if package.name.endswith(".errors"):
            importlib.import_module(package.name)
    importlib.import_module("gateway.graphql.errors")
    found: list[type[CityError]] = []
    _descend(CityError, found)
    return found


def _descend(kind: type[CityError], found: list[type[CityError]]) -> None:
    found.append(kind)
    for child in sorted(kind.__subclasses__(), key=lambda one: (one.code, one.__name__)):
        _descend(child, found)


def errors_page() -> str:
    rows: dict[str, tuple[str, str, str, str, str]] = {}
    for kind in error_classes():
        first_line = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
        retryable = "yes" if kind.retryable else "no"
        rows.setdefault(
            kind.code, (f"`{kind.code}`", f"{kind.http_status}", retryable, kind.default_message, first_line)
        )
    return "\n".join(
        [
            HEADER,
            "# Errors",
            "",
            "A GraphQL error carries `extensions { code retryable traceId }`; a REST answer carries the same under",
            "`error`. The codes are stable. `retryable` says that nothing was changed and the same request may succeed",
            "later. The message is written for the citizen: what happened, and what to do next; a concrete failure may",
            "say it more exactly than the sentence here.",
            "",
            "The HTTP status is that of REST answers. A GraphQL answer follows GraphQL over HTTP: 200 when the",
            "operation was executed, also with errors in it, and 4xx when the request itself could not be.",
            "",
            *_table(("code", "HTTP", "retryable", "default message", "meaning"), (rows[code] for code in sorted(rows))),
            "",
        ]
    )

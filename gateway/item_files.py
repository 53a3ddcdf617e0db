"""`python -m gateway lint-items [CODE…]`: tell an editor in plain Chinese what is wrong with item files."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway import catalog_files, configuration
from services.catalog.catalogue import ROOT
from services.forms.lint import item_files, lint, without_form
from services.kernel.clock import CHINA

PENDING = Path(__file__).parent.parent / "tests" / "unit" / "forms" / "without_form.txt"
"""Items that people apply for and that have no form yet; it only ever gets shorter."""


def run(arguments: list[str]) -> int:
    """Check all items, or those named; `--pending` also writes the list of those without a form."""
    today = datetime.now(UTC).astimezone(CHINA).date()
    names = [one.upper() for one in arguments if not one.startswith("-")]
    faults = lint(ROOT, today, names)
    if not names and not faults:
        guides = catalog_files.faults(configuration.load())
        faults = [guides] if guides else []
    if "--pending" in arguments:
        PENDING.write_text("".join(f"{code}\n" for code in without_form(item_files(ROOT))), "utf-8")
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{'、'.join(names) or '全部事项'}：没有发现问题。")
    return 1 if faults else 0

"""Commands on the catalogue's files: check and compile them, write their index; and the check before serving."""

import sys

from gateway import configuration
from gateway.settings import Settings
from services.catalog.catalogue import ROOT, load
from services.catalog.errors import CatalogueInvalid
from services.catalog.index import index_page
from services.catalog.model import Depth
from services.forms.reading import form_faults
from services.inquiries.declaration import fault_of


def faults(settings: Settings) -> str | None:
    """Load the catalogue before any worker starts: it compiles the cache once for all of them.

    The sentences that name each file and fault; None when there are none.
    """
    try:
        catalogue = load(ROOT, settings.data_dir)
    except CatalogueInvalid as invalid:
        return str(invalid)
    forms = [f"{catalogue.paths[code]}: {fault}" for code, raw in catalogue.forms.items() for fault in form_faults(raw)]
    queries = [
        f"{catalogue.paths[code]}: {fault}"
        for code, item in catalogue.items.items()
        if item.handheld and item.depth is Depth.QUERY and (fault := fault_of(item.query))
    ]
    return "\n".join(forms + queries) or None


def compile_cache(arguments: list[str]) -> int:
    """`python -m gateway catalog-compile`: check every file and compile them, so that the first start is quick."""
    wrong = faults(configuration.load())
    if wrong is not None:
        print(wrong, file=sys.stderr)
    return 0 if wrong is None else 1


def write_index(arguments: list[str]) -> int:
    """`python -m gateway catalog-index [--check]`."""
    path = ROOT / "INDEX.md"
    page = index_page(load(ROOT, configuration.load().data_dir))
    if "--check" in arguments:
        if path.exists() and path.read_text("utf-8") == page:
            return 0
        print("services/catalog/INDEX.md is stale: run make docs", file=sys.stderr)
        return 1
    path.write_text(page, "utf-8")
    return 0

"""`services/catalog/INDEX.md`: every item on one page, with the file that it is in."""

from services.catalog.catalogue import Catalogue

HEADER = "<!-- Written by `python -m gateway catalog-index` from the TOML files; edit those. -->"


def index_page(catalogue: Catalogue) -> str:
    """The whole page: by department, each item with its depth, times and file."""
    lines = [
        HEADER,
        "# Service items",
        "",
        f"{len(catalogue.items)} items, {sum(one.handheld for one in catalogue.items.values())} of them handheld. "
        "Days: legal (工: working days, 自: calendar days) → promised working days; 0 is on the spot. "
        "How sure each figure is stands in the file.",
    ]
    for department in catalogue.tables.departments.values():
        items = [one for one in catalogue.items.values() if one.department == department.code]
        if not items:
            continue
        lines += [
            "",
            f"## {department.code} {department.name}",
            "",
            "| item | depth | days | from |",
            "|---|---|---|---|",
        ]
        for one in items:
            days = f"{one.time.legal_days}{one.time.legal_unit.value[0]} → {one.time.promised_days}"
            name = one.name.replace("|", "\\|")
            link = f"[{one.code}]({catalogue.paths[one.code]}) {name}"
            lines.append(f"| {link} | {one.depth.value} | {days} | {one.effective_from} |")
    return "\n".join(lines) + "\n"

"""Who handles an item in my county: from the item's level and the region to the body's name.

The names of county bodies are put together from the municipal department's name; no official list of them was
found, so they are `assumed`. Addresses and phone numbers are given only where the fact base has them: nowhere yet.
"""

from services.catalog.errors import UnknownRegion
from services.catalog.model import Certainty, Department, HandlingBody, Level, Region, ServiceItem, Tables

CITY = "371500"
MUNICIPAL = "371599"
"""聊城市本级（市直）: what medical and social insurance call the city's own pool (likely)."""
PROVINCE = "370000"
_CITY_NAME = "聊城市"
_ZONE_KIND = "功能区"


def resolve_region(tables: Tables, code: str) -> tuple[Region, str | None]:
    """The county, zone or city that `code` means today, and a note where it is not the code itself.

    Streets resolve to their zone or county, 371523 to 371503. Raises `UnknownRegion`.
    """
    region = tables.regions.get(code.strip().upper()) if len(code) <= 20 else None
    if region is None or region.code == PROVINCE:
        raise UnknownRegion(field="region")
    note = None
    if region.replaced_by:
        new = tables.regions[region.replaced_by]
        return new, f"{region.name.split('(')[0]}（{region.code}）已改设为{new.name}（{new.code}），按{new.name}办理。"
    if len(region.code) > 6 and region.code.isdigit():
        home = tables.regions[region.managing_zone or region.parent or CITY]
        note = f"{region.name}的事项由{home.name}受理。"
        if region.managing_zone:
            note += "功能区代管关系为推定，请以当地公告为准。"
        region = home
    return region, note


def handled_by(item: ServiceItem, tables: Tables, code: str) -> HandlingBody:
    """Who handles `item` for region `code`. Raises `UnknownRegion`."""
    region, note = resolve_region(tables, code)
    department = tables.departments[item.department]
    municipal = region.code in {CITY, MUNICIPAL}
    notes = [note, item.level_note]
    if item.level is Level.PROVINCE:
        name, short = _provincial(department)
        sure = Certainty.ASSUMED
        notes.append("此事项由省级部门办理。")
    elif item.level is Level.CITY or municipal:
        name, short, sure = department.name, department.short_name, department.certainty
        if not municipal:
            notes.append(f"此事项由市级统一办理，{region.name}的申请人也向{short}提交。")
    else:
        name, short = _local(department, region)
        sure = Certainty.ASSUMED
        if _ZONE_KIND in region.kind:
            notes.append("功能区的承接机构名称为推定，请以当地公告为准。")
    whole_city = item.level is not Level.COUNTY or municipal
    return HandlingBody(
        name=name,
        short_name=short,
        level=Level.CITY if municipal and item.level is Level.COUNTY else item.level,
        department=department,
        region=region,
        certainty=sure,
        address=department.address if whole_city else None,
        phone=department.phone if whole_city else None,
        note="".join(n for n in notes if n) or None,
    )


def _local(department: Department, region: Region) -> tuple[str, str]:
    """聊城市医疗保障局 in 东阿县 → 东阿县医疗保障局, 东阿县医保局."""
    stem = department.short_name.removeprefix("市")
    short = f"{region.name}{stem}" if stem != department.short_name else f"{department.short_name}（{region.name}）"
    if _CITY_NAME not in department.name:
        return f"{department.name}（{region.name}服务点）", short
    before, _, after = department.name.partition(_CITY_NAME)
    after = after.replace("支队", "大队")  # traffic police and fire brigades are one step smaller in a county
    place = region.name if not before or region.kind != "市辖区" else f"{_CITY_NAME}{region.name}"
    return f"{before}{place}{after}", short.replace("支队", "大队")


def _provincial(department: Department) -> tuple[str, str]:
    return (
        department.name.replace(_CITY_NAME, "山东省", 1),
        "省" + department.short_name.removeprefix("市"),
    )

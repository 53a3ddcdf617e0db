"""`python -m gateway lint-items [CODE…]`: tell an editor in plain Chinese what is wrong with item files."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway import configuration
from services.catalog.catalogue import ROOT, load
from services.catalog.errors import CatalogueInvalid
from services.catalog.model import Depth
from services.forms.lint import item_files, lint, without_form
from services.inquiries.declaration import fault_of
from services.kernel.clock import CHINA

PENDING = Path(__file__).parent.parent / "tests" / "unit" / "forms" / "without_form.txt"
"""Items that people apply for and that have no form yet; it only ever gets shorter."""

_IN_CHINESE = [
    (r"not TOML: (.*)", r"不是正确的 TOML，检查引号、逗号和括号：\1"),
    (r"\[(.+)\] is missing", r"缺少 [\1] 这张表"),
    (r"a text is missing", "没有填，须是一段文字"),
    (r"not a text", "须是一段文字，写在引号里"),
    (r"not a list of texts", '须是一列文字，如 ["甲", "乙"]'),
    (r"neither true nor false", "只能是 true 或 false"),
    (r"not a number of days", "须是天数，0 至 3650 的整数"),
    (r"missing; one of (.+)", r"没有填，须是 \1 之一"),
    (r"('.*') is none of (.+)", r"\1 不对，须是 \2 之一"),
    (r"not a list of tables", "须写成 [[…]] 的一列表"),
    (r"not a table", "须写成表"),
    (r"goes with source CERTIFICATE, and only with it", "source 是 CERTIFICATE 时必须写证照类型，别的来源不写"),
    (r"not an amount in fen", "须是金额，单位分，不小于 0 的整数"),
    (r"('.*') is not like YB-010", r"\1 不像 YB-010 这样的编号"),
    (r"('.*') is not a month like 2022-12", r"\1 不是 2022-12 这样的年月"),
    (r"at least one of each", "各至少写一个"),
    (r"('.*') is not in (\w+\.toml)", r"\1 不在 data/\2 里"),
    (r"belongs at (.+)", r"文件应放在 \1"),
    (r"the code (\S+) is also in (.+)", r"编号 \1 在 \2 里已经有了"),
    (r"the file is missing", "文件不见了"),
    (r"(\S+) is no item", r"\1 不是事项"),
    (r"(\S+) is no region", r"\1 不是地区"),
    (r"\[query\] is missing: nobody could ask", "缺少 [query] 这张表，不知道怎样查、查到什么"),
    (r"person, company or both; or public alone", "须是 person、company 或两者；公开数据只写 public"),
    (r"a number from 1 to 100", "须是 1 至 100 的整数"),
    (r"an answer has at least three", "查询结果至少三列"),
    (r"a key comes twice", "有重复的 key"),
    (r"public data have only public columns", "公开数据的每一列都须是公开的"),
    (r"one of (.+)", r"须是 \1 之一"),
    (r"only texts and dates are masked", "只有文字和日期可以遮盖"),
    (r"a sensitive column has one", "敏感的一列须写怎样遮盖"),
    (r"not a regular expression", "不是正确的正则表达式"),
    (r"code = text", '写法是 { CODE = "名称" }'),
    (r"go with enum and status, and only with them", "只用于 enum 和 status，而且必须有"),
    (r"('.*') is not like paidMonth", r"\1 不像 paidMonth 这样的键名"),
    (r"no such key", "没有这个键"),
]


def in_chinese(fault: str) -> str:
    """A fault of the catalogue's own check for an editor; what has no translation stays as it is."""
    where: list[str] = []
    said = fault
    while True:
        for pattern, chinese in _IN_CHINESE:
            found = re.fullmatch(pattern, said)
            if found:
                return "：".join([*where, found.expand(chinese)])
        part, colon, rest = said.partition(": ")
        if not colon:
            return "：".join([*where, said])
        where.append(part)
        said = rest


def guide_faults(root: Path, cache_dir: Path) -> list[str]:
    """What is wrong with the guides, and with what query items ask and answer."""
    try:
        catalogue = load(root, cache_dir, live=True)
    except CatalogueInvalid as invalid:
        return [in_chinese(fault) for fault in invalid.faults]
    queries = [one for one in catalogue.items.values() if one.handheld and one.depth is Depth.QUERY]
    faults = [f"{catalogue.paths[one.code]}: {fault}" for one in queries if (fault := fault_of(one.query))]
    return [in_chinese(fault) for fault in faults]


def run(arguments: list[str]) -> int:
    """Check all items, or those named; `--pending` also writes the list of those without a form."""
    today = datetime.now(UTC).astimezone(CHINA).date()
    names = [one.upper() for one in arguments if not one.startswith("-")]
    guides = guide_faults(ROOT, configuration.load().data_dir)
    faults = [one for one in guides if not names or any(f"/{name}.toml" in one for name in names)]
    faults += [one for one in lint(ROOT, today, names) if "不是正确的 TOML" not in one or not faults]
    if "--pending" in arguments:
        PENDING.write_text("".join(f"{code}\n" for code in without_form(item_files(ROOT))), "utf-8")
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{'、'.join(names) or '全部事项'}：没有发现问题。")
    return 1 if faults else 0

"""Checks every `[form]` of the catalogue's files and runs its examples. Sentences name file, place and fault."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from certs_schema.registry import registry
from services.forms.compiled import CompiledForm
from services.forms.errors import FormFault
from services.forms.model import Field
from services.forms.ports import Places
from services.forms.reading import read
from services.forms.values import on_day

APPLYING = frozenset({"全程网办", "在线申请"})
LEAST_INVALID = 2
_SHOWN = {"title", "description", "examples"}
_UNFINISHED = re.compile(r"TODO|待定|XXX")


@dataclass(frozen=True, slots=True)
class ItemFile:
    """An item's file as an editor sees it."""

    path: str
    data: Mapping[str, Any]

    @property
    def code(self) -> str:
        return str(self.data.get("code", ""))

    @property
    def applying(self) -> bool:
        """Whether people hand in an application for it on the phone."""
        return bool(self.data.get("handheld")) and self.data.get("depth") in APPLYING

    @property
    def raw_form(self) -> Any:
        return self.data.get("form")


class FilePlaces:
    """The tree of regions as `regions.toml` says, for who has no catalogue open."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._counties = {
            one["code"] for one in data["regions"] if one["kind"] in {"市辖区", "县级市", "县", "市属开发区(功能区)"}
        }
        self._streets = {
            one["code"]: frozenset(filter(None, (one["parent"], one.get("managing_zone")))) for one in data["streets"]
        }

    def is_county(self, code: str) -> bool:
        return code in self._counties

    def county_of(self, street: str) -> frozenset[str]:
        return self._streets.get(street, frozenset())


def item_files(root: Path) -> list[ItemFile]:
    """Every item file below the catalogue's `root`; those that are no TOML are left to the catalogue's own check."""
    found = []
    for path in sorted((root / "items").rglob("*.toml")):
        try:
            found.append(ItemFile(path.relative_to(root).as_posix(), tomllib.loads(path.read_text("utf-8"))))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            found.append(ItemFile(path.relative_to(root).as_posix(), {"unreadable": str(error)}))
    return found


def places_of(root: Path) -> Places:
    return FilePlaces(tomllib.loads((root / "data" / "regions.toml").read_text("utf-8")))


def faults_of(file: ItemFile, today: date, places: Places) -> list[str]:
    """What is wrong with one file's form and its examples; [] also where it has none."""
    if "unreadable" in file.data:
        return [f"{file.path}：不是正确的 TOML：{file.data['unreadable']}"]
    if file.raw_form is None:
        return []
    if not file.applying:
        return [f"{file.path}：这个事项不在线申请（handheld 或 depth），不该有 [form]"]
    try:
        form = read(file.raw_form, str(file.data.get("name", "")))
    except FormFault as fault:
        return [f"{file.path}：{one}" for one in fault.faults]
    compiled = CompiledForm(form)
    faults = [f"{file.path}：{one}" for one in _prefill_faults(form.fields)]
    valid = [one for one in form.examples if not one.problems]
    if not valid or len(form.examples) - len(valid) < LEAST_INVALID:
        faults.append(
            f"{file.path}：form.examples 至少一个 valid、{LEAST_INVALID} 个错误的例子（change 或 remove，加 expect）"
        )
    for number, example in enumerate(form.examples, 1):
        found = compiled.problems(on_day(example.values, today), today, places)
        told = [f"{one.path} {one.code}".strip() for one in found]
        if sorted(told) != sorted(example.problems):
            wanted = "、".join(example.problems) or "没有问题"
            got = "；".join(f"{one.path} {one.code}（{one.message}）" for one in found) or "没有问题"
            faults.append(f"{file.path}：form.examples 第 {number} 个，应是 {wanted}，实际是 {got}")
    if _UNFINISHED.search(orjson.dumps(file.raw_form).decode()):
        faults.append(f"{file.path}：form 里有没写完的内容（待定、XXX）")
    return faults


def _prefill_faults(fields: Iterable[Field], where: str = "") -> list[str]:
    """Certificates that we know must have the field that a prefill names."""
    faults = []
    for one in fields:
        if one.prefill and one.prefill.startswith("certificate:"):
            code, _, claim = one.prefill.removeprefix("certificate:").partition(".")
            known = {f.key for f in registry().get(code).type.fields} if code in registry() else {claim}
            if claim not in known:
                faults.append(
                    f"{where}{one.key} 的 prefill：证照 {code} 没有字段 {claim}，有 {'、'.join(sorted(known))}"
                )
        faults += _prefill_faults(one.fields, f"{where}{one.key}.")
    return faults


def bare(schema: Any) -> Any:
    """A schema without what is only shown: two items of different purpose must still differ."""
    if isinstance(schema, list):
        return [bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {k: bare(v) for k, v in schema.items() if k not in _SHOWN and not k.startswith("x-")}
    if "properties" in schema:  # whose keys are names of fields, "title" among them
        kept["properties"] = {key: bare(one) for key, one in schema["properties"].items()}
    return kept


def twins(files: Iterable[ItemFile]) -> list[str]:
    """Items whose forms ask the very same: then one of them asks too little."""
    seen: dict[str, str] = {}
    faults = []
    for file in files:
        if file.raw_form is None:
            continue
        try:
            schema = CompiledForm(read(file.raw_form, "")).schema
        except FormFault:
            continue
        mark = hashlib.sha256(orjson.dumps(bare(schema), option=orjson.OPT_SORT_KEYS)).hexdigest()
        if mark in seen:
            faults.append(f"{file.path}：表单与 {seen[mark]} 完全一样，请写出本事项自己要问的内容")
        seen.setdefault(mark, file.path)
    return faults


def without_form(files: Iterable[ItemFile]) -> list[str]:
    """Codes of items that people apply for and that have no form yet."""
    return sorted(file.code for file in files if file.applying and file.raw_form is None)


def lint(root: Path, today: date, names: Iterable[str] = ()) -> list[str]:
    """Every fault; of the items in `names` only, when there are any."""
    files, places, wanted = item_files(root), places_of(root), set(names)
    chosen = [one for one in files if not wanted or one.code in wanted]
    faults = [f"没有事项 {one}" for one in sorted(wanted - {file.code for file in files})]
    faults += [fault for one in chosen for fault in faults_of(one, today, places)]
    codes = {one.path for one in chosen}
    return faults + [one for one in twins(files) if not wanted or one.partition("：")[0] in codes]

"""The service of forms: compiled once by content, checked on the clock's day, prefilled from what was proven."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway import catalog_files
from gateway.settings import Settings
from services.catalog.catalogue import ROOT
from services.forms.errors import FormNotFound
from services.forms.lint import places_of
from services.forms.ports import Definition
from services.forms.service import FormService
from services.kernel.clock import FixedClock
from services.kernel.errors import StepUpRequired
from services.kernel.principal import Assurance, Principal, Subject, SubjectKind

ZHANG = Subject(SubjectKind.PERSON, "p1")
ME = Principal("p1", "s1", Assurance.REAL_NAME, ZHANG)
FIELDS: list[dict[str, Any]] = [
    {"use": "applicant"},
    {"use": "ethnicity"},
    {"use": "vehicle", "required": False},
    {"key": "startsOn", "kind": "date", "label": "开始日期", "earliest": "today"},
    {"use": "address", "set": {"detail": {"prefill": "certificate:ID_CARD.address"}}},
    {"key": "cars", "kind": "list", "label": "车", "fields": [{"use": "name", "prefill": "subject.name"}]},
]  # fmt: skip
EXAMPLE = {"valid": {"startsOn": "@today+7d"}}


@dataclass
class Shelf:
    """Definitions that a test may change."""

    fields: list[dict[str, Any]] = field(default_factory=lambda: list(FIELDS))
    digest: str = "1"

    def definition(self, item_code: str) -> Definition | None:
        if item_code != "ZZ-001":
            return None
        form = {"sections": [{"title": "一", "fields": self.fields}], "examples": [EXAMPLE]}
        return Definition(item_code, "试", orjson.dumps(form), self.digest)


@dataclass
class Known:
    """What was proven of the person, and how often each source was asked."""

    claims: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def profile(self, principal: Principal) -> Mapping[str, str]:
        self.asked.append("profile")
        return {"name": "张三", "phone": "10000000001", "region": "371502"}

    async def subject(self, principal: Principal) -> Mapping[str, str]:
        self.asked.append("subject")
        return {"name": "张三", "idNumber": "371599199001010011"}

    async def certificates(self, principal: Principal) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
        self.asked.append("certificates")
        return self.claims


def service(clock: FixedClock, shelf: Shelf | None = None, known: Known | None = None) -> FormService:
    return FormService(shelf or Shelf(), places_of(ROOT), known or Known(), clock)


def test_a_form_is_compiled_once_for_the_same_content(clock: FixedClock) -> None:
    shelf = Shelf()
    forms = service(clock, shelf)
    first = forms.form("ZZ-001")
    assert forms.form("ZZ-001") is first
    shelf.digest, shelf.fields = "2", FIELDS[:2]
    assert forms.form("ZZ-001").version != first.version


def test_an_item_without_a_form_is_told_apart(clock: FixedClock) -> None:
    forms = service(clock)
    assert forms.find("ZZ-002") is None
    with pytest.raises(FormNotFound):
        forms.problems("ZZ-002", {})


def test_today_is_the_day_in_china(clock: FixedClock) -> None:
    forms = service(clock)

    def told() -> list[str]:
        return [one.code for one in forms.problems("ZZ-001", {"startsOn": "2026-11-23"}) if one.path == "startsOn"]

    assert forms.day == "2026-11-23"
    assert told() == []
    assert forms.schema(forms.form("ZZ-001"))["examples"] == [{"startsOn": "2026-11-30"}]
    clock.advance(timedelta(hours=14))  # midnight in China, still the 23rd in UTC
    assert forms.day == "2026-11-24"
    assert told() == ["DATE_TOO_EARLY"]


async def test_what_was_proven_is_offered_with_its_source_and_each_source_is_asked_once(clock: FixedClock) -> None:
    known = Known({"ID_CARD": ("居民身份证", {"ethnicity": "汉族", "address": "山东省聊城市东昌府区示例路1号"})})
    found = await service(clock, known=known).prefill(ME, "ZZ-001")
    assert [(one.path, one.value, one.source_label) for one in found] == [
        ("applicant.name", "张三", "本人实名信息"),
        ("applicant.idNumber", "371599199001010011", "本人实名信息"),
        ("applicant.mobile", "10000000001", "本人实名信息"),
        ("ethnicity", "汉族", "电子证照《居民身份证》"),
        ("address.county", "371502", "本人实名信息"),
        ("address.detail", "山东省聊城市东昌府区示例路1号", "电子证照《居民身份证》"),
    ]
    assert sorted(known.asked) == ["certificates", "profile", "subject"]


async def test_a_claim_that_the_form_would_refuse_is_not_offered(clock: FixedClock) -> None:
    known = Known({"VEH_LIC": ("机动车行驶证", {"plate_no": "京A12345", "vin": "LSVAA49J132047371"})})
    found = {one.path: one.value for one in await service(clock, known=known).prefill(ME, "ZZ-001")}
    assert "vehicle.plate" not in found  # not of this city
    assert found["vehicle.vin"] == "LSVAA49J132047371"


async def test_a_phone_number_alone_is_told_nothing(clock: FixedClock) -> None:
    known = Known()
    with pytest.raises(StepUpRequired):
        await service(clock, known=known).prefill(Principal("p1", "s1", Assurance.PHONE, ZHANG), "ZZ-001")
    assert known.asked == []


def test_nothing_serves_with_a_form_that_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data_dir=tmp_path)
    assert catalog_files.faults(settings) is None
    monkeypatch.setattr(catalog_files, "form_faults", lambda raw: ["form：不对"])
    told = catalog_files.faults(settings)
    assert told is not None
    assert "items/ybj/YB-010.toml: form：不对" in told

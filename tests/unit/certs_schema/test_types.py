"""Every certificate type: declared whole, its example sound, and its presentation small, masked and verifiable."""

import json
import re
import statistics
import time
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from certs_schema import generate
from certs_schema.core import Certainty, FieldType, HolderKind, Sensitivity, ValidityKind
from certs_schema.masks import Mask
from certs_schema.presentation import LIFE_SECONDS, Statement, TokenSigner
from certs_schema.registry import TYPES, LoadedType, Registry, load_type, registry
from certs_schema.verifier import MemoryReplayCache, OfflineVerifier
from mocks.people import COMPANIES, PEOPLE
from tests.unit.certs_schema.making import ISSUER, KEYS, KID, NOW

CODES = [
    "ID_CARD", "HUKOU", "RESIDENCE", "MED_CODE", "SSC", "DRV_LIC", "VEH_LIC", "MARRIAGE", "DIVORCE", "BIRTH",
    "RE_CERT", "RE_PROOF", "BIZ_LIC", "FOOD_LIC", "FOOD_PROD", "DRUG_LIC", "DISABLED", "VETERAN", "ELDER", "NURSE",
    "DOCTOR", "DOCTOR_Q", "TEACHER", "ROAD_TRANS", "ROAD_OP", "DRIVER_Q", "HF_PROOF", "HUICAI", "WATER", "CONSTR",
    "GAS_OP", "SPECIAL_EQ", "SPECIAL_WORK", "CONSTR_SPEC", "SAFE_ABC", "LAWYER", "TOBACCO", "HYGIENE", "MED_INST",
    "PRIV_SCHOOL", "SOC_ORG", "LOW_INC", "INSURED_PROOF", "SI_PROOF", "TITLE", "SKILL", "EMP_CARD", "TAX_PROOF",
    "NO_CRIME",
]  # fmt: skip
"""The 49 types of the domain's certificate file."""

PROVES = {
    "DISABLED": {"disability_level"},
    "DIVORCE": {"register_date"},
    "EMP_CARD": {"status"},
    "HF_PROOF": {"months"},
    "HUKOU": {"relation_to_head"},
    "INSURED_PROOF": {"from_month", "to_month", "paid_months"},
    "LOW_INC": {"status"},
    "MED_CODE": {"insured_status"},
    "NO_CRIME": {"period", "conclusion"},
    "SI_PROOF": {"insutypes", "paid_period", "months"},
}
"""Sensitive fields that the domain file shows unmasked in the minimal set: the very thing that the type proves."""

OPEN_CODES = {"HUKOU.relation_to_head", "DRV_LIC.vehicle_class", "ROAD_TRANS.audit_status", "HUICAI.tier"}
"""Enumerations without a closed list of meanings in the domain file."""

TODAY = date(2026, 11, 23)
ALL = list(registry())
PEOPLE_IDS = {one.id_number: one for one in PEOPLE.values()}
EVERY = pytest.mark.parametrize("loaded", ALL, ids=lambda one: one.type.code)


def identity_numbers(text: str) -> Iterator[str]:
    """Whatever is an identity number by form and check digit (GB 11643), also inside a longer number."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    for found in re.findall(r"(?=([1-9]\d{5}(?:19|20)\d{9}[\dX]))", text):
        if found[17] == "10X98765432"[sum(int(d) * w for d, w in zip(found[:17], weights, strict=True)) % 11]:
            yield found


def uscc_is_sound(code: str) -> bool:
    """GB 32100: the last of the 18 characters checks the others."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(letters.index(one) * weight for one, weight in zip(code[:17], weights, strict=True))
    return len(code) == 18 and code[17] == letters[(31 - total % 31) % 31]


def statement(loaded: LoadedType) -> Statement:
    one, claims = loaded.type, loaded.example
    holder, shown = one.masked_holder(claims), one.minimal(claims)
    end = NOW + LIFE_SECONDS
    return Statement(ISSUER, "s" * 22, "j" * 22, NOW, end, one.code, "MINIMAL", holder, shown)


def test_the_types_are_the_forty_nine_of_the_domain_file() -> None:
    assert len(CODES) == 49
    assert sorted(one.type.code for one in ALL) == sorted(CODES)


@EVERY
def test_a_declaration_is_complete(loaded: LoadedType) -> None:
    one = loaded.type
    assert one.name_zh
    assert one.name_en
    assert one.issuing_authority
    assert one.replaces_materials
    assert one.face.description
    assert one.validity.rule
    assert one.certainty
    assert re.fullmatch(r"[A-Z]+-[A-Z]+", one.adapter)
    assert set(one.holder_code_types) == {
        HolderKind.PERSON: {"111"}, HolderKind.COMPANY: {"001"}, HolderKind.EITHER: {"111", "001"}
    }[one.holder_kind]  # fmt: skip
    for field in one.fields:
        assert re.search(r"[\u4e00-\u9fa5]", field.label_zh), field.key
        assert re.fullmatch(r"[\x20-\x7e³]+", field.label_en), field.key
        assert field.label_en[0].isupper(), field.key
        if field.type is FieldType.ENUM:
            assert field.choices or f"{one.code}.{field.key}" in OPEN_CODES, field.key
        for zh, en in field.choices.values():
            assert zh
            assert en
    if one.national_type_code is not None:
        assert one.national_type_code_certainty in (Certainty.CERTAIN, Certainty.LIKELY)
        assert one.national_type_code_source


@EVERY
def test_an_example_is_sound_and_of_a_demo_person_or_company(loaded: LoadedType) -> None:
    assert loaded.problems(loaded.example) == []
    text = json.dumps(loaded.example, ensure_ascii=False)
    people = [PEOPLE_IDS[number] for number in identity_numbers(text)]
    for person in people:
        assert person.name in text, "the number stands beside the name it belongs to"
    example = loaded.example
    if "id_number" in example:
        person = PEOPLE_IDS[example["id_number"]]
        assert example[loaded.type.holder_field] == person.name
        assert example.get("gender", person.gender) == person.gender
        assert example.get("birth_date", person.birth_date) == person.birth_date
    if "uscc" in example:
        assert uscc_is_sound(example["uscc"])
        if example["uscc"] == COMPANIES["demo_trading"].uscc:
            assert example[loaded.type.holder_field] == COMPANIES["demo_trading"].name
    for key in ("valid_from", "issue_date", "register_date"):
        if key in example:
            assert date.fromisoformat(example[key]) <= TODAY
    end = loaded.type.validity.end(TODAY, example)
    assert end is None or end >= TODAY


def test_the_example_of_a_birth_is_a_child_of_the_demo_holder() -> None:
    example = registry().get("BIRTH").example
    child = next(one for one in PEOPLE.values() if one.name == example["baby_name"])
    assert child.guardians == ("zhangsan",)
    assert example["birth_time"].startswith(child.birth_date)
    assert (example["father_name"], example["father_id"]) == ("张三", PEOPLE["zhangsan"].id_number)


@EVERY
def test_the_minimal_set_leaves_no_sensitive_value_whole_but_what_the_certificate_proves(loaded: LoadedType) -> None:
    one, example = loaded.type, loaded.example
    token_says = f"{one.masked_holder(example)} {one.minimal(example)}"
    sensitive = [f for f in one.fields if f.sensitivity in (Sensitivity.L3, Sensitivity.L4)]
    assert {f.key for f in sensitive if f.minimal and f.mask is Mask.NONE} == PROVES.get(one.code, set())
    for field in sensitive:
        value = str(example.get(field.key, ""))
        if field.key in PROVES.get(one.code, ()):
            continue
        if len(value) > 2:
            assert value not in token_says, field.key
        assert field.minimal or field.key not in one.minimal(example), field.key
    assert list(identity_numbers(token_says)) == []


@pytest.mark.parametrize(
    ("code", "key", "name", "shown"),
    [
        ("BIZ_LIC", "org_name", "聊城商行", "聊城商行"),
        ("ROAD_TRANS", "owner", "聊城示例商贸有限公司", "聊城示例商贸有限公司"),
        ("ROAD_TRANS", "owner", "张三", "张*"),
        ("ROAD_TRANS", "owner", "欧阳小一", "欧**一"),
        ("TOBACCO", "operator", "阿卜杜拉·买买提", "阿**"),
        ("VEH_LIC", "owner", "聊城示例商贸有限公司", "聊********司"),
        ("DIVORCE", "holder_name", "", "*"),
    ],
)
def test_a_companys_public_name_is_shown_and_what_may_be_a_persons_is_masked(
    code: str, key: str, name: str, shown: str
) -> None:
    assert registry().get(code).type.masked_holder({key: name}) == shown


def test_the_number_of_a_disabled_persons_certificate_does_not_tell_the_disability() -> None:
    loaded = registry().get("DISABLED")
    kind = loaded.example["disability_type"]
    assert loaded.example["cert_no"] == f"{loaded.example['id_number']}{kind}{loaded.example['disability_level']}"
    assert loaded.type.minimal(loaded.example)["cert_no"] == "371***********0011**"


@EVERY
def test_a_presentation_is_small_and_verifies_offline(loaded: LoadedType) -> None:
    told = statement(loaded)
    token = TokenSigner(KID, generate.test_key()).sign(told)
    assert len(token) <= 1100, "one QR code that an old phone still reads"
    said = OfflineVerifier(KEYS, ISSUER, MemoryReplayCache(), lambda: NOW + 1).verify(token).presentation
    assert (said.type_code, said.holder, said.claims) == (told.type_code, told.holder, dict(told.claims))


ITEMS = [path.read_text() for path in (Path(__file__).parents[3] / "services" / "catalog" / "items").rglob("*.toml")]


def test_every_certificate_that_a_service_item_names_is_a_type() -> None:
    items = [tomllib.loads(text) for text in ITEMS]
    named = {item.get("result_certificate") for item in items}
    named |= {material.get("certificate") for item in items for material in item.get("materials", ())}
    named.discard(None)
    assert len(named) > 40
    assert named <= set(CODES)


def test_every_field_that_a_form_is_filled_from_is_a_field_of_its_type() -> None:
    named = {found for text in ITEMS for found in re.findall(r"certificate:([A-Z_]+)\.([a-z_]+)", text)}
    assert {code for code, _ in named} <= set(CODES)
    assert [f"{code}.{key}" for code, key in named if registry().get(code).type.field(key) is None] == []


def test_at_least_fifteen_could_be_shown_by_the_end_of_2020_as_the_policy_asks() -> None:
    later = {one.type.code: one.type.available_since for one in ALL if one.type.available_by_2020_12 == "false"}
    assert later == {"VETERAN": "2021-12", "ELDER": "2021-03-01"}
    assert len(ALL) - len(later) >= 15


@EVERY
def test_white_text_is_legible_on_the_colour_of_the_face(loaded: LoadedType) -> None:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(int(loaded.type.face.colour[at : at + 2], 16)) for at in (1, 3, 5))
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("code", "claims", "first_day", "end"),
    [
        ("ID_CARD", {"birth_date": "2010-09-01"}, date(2026, 8, 31), date(2031, 8, 30)),  # 15 years old
        ("ID_CARD", {"birth_date": "2010-09-01"}, date(2026, 9, 1), date(2036, 8, 31)),  # 16
        ("ID_CARD", {"birth_date": "1990-01-01"}, date(2016, 1, 1), date(2035, 12, 31)),  # 26
        ("ID_CARD", {"birth_date": "1958-03-20"}, date(2026, 11, 23), None),  # 46 and above
        ("ID_CARD", {"birth_date": "1990-01-01", "valid_to": "长期"}, TODAY, None),
        ("ID_CARD", {"birth_date": "1990-01-01", "valid_to": "2030-05-06"}, TODAY, date(2030, 5, 6)),
        ("VEH_LIC", {"inspection_valid_to": "2028-02"}, TODAY, date(2028, 2, 29)),
        ("FOOD_LIC", {}, date(2024, 2, 29), date(2029, 2, 28)),
        ("NURSE", {}, date(2024, 5, 8), date(2029, 5, 7)),
        ("HF_PROOF", {}, TODAY, date(2026, 12, 22)),
        ("NO_CRIME", {}, date(2026, 8, 31), date(2027, 2, 28)),
        ("MARRIAGE", {}, TODAY, None),
        ("BIZ_LIC", {}, TODAY, None),
    ],
)
def test_the_end_follows_from_the_rule(code: str, claims: dict[str, str], first_day: date, end: date | None) -> None:
    assert registry().get(code).type.validity.end(first_day, claims) == end


@EVERY
def test_what_the_rule_says_in_words_and_what_it_says_as_data_agree(loaded: LoadedType) -> None:
    rule = loaded.type.validity
    marked = set(re.findall("certain|likely|assumed", rule.rule))
    assert marked <= {rule.certainty.value}
    if rule.kind is ValidityKind.PERIOD and rule.months is not None:
        told = f"{rule.months // 12}年" if rule.months % 12 == 0 else f"{rule.months}个月"
        assert told in rule.rule
    if rule.days is not None:
        assert f"{rule.days}日" in rule.rule
    if rule.kind is ValidityKind.LONG_TERM:
        assert "长期" in rule.rule or rule.review_months or "长期可验" in rule.rule


def test_reading_every_declaration_is_cheap() -> None:
    """49 files in 50 ms on an idle machine; the bound here allows for a busy one."""
    taken = []
    for _ in range(5):
        began = time.process_time()
        Registry.load(TYPES, check=False)
        taken.append(time.process_time() - began)
    assert statistics.median(taken) < 0.15


@EVERY
def test_each_folder_passes_the_full_check(loaded: LoadedType) -> None:
    assert load_type(loaded.folder).type == loaded.type

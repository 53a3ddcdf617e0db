"""Types are folders: found, checked with a sentence, and one more is one more folder."""

import shutil
from pathlib import Path

import pytest

from certs_schema import generate
from certs_schema.masks import Mask
from certs_schema.registry import TYPES, BadDeclaration, Registry, registry

FOLDERS = sorted(path.parent for path in TYPES.glob("*/declaration.toml"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of types with one in it, to be spoilt."""
    shutil.copytree(TYPES / "insured_proof", tmp_path / "insured_proof")
    return tmp_path


def edit(tree: Path, old: str, new: str) -> None:
    path = tree / "insured_proof" / "declaration.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_insured_proof_declares_what_the_domain_file_says() -> None:
    one = registry().get("INSURED_PROOF").type
    assert one.name_zh == "参保凭证(基本医疗保险)"
    assert one.minimal_keys == (
        "holder_name", "insutype", "from_month", "to_month", "paid_months", "cert_no", "issuing_authority",
    )  # fmt: skip
    masks = {field.key: field.mask for field in one.fields if field.mask is not Mask.NONE}
    assert masks == {
        "holder_name": Mask.NAME,
        "birth_date": Mask.DATE_YEAR,
        "id_number": Mask.ID18,
        "account_balance": Mask.HIDDEN,
    }
    assert one.national_type_code is None
    assert one.replaces_materials == ("参保凭证",)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_generated_files_are_up_to_date(folder: Path) -> None:
    generated = dict(generate.files(folder))
    assert {path: path.read_text() for path in generated} == generated


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_minimal_set_shows_nothing_of_the_identity_number_but_its_ends(folder: Path) -> None:
    loaded = registry().get(folder.name.upper())
    shown = str(loaded.type.minimal(loaded.example)) + loaded.type.masked_holder(loaded.example)
    for key in ("holder_name", "id_number", "account_balance", "ec_token"):
        if key in loaded.example:
            assert str(loaded.example[key]) not in shown


def test_a_type_is_added_by_one_folder(tree: Path) -> None:
    edit(tree, 'code = "INSURED_PROOF"', 'code = "NEW_PROOF"')
    (tree / "insured_proof").rename(tree / "new_proof")
    types = Registry.load(TYPES, tree)
    assert len(types) == len(FOLDERS) + 1
    assert "NEW_PROOF" in types


def test_the_same_code_twice_is_refused(tree: Path) -> None:
    with pytest.raises(BadDeclaration, match="INSURED_PROOF is declared twice"):
        Registry.load(TYPES, tree)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('code = "INSURED_PROOF"', 'code = "OTHER"', "the code OTHER belongs in a folder named other"),
        ('holder_field = "holder_name"', 'holder_field = "nobody"', "'nobody' is not one of its fields"),
        ('mask = "name"', 'mask = "none at all"', "is not a valid Mask"),
        ('key = "gender"', 'key = "holder_name"', "a field key is declared twice"),
        ('key = "gender"', 'key = "Gender"', "is not small letters"),
        ("'^[129]$'", "'^[129'", "is not a regular expression"),
        ('mask = "hidden"', 'mask = "hidden"\nminimal = true', "account_balance is hidden and in the minimal set"),
        ('label_en = "Sex"', 'label_en = ""', "gender lacks a label"),
        ('name_zh = "', 'surprise = 1\nname_zh = "', "unexpected keyword argument 'surprise'"),
        ('name_zh = "', 'national_type_code = "123"\nname_zh = "', "national_type_code is not a credit code"),
        ('[validity]', '[validity', "TOMLDecodeError"),
        ('kind = "stated"', 'kind = "period"', "of kind period has either months or days"),
        ('kind = "stated"', 'kind = "stated"\nmonths = 3', "of kind period has either months or days"),
        ('kind = "stated"', 'kind = "by_age"', "bands that begin at age 0 and rise"),
        ('kind = "stated"', 'kind = "by_age"\nby_age = [{ from_age = 16 }]', "bands that begin at age 0 and rise"),
        ('kind = "stated"', 'kind = "whenever"', "is not a valid ValidityKind"),
        ('kind = "stated"', 'kind = "stated"\nend_field = "valid_to"', "end_field 'valid_to' is not one of its fields"),
        ('fields = ["account_balance"]', 'fields = []', "the groups of the face do not hold each field once"),
        ('fields = ["account_balance"]', 'fields = ["account_balance", "gender"]', "do not hold each field once"),
        ('shape = "page"', 'shape = "scroll"', "the face's shape is not card"),
        ('colour = "#0B7285"', 'colour = "teal"', "the face's colour is not like"),
        ('emblem = "medical_insurance"', 'emblem = "../x"', "the face's emblem is not small letters"),
        ('name_zh = "', 'co_holder_fields = ["wife"]\nname_zh = "', "co_holder_fields names 'wife'"),
        ('name_zh = "', 'available_since = "soon"\nname_zh = "', "available_since is not a month or a day"),
        ('available_by_2020_12 = "true"', 'available_by_2020_12 = "yes"', "is not true, likely or false"),
    ],
)  # fmt: skip
def test_a_bad_declaration_is_refused_with_a_sentence(tree: Path, old: str, new: str, sentence: str) -> None:
    edit(tree, old, new)
    with pytest.raises(BadDeclaration, match=sentence) as refused:
        Registry.load(tree)
    assert "insured_proof" in str(refused.value)


def test_an_example_that_breaks_its_schema_is_refused(tree: Path) -> None:
    path = tree / "insured_proof" / "example.json"
    path.write_text(path.read_text().replace('"310"', '"999"'))
    with pytest.raises(BadDeclaration, match="the example breaks enum at insutype"):
        Registry.load(tree)


def test_problems_of_claims_name_the_field_and_never_the_value() -> None:
    loaded = registry().get("INSURED_PROOF")
    claims = {**loaded.example, "id_number": "secret", "birth_date": "1990-02-31", "paid_months": -1, "more": "x"}
    del claims["cert_no"]
    problems = loaded.problems(claims)
    assert {(problem.path, problem.rule) for problem in problems} == {
        ("id_number", "pattern"),
        ("birth_date", "format"),
        ("paid_months", "minimum"),
        ("", "required"),
        ("", "additionalProperties"),
    }
    assert "secret" not in str(problems)

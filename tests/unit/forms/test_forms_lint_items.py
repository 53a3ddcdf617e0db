"""The command for editors: what is wrong with an item file, in Chinese, by file and key."""

import shutil
from pathlib import Path

import pytest

from gateway import item_files
from gateway.item_files import guide_faults, in_chinese
from services.catalog.catalogue import ROOT


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of two items and its cache, which takes a second to compile."""
    whole = tmp_path_factory.mktemp("lint")
    root = whole / "catalog"
    shutil.copytree(ROOT / "data", root / "data")
    (root / "data" / "life_events.toml").write_text("", "utf-8")
    for code in ("YB-009", "YB-008"):
        target = root / "items" / "ybj" / f"{code}.toml"
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / "items" / "ybj" / f"{code}.toml").read_text("utf-8")
        lines = ["life_events = []" if one.startswith("life_events") else one for one in text.splitlines()]
        target.write_text("\n".join(lines) + "\n", "utf-8")
    assert guide_faults(root, whole) == []
    return whole


@pytest.fixture
def small(sound: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    shutil.copytree(sound, tmp_path / "copy")
    return tmp_path / "copy" / "catalog"


def spoil(root: Path, old: str, new: str, code: str = "YB-009") -> list[str]:
    path = root / "items" / "ybj" / f"{code}.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return guide_faults(root, root.parent)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "公共服务"', 'kind = "公共"', "kind：'公共' 不对，须是 行政许可、"),
        ("immediate = false", 'immediate = "是"', "immediate：只能是 true 或 false"),
        ("summary = ", "summry = ", "summary：没有填，须是一段文字"),
        ("[time]", "[times]", "缺少 [time] 这张表"),
        ('source = "CERTIFICATE"', 'source = "UPLOAD"', "materials 1：certificate：source 是 CERTIFICATE 时"),
        ('themes = ["医疗保障"]', 'themes = ["医保"]', "themes：'医保' 不在 data/themes.toml 里"),
        ('code = "YB-009"', 'code = "YB9"', "code：'YB9' 不像 YB-010 这样的编号"),
        ('code = "YB-009"', "code = YB-009", "不是正确的 TOML，检查引号、逗号和括号"),
    ],
)  # fmt: skip
def test_a_fault_of_the_guide_names_file_and_key_in_chinese(small: Path, old: str, new: str, said: str) -> None:
    found = spoil(small, old, new)
    assert [one for one in found if one.startswith("items/ybj/YB-009.toml：") and said in one], found


def test_a_query_that_is_not_declared_well_is_told_in_chinese_too(small: Path) -> None:
    assert spoil(small, "[query]", "[inquiry]", "YB-008") != []
    assert in_chinese("items/a.toml: query.columns: an answer has at least three") == (
        "items/a.toml：query.columns：查询结果至少三列"
    )
    assert in_chinese("items/a.toml: [query] is missing: nobody could ask") == (
        "items/a.toml：缺少 [query] 这张表，不知道怎样查、查到什么"
    )


def test_what_has_no_translation_stays_as_it_is() -> None:
    assert in_chinese("items/a.toml: x: something else") == "items/a.toml：x：something else"


def test_the_command_says_that_nothing_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert item_files.run(["yb-010", "YB-031"]) == 0
    assert capsys.readouterr().out == "YB-010、YB-031：没有发现问题。\n"


def test_the_command_names_an_item_that_is_not_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert item_files.run(["ZZ-999"]) == 1
    assert capsys.readouterr().err == "没有事项 ZZ-999\n"

"""Loading: the cache, faults named by file, months, workers that compile at the same time."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.catalog import catalogue as catalogue_module
from services.catalog import compiler
from services.catalog.catalogue import CACHE_NAME, ROOT, Catalogue, build, load
from services.catalog.errors import CatalogueInvalid, ItemNotFound
from services.catalog.selection import ItemFilter, View


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def whole(cache_dir: Path) -> Catalogue:
    return load(ROOT, cache_dir)


@pytest.fixture(scope="module")
def small_cache(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The cache of the small catalogue, compiled once: pypinyin takes half a second."""
    root = tmp_path_factory.mktemp("small")
    make_small(root)
    return compiler.compiled(root, root / CACHE_NAME).pack()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    root = tmp_path / "catalog"
    make_small(root)
    return root


def make_small(root: Path) -> None:
    """A catalogue of all tables and two items."""
    shutil.copytree(ROOT / "data", root / "data")
    events = root / "data" / "life_events.toml"
    events.write_text(
        '[[life_events]]\nname = "医保转移一件事"\nsubjects = ["个人"]\ndescription = ""\nitems = ["YB-010"]\n'
    )
    (root / "items" / "ybj").mkdir(parents=True)
    for code in ("YB-010", "YB-041"):
        shutil.copy(ROOT / "items" / "ybj" / f"{code}.toml", root / "items" / "ybj")


def edit(root: Path, old: str, new: str, code: str = "YB-010") -> None:
    path = root / "items" / "ybj" / f"{code}.toml"
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")


def test_491_handheld_items_are_usable_in_december_2020_and_497_today(whole: Catalogue) -> None:
    handheld = ItemFilter(handheld_only=True)
    assert len(View.of(whole, "2020-12").select(handheld)) == 491
    assert len(View.of(whole, "2026-11").select(handheld)) == 497
    assert len(View.of(whole, "2026-11").items) == 506


def test_an_item_exists_from_its_month_on(whole: Catalogue) -> None:
    with pytest.raises(ItemNotFound):
        View.of(whole, "2022-11").item("YB-041")
    assert View.of(whole, "2022-12").item("yb-041").effective_from == "2022-12"


def test_the_digest_moves_in_a_month_in_which_an_item_starts_and_in_no_other(whole: Catalogue) -> None:
    assert View.of(whole, "2022-11").digest == View.of(whole, "2022-10").digest
    assert View.of(whole, "2022-11").digest != View.of(whole, "2022-12").digest


def test_a_cached_catalogue_equals_a_compiled_one_and_needs_no_pypinyin(small: Path, tmp_path: Path) -> None:
    first = build(compiler.compiled(small, tmp_path / "var" / CACHE_NAME))
    check = (
        "import sys; from pathlib import Path; from services.catalog.catalogue import load;"
        f"c = load(Path({str(small)!r}), Path({str(tmp_path / 'var')!r}));"
        "assert 'pypinyin' not in sys.modules; print(c.digest('2026-11'))"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == first.digest("2026-11")


@pytest.mark.parametrize("broken", [b"", b"garbage", b"0" * 64 + b"\n{}", b"\xff" * 1000])
def test_a_broken_cache_is_ignored_and_made_again(small: Path, tmp_path: Path, broken: bytes) -> None:
    cache = tmp_path / "var" / CACHE_NAME
    whole = compiler.compiled(small, cache).pack()
    cache.write_bytes(broken)
    assert compiler.compiled(small, cache).pack() == whole
    assert cache.read_bytes() == whole


def test_a_cache_cut_short_is_ignored(small: Path, tmp_path: Path) -> None:
    cache = tmp_path / "var" / CACHE_NAME
    whole = compiler.compiled(small, cache).pack()
    cache.write_bytes(whole[: len(whole) // 2])
    assert compiler.read_cache(cache) is None
    assert compiler.compiled(small, cache).pack() == whole


def test_the_same_size_and_time_stamp_do_not_hide_a_change(small: Path, tmp_path: Path) -> None:
    import os  # noqa: PLC0415 - for this test alone

    path = small / "items" / "ybj" / "YB-010.toml"
    before = build(compiler.compiled(small, tmp_path / CACHE_NAME))
    stat = path.stat()
    edit(small, 'depth = "全程网办"', 'depth = "在线申请"')
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    after = build(compiler.compiled(small, tmp_path / CACHE_NAME))
    assert after.item_hashes["YB-010"] != before.item_hashes["YB-010"]
    assert after.item_hashes["YB-041"] == before.item_hashes["YB-041"]


def test_workers_that_compile_at_the_same_time_all_get_a_whole_catalogue(small: Path, tmp_path: Path) -> None:
    cache = tmp_path / CACHE_NAME
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: compiler.compiled(small, cache).pack(), range(4)))
    assert len(set(made)) == 1
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".catalog-")] == []


def test_comments_and_spacing_do_not_count_as_a_change(small: Path, tmp_path: Path) -> None:
    before = build(compiler.compiled(small, tmp_path / CACHE_NAME))
    edit(small, 'code = "YB-010"', '# a comment\ncode   =  "YB-010"')
    assert build(compiler.compiled(small, tmp_path / CACHE_NAME)).item_hashes == before.item_hashes


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('depth = "全程网办"', 'depth = "全网通办"', "depth: '全网通办' is none of"),
        ('department = "YBJ"', 'department = "XXX"', "department: 'XXX' is not in departments.toml"),
        ('themes = ["医疗保障"]', 'themes = ["没有的"]', "themes: '没有的' is not in themes.toml"),
        ('code = "YB-010"', 'code = "YB-011"', "belongs at items/ybj/YB-011.toml"),
        ('code = "YB-010"', 'code = "10"', "code: '10' is not like YB-010"),
        ("legal_days = 0", "legal_days = -1", "legal_days: not a number of days"),
        ("immediate = true", 'immediate = "yes"', "immediate: neither true nor false"),
        ('certificate = "ID_CARD"', 'note = ""', "materials 1: certificate: goes with source CERTIFICATE"),
        ('level = "COUNTY"', 'level = "VILLAGE"', "handled_by.level: 'VILLAGE' is none of"),
        ('code = "YB-010"', "code = ", "not TOML: Invalid value"),
        ("[time]", "[times]", "[time] is missing"),
    ],
)
def test_a_fault_is_told_with_its_file_and_key(
    small: Path, small_cache: bytes, tmp_path: Path, old: str, new: str, fault: str
) -> None:
    (tmp_path / CACHE_NAME).write_bytes(small_cache)
    edit(small, old, new)
    with pytest.raises(CatalogueInvalid) as refused:
        load(small, tmp_path, live=True)
    assert any("items/ybj/YB-010.toml: " in one and fault in one for one in refused.value.faults), refused.value.faults


def test_every_fault_is_told_at_once(small: Path, tmp_path: Path) -> None:
    edit(small, 'depth = "全程网办"', 'depth = "x"')
    edit(small, 'depth = "全程网办"', 'depth = "y"', code="YB-041")
    with pytest.raises(CatalogueInvalid) as refused:
        load(small, tmp_path)
    assert len(refused.value.faults) == 2


def test_an_effective_month_must_be_a_month(small: Path, tmp_path: Path) -> None:
    edit(small, 'effective_from = "2022-12"', 'effective_from = "2022-13"', code="YB-041")
    with pytest.raises(CatalogueInvalid, match="is not a month like 2022-12"):
        load(small, tmp_path)


def test_a_read_only_data_folder_costs_time_but_not_the_start(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(catalogue_module, "_last", None)
    assert set(load(small, tmp_path / "file").items) == {"YB-010", "YB-041"}

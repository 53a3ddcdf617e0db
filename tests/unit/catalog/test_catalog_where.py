"""A newcomer finds the file of an item, certificate type or field; the index page is current."""

import shutil
from pathlib import Path

import pytest

from gateway import catalog_files, server, where
from services.catalog.catalogue import ROOT


def test_words_lead_to_an_items_file() -> None:
    places = dict(where.where("转移"))
    assert ("YB-011 转移接续手续办理(转入)", "services/catalog/items/ybj/YB-011.toml") in places["service items"]


def test_a_certificate_type_is_found_by_its_code_and_by_its_name() -> None:
    for words in ("INSURED_PROOF", "参保凭证"):
        found = dict(where.where(words))["certificate types"]
        assert ("INSURED_PROOF", "certs_schema/types/insured_proof") in found


def test_a_field_is_found_by_its_name_in_the_graph() -> None:
    found = dict(where.where("favouriteItems"))["GraphQL fields"]
    assert found[0][0] == "CatalogViewer.favouriteItems"
    assert found[0][1].startswith("gateway/schema/catalog/queries.py:")


def test_the_command_prints_paths_and_says_when_nothing_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert where.run(["医保", "转出"]) == 0
    assert "services/catalog/items/ybj/YB-012.toml" in capsys.readouterr().out
    assert where.run(["qqqqzzzz"]) == 1
    assert where.run([]) == 2


def test_the_index_page_is_current() -> None:
    assert catalog_files.write_index(["--check"]) == 0


def test_a_faulty_guide_stops_the_start_with_a_sentence_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("data", "items"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    faulty = tmp_path / "items" / "ybj" / "YB-010.toml"
    faulty.write_text(faulty.read_text("utf-8").replace("depth = ", "depht = ", 1), "utf-8")
    monkeypatch.setattr(catalog_files, "ROOT", tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
    assert server.serve([]) == 78
    assert "items/ybj/YB-010.toml: depth: missing; one of 全程网办" in capsys.readouterr().err

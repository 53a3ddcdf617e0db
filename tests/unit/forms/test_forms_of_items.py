"""Every form of every item: its definition is sound, its examples do as they say, and it is not another's."""

from datetime import UTC, datetime
from functools import cache

import pytest

from gateway.item_files import PENDING
from services.catalog.catalogue import ROOT
from services.forms.lint import ItemFile, faults_of, item_files, places_of, twins, without_form
from services.forms.ports import Places
from services.kernel.clock import CHINA

FILES = {file.code: file for file in item_files(ROOT)}
WITH_FORM = sorted(code for code, file in FILES.items() if file.raw_form is not None)


@cache
def places() -> Places:
    return places_of(ROOT)


def form_file(code: str) -> ItemFile:
    return FILES[code]


@pytest.mark.parametrize("code", WITH_FORM)
@pytest.mark.parametrize("today", [datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2028, 2, 29, 2, tzinfo=UTC)])
def test_a_form_is_sound_and_each_example_gives_exactly_the_problems_it_expects(code: str, today: datetime) -> None:
    assert faults_of(form_file(code), today.astimezone(CHINA).date(), places()) == []


def test_no_two_items_ask_the_very_same() -> None:
    assert twins(FILES.values()) == []


def test_items_without_a_form_are_named_in_a_list_that_only_gets_shorter() -> None:
    pinned = PENDING.read_text("utf-8").split()
    missing = without_form(FILES.values())
    assert [code for code in missing if code not in pinned] == [], "these items need a [form]"
    assert [code for code in pinned if code not in missing] == [], "run: python -m gateway lint-items --pending"

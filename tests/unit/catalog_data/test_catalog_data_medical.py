"""Medical insurance: the 28 unified items keep the shortened procedures of the policy (聊发〔2020〕11号, task 11)."""

from typing import Any

Items = dict[str, dict[str, Any]]

STEPS_BEFORE_AND_NOW = {
    "YB-011": (9, 4),  # transfer of the insurance relation
    "YB-016": (6, 2),  # filing of a referral to another city
    "YB-037": (6, 2),  # chronic diseases settled in another city
}
"""Steps of a procedure before the policy (as set in the plan) and in the catalogue."""


def test_the_high_frequency_procedures_are_at_least_half_shorter(items: Items) -> None:
    for code, (before, now) in STEPS_BEFORE_AND_NOW.items():
        assert (code, len(items[code]["process"])) == (code, now)
        assert now <= before * 0.5


def test_at_least_80_per_cent_of_the_28_unified_items_are_done_online(items: Items) -> None:
    unified = [items[f"YB-{n:03}"] for n in range(1, 30) if n != 12]

    assert len(unified) == 28
    assert sum(item["handheld"] for item in unified) == 24


def test_what_is_not_done_on_the_spot_takes_at_most_40_per_cent_of_the_legal_time(items: Items) -> None:
    """非即时办结事项比国家规定时限压缩60%以上."""
    waiting = [i for i in items.values() if i["department"] == "YBJ" and not i["immediate"] and i["code"] < "YB-030"]

    assert len(waiting) == 16
    assert [i["code"] for i in waiting if i["time"]["promised_days"] > i["time"]["legal_days"] * 0.4] == []

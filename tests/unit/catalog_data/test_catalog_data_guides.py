"""The guides are written for their own item: nothing copied, nothing left empty, no template with a name pasted in."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

Items = dict[str, dict[str, Any]]

FRAGMENT = 10
"""Length in characters of the pieces of text that are compared."""
AT_MOST = 4
"""So many items may share one such piece: a list of 社保、医保、公积金 is shared, sentences are not."""


def repeated(texts: list[str]) -> list[str]:
    return [text for text, count in Counter(texts).items() if count > 1]


def answers(items: Items) -> list[str]:
    return [entry["answer"] for item in items.values() for entry in item["faq"]]


def own_text(item: dict[str, Any]) -> Iterator[str]:
    """What a citizen reads as prose, without the item's own name."""
    for text in (item["summary"], *(entry["answer"] for entry in item["faq"])):
        yield text.replace(item["name"], "")


def test_every_summary_says_more_than_the_name_and_none_is_there_twice(items: Items) -> None:
    summaries = [item["summary"] for item in items.values()]

    assert repeated(summaries) == []
    assert [c for c, i in items.items() if len(i["summary"]) < 15 or i["summary"] == i["name"]] == []
    assert [c for c, i in items.items() if not i["summary"].endswith("。")] == []


def test_every_item_answers_two_or_three_questions_and_no_answer_is_there_twice(items: Items) -> None:
    assert [code for code, item in items.items() if not 2 <= len(item["faq"]) <= 4] == []
    assert repeated(answers(items)) == []
    assert [c for c, i in items.items() if repeated([entry["question"] for entry in i["faq"]])] == []
    assert [e["question"] for i in items.values() for e in i["faq"] if not e["question"].endswith("？")] == []


def test_no_piece_of_a_sentence_is_shared_by_more_than_a_few_items(items: Items) -> None:
    where: dict[str, set[str]] = defaultdict(set)
    for code, item in items.items():
        for text in own_text(item):
            for start in range(len(text) - FRAGMENT + 1):
                where[text[start : start + FRAGMENT]].add(code)

    assert {piece: sorted(codes) for piece, codes in where.items() if len(codes) > AT_MOST} == {}


def test_every_item_has_three_to_eight_words_that_people_type_besides_its_name(items: Items) -> None:
    assert [code for code, item in items.items() if not 3 <= len(item["synonyms"]) <= 8] == []
    assert [code for code, item in items.items() if repeated(item["synonyms"])] == []
    assert [code for code, item in items.items() if item["name"] in item["synonyms"]] == []


def test_a_synonym_that_many_items_claim_would_find_nothing(items: Items) -> None:
    claimed = Counter(word for item in items.values() for word in item["synonyms"])

    assert {word: count for word, count in claimed.items() if count > 3} == {}


def test_the_words_that_people_type_for_the_best_known_items_are_there(items: Items) -> None:
    assert {"丢了身份证", "身份证丢了"} <= set(items["GA-008"]["synonyms"])
    assert "医保凭证" in items["YB-010"]["synonyms"]
    assert "上户口" in items["GA-001"]["synonyms"]
    assert "失业金" in items["RS-019"]["synonyms"]


def test_a_query_takes_one_or_two_steps_and_anything_else_at_least_two(items: Items) -> None:
    for code, item in items.items():
        low, high = (1, 2) if item["depth"] == "查询" else (2, 5)
        assert (code, low <= len(item["process"]) <= high) == (code, True)
        assert all(step["name"] and step["actor"] for step in item["process"])


def test_laws_are_named_in_full_and_articles_in_chinese_numerals(items: Items) -> None:
    laws = [law for item in items.values() for law in item.get("legal_basis", [])]

    assert len(laws) > 400
    assert [
        law for law in laws if not re.search(r"(法|条例|办法|规定|规则|通则|民法典|细则|（试行）|决定)$", law["title"])
    ] == []
    assert [
        law for law in laws if not re.fullmatch(r"第[一二三四五六七八九十百千零]+条", law.get("article", "第一条"))
    ] == []


def test_no_guide_carries_a_telephone_number_an_address_or_a_web_page(items: Items) -> None:
    """Hotlines of three to five digits (110, 12345) are public and stay."""
    invented = re.compile(r"\d{3,4}-?\d{7,8}|https?://|\d+号楼|\d+室")
    texts = {code: " ".join(own_text(item)) for code, item in items.items()}

    assert [code for code, text in texts.items() if invented.search(text)] == []


def test_days_that_a_guide_calls_legal_or_promised_are_those_of_the_item(items: Items) -> None:
    """``法定15日，承诺5个工作日`` in a step must not differ from ``[time]``: people hold us to what they read."""
    wrong = []
    for code, item in items.items():
        steps = " ".join(f"{step['name']} {step.get('note', '')}" for step in item["process"])
        text = f"{' '.join(own_text(item))} {steps}"
        for word, days in (("法定", item["time"]["legal_days"]), ("承诺", item["time"]["promised_days"])):
            wrong += [
                (code, word, said) for said in re.findall(rf"{word}(\d+)个?(?:工作)?日", text) if int(said) != days
            ]

    assert wrong == []

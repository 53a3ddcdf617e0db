"""Folding of text for search: width, case, traditional characters, pinyin spelling. Input is bounded first."""

import re
import unicodedata
from functools import cache
from pathlib import Path

MAX_QUERY = 40
"""Characters of a query that count; the longest item name has 31."""
_MAX_RAW = 200

_HAN = re.compile(r"[\u3400-\u9fff]")
_RUN = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z]+")


@cache
def _simplified() -> dict[int, str]:
    lines = (Path(__file__).parent / "traditional.txt").read_text("utf-8").splitlines()[1:]
    return {ord(t): s for old, new in zip(lines[::2], lines[1::2], strict=True) for t, s in zip(old, new, strict=True)}


def fold(text: str) -> str:
    """Full-width to half-width, upper to lower case, traditional to simplified; only letters, digits and spaces."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_simplified())
    return " ".join(_words(text))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def fold_query(text: str) -> str:
    """`fold` of what somebody typed: at most `MAX_QUERY` characters of it, whatever it is."""
    return fold(text[:_MAX_RAW])[:MAX_QUERY].strip()


def squeeze(folded: str) -> str:
    """Without the spaces."""
    return folded.replace(" ", "")


def is_han(unit: str) -> bool:
    """Whether a unit, which is a Chinese character or a run of others, is the former."""
    return "\u3400" <= unit[0] <= "\u9fff"


def has_han(text: str) -> bool:
    return _HAN.search(text) is not None


def units(folded: str) -> list[str]:
    """Chinese characters one by one; runs of other letters and digits whole: 办 etc 12345."""
    return _RUN.findall(folded)


def is_latin(text: str) -> bool:
    return _LATIN.fullmatch(text) is not None


_FUZZY = (("zh", "z"), ("ch", "c"), ("sh", "s"))


def fuzzy_syllable(syllable: str) -> str:
    """Folds what speakers and typists mix up: zh/z, ch/c, sh/s; ang/an, eng/en, ing/in; n/l at the start."""
    for full, short in _FUZZY:
        if syllable.startswith(full):
            syllable = short + syllable[2:]
            break
    if syllable.endswith("ng") and syllable[-3:-2] in {"a", "e", "i"}:
        syllable = syllable[:-1]
    if syllable.startswith("n") and len(syllable) > 1:
        syllable = "l" + syllable[1:]
    return syllable


def split_syllables(letters: str, known: frozenset[str]) -> list[str] | None:
    """`zhuanyi` → zhuan yi: fewest syllables, all known; None when it is not pinyin. Linear in its length."""
    best: list[list[str] | None] = [[]] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is not None and letters[start:end] in known:
                current = best[end]
                if current is None or len(before) + 1 < len(current):
                    best[end] = [*before, letters[start:end]]
    return best[-1]

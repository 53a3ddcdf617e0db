"""What search looks in: terms with their pinyin, and posting lists of their pieces."""

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from sys import intern

from services.catalog import text

Ranges = tuple[tuple[int, int], ...]
"""Pairs of start and length, in characters."""


@dataclass(frozen=True, slots=True)
class Term:
    """A name or synonym of an item, ready to be matched. All tuples run in step, one entry a unit."""

    code: str
    shown: str
    is_name: bool
    units: tuple[str, ...]
    spelled: tuple[str, ...]
    sounds: tuple[str, ...]
    """`spelled`, folded by `text.fuzzy_syllable`."""
    squeezed: str
    letters: str
    initials: str

    @classmethod
    def of(cls, code: str, shown: str, pinyin: str, is_name: bool) -> "Term":
        """`pinyin` has one syllable for each unit of the folded term."""
        folded = text.fold(shown)
        units, spelled = tuple(map(intern, text.units(folded))), tuple(map(intern, pinyin.split()))
        initials = "".join(s[0] if text.is_han(u) else u for u, s in zip(units, spelled, strict=True))
        sounds = tuple(intern(text.fuzzy_syllable(s)) for s in spelled)
        return cls(code, shown, is_name, units, spelled, sounds, text.squeeze(folded), "".join(spelled), initials)

    def ranges(self, places: Iterable[int]) -> Ranges:
        """Where the units at `places` stand in `shown`, neighbours joined; empty when they cannot be told."""
        spots = _spots(self.shown)
        if len(spots) != len(self.units):
            return ()
        joined: list[tuple[int, int]] = []
        for place in sorted(set(places)):
            start, length = spots[place]
            if joined and sum(joined[-1]) == start:
                joined[-1] = (joined[-1][0], joined[-1][1] + length)
            else:
                joined.append((start, length))
        return tuple(joined)

    def places_of(self, wanted: set[str], parts: Sequence[str]) -> list[int]:
        """Units whose entry in `parts` (units or sounds) is wanted."""
        return [place for place, part in enumerate(parts) if part in wanted]

    def places_between(self, start: int, end: int, parts: Sequence[str]) -> list[int]:
        """Units that the characters from `start` to `end` of the joined `parts` touch."""
        found, at = [], 0
        for place, part in enumerate(parts):
            if at < end and at + len(part) > start:
                found.append(place)
            at += len(part)
        return found


def _spots(shown: str) -> list[tuple[int, int]]:
    """Start and length of each unit in the text as it is shown."""
    spots: list[tuple[int, int]] = []
    run = False
    for place, character in enumerate(shown):
        folded = text.fold(character)
        if not folded:
            run = False
        elif text.is_han(folded) or not run:
            spots.append((place, 1))
            run = not text.is_han(folded)
        else:
            spots[-1] = (spots[-1][0], spots[-1][1] + 1)
    return spots


def grams(parts: Iterable[str]) -> set[str]:
    """Each part, and each pair of neighbours."""
    listed = list(parts)
    return {*listed, *(f"{a} {b}" for a, b in pairwise(listed))}


class Postings:
    """Which documents hold a gram, and how much a gram says: rare ones more, pairs more than single parts."""

    def __init__(self, documents: Iterable[set[str]]) -> None:
        lists: dict[str, array[int]] = defaultdict(lambda: array("H"))
        total = 0
        for number, held in enumerate(documents):
            total = number + 1
            for gram in held:
                lists[gram].append(number)
        self._numbers = array("H")
        self._spans: dict[str, int] = {}
        """Where in `_numbers` the documents of a gram are: start << 16 | count. Lists of their own take four times
        the memory."""
        self._total = total
        self._unknown = math.log(1 + total) * 0.45
        self.weights = [0.0] * total
        for gram, numbers in lists.items():
            self._spans[gram] = len(self._numbers) << 16 | len(numbers)
            self._numbers.extend(numbers)
            weight = self._idf(gram, len(numbers))
            for number in numbers:
                self.weights[number] += weight

    def _idf(self, gram: str, documents: int) -> float:
        return math.log(1 + self._total / documents) * (1.0 if " " in gram else 0.45)

    def match(self, wanted: set[str]) -> tuple[dict[int, float], float]:
        """Weight of the shared grams by document, and the weight of the whole query."""
        found: dict[int, float] = defaultdict(float)
        whole = 0.0
        for gram in sorted(wanted):
            span = self._spans.get(gram)
            if span is None:
                whole += self._unknown
                continue
            start, count = span >> 16, span & 0xFFFF
            numbers = self._numbers[start : start + count]
            weight = self._idf(gram, count)
            whole += weight
            for number in numbers:
                found[number] += weight
        return found, whole

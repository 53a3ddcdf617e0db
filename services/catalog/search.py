"""Search in memory: Chinese characters and pairs of them, pinyin, initials, typos, colloquial words.

Every name and synonym of an item is a *term*. A query is folded and cut to a bounded length, then looked up
in posting lists of its units (characters, syllables) and pairs of neighbours; rare ones weigh more (idf).
A letter-only query is tried as a code, as initials, as whole pinyin and as misspelt pinyin.
"""

import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from rapidfuzz import fuzz, process

from services.catalog import text
from services.catalog.colloquial import FILLERS, MEANINGS

MOST_HITS = 50
_VARIANTS = 6
_GOOD = 0.72
"""From this score on, no weaker way of matching is tried."""
_LEAST = 0.34
_SYNONYM = 0.99


class Reason(StrEnum):
    """Why an item was found."""

    CODE = "CODE"
    NAME = "NAME"
    SYNONYM = "SYNONYM"
    INITIALS = "INITIALS"
    PINYIN = "PINYIN"
    MEANING = "MEANING"
    CONTEXT = "CONTEXT"


@dataclass(frozen=True, slots=True)
class Hit:
    """One item found: how well (0 to 1), by which term, and which characters of that term matched."""

    code: str
    score: float
    reason: Reason
    matched: str
    ranges: tuple[tuple[int, int], ...] = ()
    """Pairs of start and length in `matched`."""


@dataclass(frozen=True, slots=True)
class Term:
    """A name or synonym, ready to be matched."""

    code: str
    shown: str
    is_name: bool
    units: tuple[str, ...]
    syllables: tuple[str, ...]
    squeezed: str
    letters: str
    initials: str

    @classmethod
    def of(cls, code: str, shown: str, pinyin: str, is_name: bool) -> "Term":
        folded = text.fold(shown)
        units = tuple(text.units(folded))
        spelled = tuple(pinyin.split())
        initials = "".join(s[0] if text.has_han(u) else u for u, s in zip(units, spelled, strict=True))
        return cls(
            code, shown, is_name, units, tuple(text.fuzzy_syllable(s) for s in spelled),
            text.squeeze(folded), "".join(spelled), initials,
        )  # fmt: skip


def grams(parts: Iterable[str]) -> set[str]:
    """Each part, and each pair of neighbours."""
    listed = list(parts)
    return {*listed, *(f"{a} {b}" for a, b in pairwise(listed))}


class Postings:
    """Which documents hold a gram, and how much a gram says."""

    def __init__(self, documents: list[set[str]]) -> None:
        lists: dict[str, array[int]] = defaultdict(lambda: array("H"))
        for number, held in enumerate(documents):
            for gram in held:
                lists[gram].append(number)
        self._lists = dict(lists)
        total = len(documents)
        self._idf = {g: math.log(1 + total / len(n)) * (1.0 if " " in g else 0.45) for g, n in lists.items()}
        self._unknown = math.log(1 + total)
        self.weights = [sum(self._idf[g] for g in held) for held in documents]

    def match(self, wanted: set[str]) -> tuple[dict[int, float], float]:
        """Weight of the shared grams by document, and the weight of the whole query."""
        found: dict[int, float] = defaultdict(float)
        whole = 0.0
        for gram in wanted:
            numbers = self._lists.get(gram)
            if numbers is None:
                whole += self._unknown * (0.5 if " " in gram else 0.45)
                continue
            weight = self._idf[gram]
            whole += weight
            for number in numbers:
                found[number] += weight
        return found, whole


class SearchIndex:
    """Over all items; the caller says which of them exist today."""

    def __init__(self, terms: list[Term], contexts: Mapping[str, str], characters: dict[str, str]) -> None:
        self._terms = terms
        self._characters = characters
        self._by_units = Postings([grams(t.units) for t in terms])
        self._by_syllables = Postings([grams(t.syllables) for t in terms])
        self._codes = list(contexts)
        self._by_context = Postings([grams(text.units(text.fold(c))) for c in contexts.values()])
        self._letters = [t.letters for t in terms]
        self._known_syllables = frozenset(s for s in characters.values() if s.isascii())
        self._shown = sorted({t.shown for t in terms})

    def search(self, query: str, exists: Callable[[str], bool]) -> list[Hit]:
        """Items for a query, the best first, at most `MOST_HITS`; empty for a query without letters."""
        folded = text.fold_query(query)
        if not folded:
            return []
        best: dict[str, Hit] = {}
        if text.has_han(folded):
            self._chinese(folded, best)
        else:
            self._latin(folded, best)
        hits = sorted((h for h in best.values() if exists(h.code)), key=lambda h: (-h.score, h.code))
        return [h for h in hits[:MOST_HITS] if h.score >= max(_LEAST, hits[0].score * 0.45)]

    def suggestions(self, query: str, exists: Callable[[str], bool], count: int = 5) -> list[str]:
        """Terms that look most like a query that found nothing."""
        folded = text.fold_query(query)
        if not folded:
            return []
        wanted = {t.shown for t in self._terms if exists(t.code)}
        near = process.extract(
            folded, [s for s in self._shown if s in wanted], scorer=fuzz.partial_ratio, score_cutoff=30, limit=count
        )
        return [str(found[0]) for found in near]

    # -- Chinese -------------------------------------------------------------------------------------

    def _chinese(self, folded: str, best: dict[str, Hit]) -> None:
        core = _without_fillers(text.squeeze(folded))
        self._by_text(core, 1.0, None, best)
        for n, variant in enumerate(_variants(core)):
            self._by_text(variant, 0.9 - 0.03 * n, Reason.MEANING, best)
        if max((h.score for h in best.values()), default=0.0) < _GOOD:
            syllables = [text.fuzzy_syllable(self._characters.get(u, u)) for u in text.units(core)]
            self._by_sound(syllables, 0.86, best)
        if max((h.score for h in best.values()), default=0.0) < _GOOD:
            self._around(core, best)

    def _by_text(self, core: str, weight: float, reason: Reason | None, best: dict[str, Hit]) -> None:
        units = text.units(core)
        if not units:
            return
        found, whole = self._by_units.match(grams(units))
        for number, shared in found.items():
            term = self._terms[number]
            recall, precision = shared / whole, shared / self._by_units.weights[number]
            score = 0.7 * recall + 0.3 * precision
            if core == term.squeezed:
                score = 1.05
            elif len(core) > 1 and core in term.squeezed:
                score = max(score, 0.8 + 0.15 * len(core) / len(term.squeezed))
            elif len(term.squeezed) > 2 and term.squeezed in core:
                score = max(score, 0.6 + 0.3 * len(term.squeezed) / len(core))
            score *= weight * (1.0 if term.is_name else _SYNONYM)
            if score >= _LEAST:
                why = reason or (Reason.NAME if term.is_name else Reason.SYNONYM)
                self._keep(Hit(term.code, score, why, term.shown, ()), best, units)

    def _by_sound(self, syllables: list[str], weight: float, best: dict[str, Hit]) -> None:
        found, whole = self._by_syllables.match(grams(syllables))
        for number, shared in found.items():
            term = self._terms[number]
            score = 0.7 * shared / whole + 0.3 * shared / self._by_syllables.weights[number]
            if len(syllables) > 1 and f" {' '.join(syllables)} " in f" {' '.join(term.syllables)} ":
                score = max(score, 0.8 + 0.15 * len(syllables) / len(term.syllables))
            score *= weight * (1.0 if term.is_name else _SYNONYM)
            if score >= _LEAST:
                self._keep(Hit(term.code, score, Reason.PINYIN, term.shown), best)

    def _around(self, core: str, best: dict[str, Hit]) -> None:
        found, whole = self._by_context.match(grams(text.units(core)))
        for number, shared in found.items():
            score = 0.75 * shared / whole
            if score >= 0.4:
                code = self._codes[number]
                self._keep(Hit(code, score, Reason.CONTEXT, ""), best)

    # -- letters and digits --------------------------------------------------------------------------

    def _latin(self, folded: str, best: dict[str, Hit]) -> None:
        letters = text.squeeze(folded)
        for code in self._codes:
            plain = code.replace("-", "").lower()
            if plain.startswith(letters) and len(letters) > 3:
                score = 1.1 if plain == letters else 0.7
                self._keep(Hit(code, score, Reason.CODE, code, ((0, len(code)),)), best)
        for term in self._terms:
            factor = 1.0 if term.is_name else _SYNONYM
            if len(letters) > 1 and letters in term.initials:
                score = _part(letters, term.initials) * factor
                start = term.initials.index(letters)
                ranges = _ranges(term, start, len(letters))
                self._keep(Hit(term.code, score, Reason.INITIALS, term.shown, ranges), best)
            if len(letters) > 3 and letters in term.letters:
                score = (_part(letters, term.letters) + 0.02) * factor
                self._keep(Hit(term.code, score, Reason.PINYIN, term.shown), best)
            if letters in term.units:
                self._keep(Hit(term.code, 0.9 * factor, Reason.NAME, term.shown), best)
        if max((h.score for h in best.values()), default=0.0) >= _GOOD or not text.is_latin(letters):
            return
        syllables = text.split_syllables(letters, self._known_syllables)
        if syllables and len(syllables) > 1:
            self._by_sound([text.fuzzy_syllable(s) for s in syllables], 0.9, best)
        if len(letters) > 4 and max((h.score for h in best.values()), default=0.0) < _GOOD:
            near = process.extract(letters, self._letters, scorer=fuzz.partial_ratio, score_cutoff=78, limit=20)
            for _, likeness, number in near:
                term = self._terms[number]
                score = 0.75 * likeness / 100 * (0.7 + 0.3 * min(1.0, len(letters) / len(term.letters)))
                self._keep(Hit(term.code, score, Reason.PINYIN, term.shown), best)

    @staticmethod
    def _keep(hit: Hit, best: dict[str, Hit], units: list[str] | None = None) -> None:
        known = best.get(hit.code)
        if known is None or hit.score > known.score:
            best[hit.code] = hit


def _part(piece: str, whole: str) -> float:
    """How good it is to have typed `piece` of `whole`: more of it, and its beginning, is better."""
    if piece == whole:
        return 1.0
    return 0.62 + 0.3 * len(piece) / len(whole) + (0.04 if whole.startswith(piece) else 0.0)


def _ranges(term: Term, start: int, length: int) -> tuple[tuple[int, int], ...]:
    """Where characters `start`… of the initials stand in the shown term; none when units are not single."""
    if len(term.initials) != len(term.units):
        return ()
    wanted = term.units[start : start + length]
    return highlight(term.shown, set(wanted))


def _without_fillers(core: str) -> str:
    rest = core
    for filler in FILLERS:
        shorter = rest.replace(filler, "")
        if len(shorter) > 1:
            rest = shorter
    return rest


def _variants(core: str) -> list[str]:
    """The query in the words of the catalogue; at most `_VARIANTS`."""
    made: list[str] = []
    for said in sorted((s for s in MEANINGS if s in core), key=len, reverse=True)[:2]:
        rest = core.replace(said, "")
        made += [rest + meant for meant in MEANINGS[said]]
    return made[:_VARIANTS]


def highlight(shown: str, units: set[str]) -> tuple[tuple[int, int], ...]:
    """Runs of characters of `shown` that are among `units`, as pairs of start and length."""
    ranges: list[tuple[int, int]] = []
    for place, character in enumerate(shown):
        if text.squeeze(text.fold(character)) in units:
            if ranges and sum(ranges[-1]) == place:
                ranges[-1] = (ranges[-1][0], ranges[-1][1] + 1)
            else:
                ranges.append((place, 1))
    return tuple(ranges)

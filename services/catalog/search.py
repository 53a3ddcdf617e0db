"""Search in memory: Chinese characters and pairs of them, pinyin, initials, typos, colloquial words.

Every name and synonym of an item is a *term*. A query is folded and cut to a bounded length, then looked up
in posting lists of its units (characters, syllables) and pairs of neighbours; rare ones weigh more (idf).
A letter-only query is tried as a code, as initials, as whole pinyin and as misspelt pinyin.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

from services.catalog import text
from services.catalog.colloquial import FILLERS, MEANINGS
from services.catalog.terms import Postings, Ranges, Term, grams

MOST_HITS = 50
_VARIANTS = 6
_GOOD = 0.72
"""From this score on, no weaker way of matching is tried."""
_LEAST = 0.34
_TAIL = 0.45
"""Hits below this part of the best score say nothing."""
_SYNONYM = 0.99
_REPORT_LOSS = "挂失"


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
    """One item found: how well (about 0 to 1), by which term, and which characters of that term matched."""

    code: str
    score: float
    reason: Reason
    matched: str
    ranges: Ranges = ()


Highlight = Callable[[], Ranges]


class _Best:
    """The best hit of each item; highlights are worked out for those that are shown."""

    def __init__(self) -> None:
        self.hits: dict[str, tuple[float, Reason, str, Highlight]] = {}
        self.top = 0.0

    def add(self, code: str, score: float, reason: Reason, matched: str, highlight: Highlight) -> None:
        known = self.hits.get(code)
        if score >= _LEAST and (known is None or score > known[0]):
            self.hits[code] = (score, reason, matched, highlight)
            self.top = max(self.top, score)


class SearchIndex:
    """Over all items; the caller says which of them exist today."""

    def __init__(self, terms: list[Term], contexts: Mapping[str, str], characters: dict[str, str]) -> None:
        self._terms = terms
        self._characters = characters
        self._by_units = Postings(grams(t.units) for t in terms)
        self._by_sounds = Postings(grams(t.sounds) for t in terms)
        self._names = {t.code: t for t in terms if t.is_name}
        self._codes = list(contexts)
        self._by_context = Postings(grams(text.units(text.fold(c))) for c in contexts.values())
        self._letters = [t.letters for t in terms]
        self._syllables = frozenset(s for s in characters.values() if s.isascii())

    def search(self, query: str, exists: Callable[[str], bool]) -> list[Hit]:
        """Items for a query, the best first, at most `MOST_HITS`; empty for a query without letters."""
        folded = text.fold_query(query)
        if not folded:
            return []
        best = _Best()
        if text.has_han(folded):
            self._chinese(text.squeeze(folded), best)
        else:
            self._latin(text.squeeze(folded), folded.split(), best)
        found = sorted((-hit[0], code) for code, hit in best.hits.items() if exists(code))
        least = -found[0][0] * _TAIL if found else 0.0
        shown = [(code, best.hits[code]) for negative, code in found[:MOST_HITS] if -negative >= least]
        return [Hit(code, score, why, matched, light()) for code, (score, why, matched, light) in shown]

    def suggestions(self, query: str, exists: Callable[[str], bool], count: int = 5) -> list[str]:
        """Terms that look most like a query that found nothing."""
        folded = text.fold_query(query)
        if not folded:
            return []
        terms = list(dict.fromkeys(t.shown for t in self._terms if exists(t.code)))
        near = process.extract(folded, terms, scorer=fuzz.partial_ratio, score_cutoff=30, limit=count)
        return [str(found[0]) for found in near]

    # -- Chinese -------------------------------------------------------------------------------------

    def _chinese(self, squeezed: str, best: _Best) -> None:
        self._by_text(squeezed, 1.0, None, best)
        core = _without_fillers(squeezed)
        if core != squeezed:
            self._by_text(core, 1.0, None, best)
        for number, variant in enumerate(_variants(squeezed)):
            loss = _REPORT_LOSS in variant  # comes first: until then anybody can use what was lost
            self._by_text(variant, 1.02 if loss else 0.9 - 0.03 * number, Reason.MEANING, best)
        if best.top < _GOOD:
            self._by_sound([text.fuzzy_syllable(self._characters.get(u, u)) for u in text.units(core)], 0.86, best)
        if best.top < _GOOD:
            self._around(core, best)

    def _by_text(self, core: str, weight: float, reason: Reason | None, best: _Best) -> None:
        units = text.units(core)
        wanted = set(units)
        found, whole = self._by_units.match(grams(units))
        for number, shared in found.items():
            term = self._terms[number]
            score = 0.7 * shared / whole + 0.3 * shared / self._by_units.weights[number]
            if core == term.squeezed:
                score = 1.05
            elif len(core) > 1 and core in term.squeezed:
                score = max(score, 0.8 + 0.15 * len(core) / len(term.squeezed))
            elif len(term.squeezed) > 2 and term.squeezed in core:
                score = max(score, 0.6 + 0.3 * len(term.squeezed) / len(core))
            score *= weight if term.is_name else weight * _SYNONYM
            why = reason or (Reason.NAME if term.is_name else Reason.SYNONYM)
            best.add(term.code, score, why, term.shown, _lit(term, wanted, term.units))

    def _by_sound(self, sounds: list[str], weight: float, best: _Best) -> None:
        wanted = set(sounds)
        joined = f" {' '.join(sounds)} "
        found, whole = self._by_sounds.match(grams(sounds))
        for number, shared in found.items():
            term = self._terms[number]
            score = 0.7 * shared / whole + 0.3 * shared / self._by_sounds.weights[number]
            if len(sounds) > 1 and joined in f" {' '.join(term.sounds)} ":
                score = max(score, 0.8 + 0.15 * len(sounds) / len(term.sounds))
            score *= weight if term.is_name else weight * _SYNONYM
            best.add(term.code, score, Reason.PINYIN, term.shown, _lit(term, wanted, term.sounds))

    def _around(self, core: str, best: _Best) -> None:
        units = text.units(core)
        found, whole = self._by_context.match(grams(units))
        for number, shared in found.items():
            score = 0.75 * shared / whole
            if score >= 0.4:
                name = self._names[self._codes[number]]
                best.add(name.code, score, Reason.CONTEXT, name.shown, _lit(name, set(units), name.units))

    # -- letters and digits --------------------------------------------------------------------------

    def _latin(self, letters: str, words: list[str], best: _Best) -> None:
        for code in self._codes:
            plain = code.replace("-", "").lower()
            if len(letters) > 3 and plain.startswith(letters):
                score = 1.1 if plain == letters else 0.7
                best.add(code, score, Reason.CODE, code, lambda code=code: ((0, len(code)),))  # type: ignore[misc]  # bound now
        for term in self._terms:
            factor = 1.0 if term.is_name else _SYNONYM
            why = Reason.NAME if term.is_name else Reason.SYNONYM
            if letters in term.units or (len(words) > 1 and all(w in term.units for w in words)):
                best.add(term.code, 0.9 * factor, why, term.shown, _lit(term, {letters, *words}, term.units))
            if len(letters) > 1 and letters in term.initials:
                start = term.initials.index(letters)
                lit = _cut(term, start, start + len(letters), [u if not text.is_han(u) else u[0] for u in term.units])
                best.add(term.code, _part(letters, term.initials) * factor, Reason.INITIALS, term.shown, lit)
            if len(letters) > 3 and letters in term.letters:
                start = term.letters.index(letters)
                lit = _cut(term, start, start + len(letters), term.spelled)
                at_syllable = not start or start in _starts(term)
                score = _part(letters, term.letters) * factor + (0.02 if at_syllable else -0.15)
                best.add(term.code, score, Reason.PINYIN, term.shown, lit)
        if best.top < 0.8 and text.is_latin(letters):
            self._misspelt(letters, best)
        if best.top == 0 and len(letters) > 3:
            self._scattered(letters, best)

    def _scattered(self, letters: str, best: _Best) -> None:
        """Initials with gaps: jszhz for 机动车驾驶证期满换证."""
        for term in self._terms:
            rest = iter(term.initials)
            if all(letter in rest for letter in letters):
                score = 0.4 + 0.3 * len(letters) / len(term.initials)
                best.add(term.code, score, Reason.INITIALS, term.shown, tuple)

    def _misspelt(self, letters: str, best: _Best) -> None:
        syllables = text.split_syllables(letters, self._syllables)
        if syllables and len(syllables) > 1:
            self._by_sound([text.fuzzy_syllable(s) for s in syllables], 0.9, best)
        if len(letters) > 4 and best.top < _GOOD:
            near = process.extract(letters, self._letters, scorer=fuzz.partial_ratio, score_cutoff=78, limit=20)
            for _, likeness, number in near:
                term = self._terms[number]
                score = 0.75 * likeness / 100 * (0.7 + 0.3 * min(1.0, len(letters) / len(term.letters)))
                best.add(term.code, score, Reason.PINYIN, term.shown, tuple)


def _lit(term: Term, wanted: set[str], parts: tuple[str, ...]) -> Highlight:
    return lambda: term.ranges(term.places_of(wanted, parts))


def _cut(term: Term, start: int, end: int, parts: tuple[str, ...] | list[str]) -> Highlight:
    return lambda: term.ranges(term.places_between(start, end, parts))


def _starts(term: Term) -> set[int]:
    """Where syllables begin in the joined pinyin."""
    starts, at = set(), 0
    for syllable in term.spelled:
        starts.add(at)
        at += len(syllable)
    return starts


def _part(piece: str, whole: str) -> float:
    """How good it is to have typed `piece` of `whole`: more of it, and its beginning, is better."""
    if piece == whole:
        return 1.0
    return 0.62 + 0.3 * len(piece) / len(whole) + (0.04 if whole.startswith(piece) else 0.0)


def _without_fillers(squeezed: str) -> str:
    """Without the words that say nothing, as long as two characters are left."""
    rest = squeezed
    for filler in FILLERS:
        shorter = rest.replace(filler, "")
        if len(shorter) > 1:
            rest = shorter
    return rest


def _variants(squeezed: str) -> list[str]:
    """The query in the words of the catalogue; at most `_VARIANTS`."""
    made: list[str] = []
    said = [s for s in MEANINGS if s in squeezed]
    for one in sorted((s for s in said if not any(s != t and s in t for t in said)), key=len, reverse=True)[:2]:
        rest = _without_fillers(squeezed.replace(one, ""))
        for meant in MEANINGS[one]:
            made += [rest + meant, meant + rest] if rest else [meant]
    return made[:_VARIANTS]

"""Mends the spelling of a question: short forms that people type, and words that are nearly one of ours.

Only words that no question of ours and no product has are mended, so that the name of something the shop does not have
stays what it is: a word that stands where a product would (``for bikes``) is left alone as well.
"""

from __future__ import annotations

import re
from functools import lru_cache

from purchase_agent.insights.planning_lists import pattern, words
from purchase_agent.insights.planning_strange import known_words
from purchase_agent.insights.planning_values import Names, product_words

_WORD = re.compile(r"(?<![a-z0-9_'@.-])[a-z]{4,}(?![a-z0-9_'@-])")
_PLACE = pattern("product_place")
_LONG = 8
"""Letters from which two slips are allowed in a word; one in a shorter one."""


def respelled(text: str, names: Names) -> str:
    """A folded question with its slips mended.

    Args:
        names: those of the shop, which are nobody's slips.
    """
    for wrong, right in _short_forms():
        text = wrong.sub(right, text)
    held = [(one.start("word"), one.end("word")) for one in _PLACE.finditer(text)]
    held += [(one.start, one.end) for one in names.find(text)]

    def mended(match: re.Match[str]) -> str:
        word = match[0]
        if any(start < match.end() and end > match.start() for start, end in held) or names.nearly(word):
            return word
        return meant(word) or word

    return _WORD.sub(mended, text)


@lru_cache(maxsize=4096)
def meant(word: str) -> str | None:
    """The word of ours that a strange one is a slip of; None where it is none, or where it could be several."""
    known = known_words()
    if word in known or word.removesuffix("s") in known or f"{word}s" in known or word in product_words():
        return None
    slips = 2 if len(word) >= _LONG else 1
    some = [(_slips(word, one, slips), one) for one in known if len(one) >= 4 and _like(word, one, slips)]
    near = sorted((count, one) for count, one in some if count <= slips)
    if not near:
        return None
    best = [one for count, one in near if count == near[0][0]]
    return best[0] if len({one.removesuffix("s") for one in best}) == 1 or len(word) >= 5 else None


def _like(word: str, other: str, slips: int) -> bool:
    """First letters are seldom wrong."""
    return word[0] == other[0] and abs(len(word) - len(other)) <= slips


def _slips(word: str, other: str, most: int) -> int:
    """Letters wrong, missing, too many or swapped with the next; more than ``most`` is not counted out."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(word, 1):
        now = [at]
        for place, wanted in enumerate(other, 1):
            cost = min(row[place] + 1, now[place - 1] + 1, row[place - 1] + (letter != wanted))
            if before and place > 1 and letter == other[place - 2] and word[at - 2] == wanted:
                cost = min(cost, before[place - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        before, row = row, now
    return row[-1]


@lru_cache(maxsize=1)
def _short_forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    told = []
    for right, some in words("spelled").items():
        for wrong in some:
            plain = re.escape(wrong)
            told.append((re.compile(rf"(?<![a-z0-9'_-]){plain}(?![a-z0-9'_-])" if wrong.isascii() else plain), right))
    return tuple(told)

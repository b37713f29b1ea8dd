"""Words that stand where a category or item would, and that no question of ours has: most likely something unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from purchase_agent.insights.planning_cues import SYNONYMS
from purchase_agent.insights.planning_examples import ABOUT_ITSELF, EXAMPLES
from purchase_agent.insights.planning_lists import pattern, words
from purchase_agent.predictors.subject_words import CHINESE_STOP, ENGLISH_STOP

_PLACE = pattern("product_place")
_BEFORE = re.compile(r"(?:对|对于|关于|买|想买|要买|订|卖|想要|看)$")
_AFTER = re.compile(r"(?:的(?:顾客|客户|用户|人|需求|销量|顾虑|意向)|方面|品类|这个品类|有什么|能卖|会卖|卖得)")

_LITTLE = "的了呢吗吧啊呀嘛哈和跟与及在是有个些们都也就还又再很太最把被给让对从到里上下中要会能可以"
"""Characters that hold sentences together: beside one of ours they make nothing strange."""


def strange_word(masked: str) -> str | None:
    """A word of folded, masked text that stands in such a place and is none of ours."""
    for match in _PLACE.finditer(masked):
        if is_strange(match["word"]) and f"{match['word']}s" not in known_words():
            return match["word"]
    for start, end in strange_runs(masked):
        if _BEFORE.search(masked[:start]) or _AFTER.match(masked, end):
            return masked[start:end]
    return None


def strange_words(masked: str) -> list[str]:
    """All words of folded, masked text that are none of ours, wherever they stand."""
    found = [word for word in re.findall(r"[a-z]{3,}", masked) if is_strange(word)]
    return found + [masked[start:end] for start, end in strange_runs(masked)]


def is_strange(word: str) -> bool:
    """Whether an English word is none of ours; masks begin with a q."""
    known = known_words()
    return word not in known and word.removesuffix("s") not in known and not word.startswith("q")


def strange_runs(masked: str) -> Iterator[tuple[int, int]]:
    """Where two or more Chinese characters in a row stand in no pair that questions of ours have."""
    for run in re.finditer(r"[\u3400-\u9fff]+", masked):
        seen = [False] * len(run[0])
        for at in range(len(run[0]) - 1):
            if run[0][at : at + 2] in _known_pairs():
                seen[at] = seen[at + 1] = True
        told = "".join("-" if one else "x" for one in seen)
        for one in re.finditer(r"x{2,}", told):
            kept = run[0][one.start() : one.end()].strip(_LITTLE)
            if len(kept) > 1:
                start = run.start() + one.start() + run[0][one.start() : one.end()].index(kept)
                yield start, start + len(kept)


@lru_cache(maxsize=1)
def everyday() -> frozenset[str]:
    """Words that a question has whatever it asks about: no shop's item is called so by itself."""
    texts = [one for some in SYNONYMS.values() for one in some]
    return frozenset(
        re.findall(
            r"[a-z]+",
            " ".join([*texts, ENGLISH_STOP, *words("everyday")["en"], *words("everyday")["sizes"]]).casefold(),
        )
    )


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """English words that questions of ours have."""
    return frozenset(re.findall(r"[a-z]+", " ".join([*_texts(), ENGLISH_STOP, *words("everyday")["en"]]).casefold()))


@lru_cache(maxsize=1)
def _known_pairs() -> frozenset[str]:
    runs = re.findall(r"[\u3400-\u9fff]+", " ".join([*_texts(), CHINESE_STOP, *words("everyday")["zh"]]))
    return frozenset(run[at : at + 2] for run in runs for at in range(len(run) - 1))


def _texts() -> list[str]:
    texts = [one for some in (*EXAMPLES.values(), ABOUT_ITSELF) for one in some]
    texts += [one for some in SYNONYMS.values() for one in some]
    for task in ("action", "barrier", "customers", "intent", "language", "motivation"):
        texts += [one for some in words(task).values() for one in some]
    return texts

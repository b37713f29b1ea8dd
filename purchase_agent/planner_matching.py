"""How like a message is to example questions: TF-IDF over words and pieces of words, in plain Python.

Features are English words and pairs of them, pieces of four letters inside a word, and one to three Chinese characters
in a row. A group of examples is as like as its nearest examples are.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

LONGEST_READ = 400
"""Characters of a message that are read: a question is short, and a long text is none."""

_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_NEAREST = (0.6, 0.25, 0.15)  # weights of a group's nearest, second and third nearest example
_PIECE = 4
# Pronouns and titles tell who is meant, which is the same for every tool.
_PEOPLE = re.compile(
    r"\b(?:s?he|him|his|hers?|they|them|their|(?:this |the |that )?(?:shopper|customer|buyer|client|visitor|lead|person)"
    r"(?:'s)?)\b|(?:这位|这个|那个|该)?(?:顾客|客户|客人|买家|访客|用户|消费者)|[他她您]|这个人"
)
_ONE = " who "

Vector = dict[str, float]


def features(text: str) -> Counter[str]:
    """What is compared of a text, with how often it occurs."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST_READ]).casefold().replace("\u2019", "'")
    folded = re.sub(r"(?<=\w)'(?:s|re|ll|ve|d|m)\b", "", _PEOPLE.sub(_ONE, folded))
    return Counter(_pieces(_WORD.findall(folded)))


def is_chinese(text: str) -> bool:
    """Whether a question back is put in Chinese."""
    return _CHINESE.search(text) is not None


def _pieces(runs: list[str]) -> Iterator[str]:
    words = [run for run in runs if not _CHINESE.match(run)]
    for word in words:
        yield f"w:{word}"
        yield from (f"p:{piece}" for piece in _inside(f"^{word}$"))
    yield from (f"b:{first} {second}" for first, second in zip(words, words[1:], strict=False))
    for run in runs:
        if _CHINESE.match(run):
            yield from (f"c:{run[at : at + size]}" for size in (1, 2, 3) for at in range(len(run) - size + 1))


def _inside(word: str) -> Iterator[str]:
    return (word[at : at + _PIECE] for at in range(len(word) - _PIECE + 1))


class Matcher:
    """Compares messages with groups of examples.

    Args:
        groups: name -> examples, at least one.
    """

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        told = [(name, features(text)) for name, texts in groups.items() for text in texts]
        met = Counter(feature for _, counts in told for feature in counts)
        self._rarity = {feature: math.log((1 + len(told)) / (1 + count)) + 1 for feature, count in met.items()}
        self._unmet = math.log(1 + len(told)) + 1
        self._examples = [(name, self._vector(counts)) for name, counts in told]

    def likeness(self, text: str, *, without: int | None = None) -> dict[str, float]:
        """Group -> 0 (nothing in common) to 1 (the same as an example).

        Args:
            without: number of an example, counted through all groups, that is left out.
        """
        given = self._vector(features(text))
        found: dict[str, list[float]] = {}
        for number, (name, vector) in enumerate(self._examples):
            if number != without:
                found.setdefault(name, []).append(_cosine(given, vector))
        return {name: _nearest(cosines) for name, cosines in found.items()}

    def _vector(self, counts: Counter[str]) -> Vector:
        raw = {
            feature: (1 + math.log(count)) * _weight(feature) * self._rarity.get(feature, self._unmet)
            for feature, count in counts.items()
        }
        length = math.sqrt(sum(value * value for value in raw.values())) or 1.0
        return {feature: value / length for feature, value in raw.items()}


def _weight(feature: str) -> float:
    kind, size = feature[0], len(feature) - 2
    return {"w": 1.0, "p": 0.4, "b": 0.8}.get(kind) or (0.5, 1.0, 0.8)[size - 1]


def _cosine(first: Vector, second: Vector) -> float:
    small, large = sorted((first, second), key=len)
    return sum(value * large[feature] for feature, value in small.items() if feature in large)


def _nearest(cosines: list[float]) -> float:
    best = sorted(cosines, reverse=True)[: len(_NEAREST)]
    weights = _NEAREST[: len(best)]
    return sum(weight * cosine for weight, cosine in zip(weights, best, strict=True)) / sum(weights)

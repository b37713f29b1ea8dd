"""Which group of example questions a message belongs to: naive Bayes over words and pieces of words, in plain Python.

What is seen of a message: English words, pairs of them and pieces of four letters; one to three Chinese characters in a
row; and which lists of synonyms it has a word of. What it has that a group's examples often have and others seldom
speaks for the group. Words that only tell who is meant (he, this shopper) are left out: they are the same for every
tool.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

LONGEST_READ = 400
"""Characters of a message that are read: a question is short, and a long text is none."""

_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_PIECE = 4
_WEIGHTS = {"word": 1.0, "pair": 0.7, "piece": 0.25, "signs": 0.6, "like": 3.0}  # signs: Chinese characters
_SMOOTHING = 0.3
_TEMPERATURE = 3.0  # features of one message overlap; undivided, their sum would make every choice look sure
_PEOPLE = re.compile(
    r"\b(?:s?he|him|his|hers?|they|them|their"
    r"|(?:this |the |that )?(?:shopper|customer|buyer|client|visitor|lead|person)(?:'s)?)\b"
    r"|(?:这位|这个|那个|该)?(?:顾客|客户|客人|买家|访客|用户|消费者)|[他她您]|这个人"
)
_ENDING = re.compile(r"(?<=\w)'(?:s|re|ll|ve|d|m)\b")

Feature = tuple[str, str]


def folded(text: str) -> str:
    """The part of a text that is read, in small letters."""
    return unicodedata.normalize("NFKC", text[:LONGEST_READ]).casefold().replace("\u2019", "'")


def is_chinese(text: str) -> bool:
    """Whether a question back is put in Chinese."""
    return _CHINESE.search(text) is not None


class Matcher:
    """Compares messages with groups of examples.

    Args:
        groups: name -> examples, at least one.
        synonyms: name -> words that mean much the same.
        uneven: the groups differ much in size, so what a small one lacks is no sign for it.
    """

    def __init__(
        self, groups: Mapping[str, Sequence[str]], synonyms: Mapping[str, Sequence[str]], *, uneven: bool = False
    ) -> None:
        self._uneven = uneven
        self._synonyms = {name: _any_of(words) for name, words in synonyms.items()}
        self._examples = [(name, self._features(text)) for name, texts in groups.items() for text in texts]
        self._sizes = Counter(name for name, _ in self._examples)
        self._met: dict[Feature, Counter[str]] = {}
        for name, found in self._examples:
            for feature in found:
                self._met.setdefault(feature, Counter())[name] += 1

    def evidence(self, text: str, among: Sequence[str]) -> dict[str, float]:
        """Group -> what speaks for it less what speaks for the others; 0 where nothing does."""
        return self._evidence(self._features(text), among, Counter())

    def left_out(self, number: int, among: Sequence[str]) -> tuple[str, dict[str, float]]:
        """The group of an example, and the evidence of its words as if it were none of the examples."""
        name, found = self._examples[number]
        return name, self._evidence(found, among, Counter({name: 1}))

    def __len__(self) -> int:
        return len(self._examples)

    def _evidence(self, found: set[Feature], among: Sequence[str], less: Counter[str]) -> dict[str, float]:
        sizes = {name: self._sizes[name] - less[name] for name in among}
        total = sum(sizes.values())
        middle = total / len(sizes)
        add = {name: _SMOOTHING * (size / middle if self._uneven else 1.0) for name, size in sizes.items()}
        evidence = dict.fromkeys(among, 0.0)
        for feature in found:
            met = self._met.get(feature, Counter())
            counts = {name: met[name] - less[name] for name in among}
            everywhere = sum(counts.values())
            if everywhere == 0:
                continue
            for name, count in counts.items():
                here = (count + add[name]) / (sizes[name] + 2 * add[name])
                elsewhere = (everywhere - count + _SMOOTHING) / (total - sizes[name] + 2 * _SMOOTHING)
                evidence[name] += _WEIGHTS[feature[0]] * math.log(here / elsewhere)
        return evidence

    def _features(self, text: str) -> set[Feature]:
        read = folded(text)
        # A set has no order of its own, and sums of floats depend on theirs: sums are told to few digits only.
        found = set(_pieces(_WORD.findall(_ENDING.sub("", _PEOPLE.sub(" who ", read)))))
        return found | {("like", name) for name, words in self._synonyms.items() if words.search(read)}


def shares(evidence: Mapping[str, float]) -> dict[str, float]:
    """How the belief is shared out: numbers that sum to 1, the largest first."""
    most = max(evidence.values())
    raw = {name: math.exp((value - most) / _TEMPERATURE) for name, value in evidence.items()}
    total = sum(raw.values())
    # Rounded, so that the order in which a set is read changes nothing.
    told = {name: round(value / total, 6) for name, value in raw.items()}
    return dict(sorted(told.items(), key=lambda one: (-one[1], one[0])))


def _pieces(runs: list[str]) -> Iterator[Feature]:
    words = [run for run in runs if not _CHINESE.match(run)]
    for word in words:
        yield "word", word
        edged = f"^{word}$"
        yield from (("piece", edged[at : at + _PIECE]) for at in range(len(edged) - _PIECE + 1))
    yield from (("pair", f"{first} {second}") for first, second in pairwise(words))
    for run in runs:
        if _CHINESE.match(run):
            yield from (("signs", run[at : at + size]) for size in (1, 2, 3) for at in range(len(run) - size + 1))


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    """Finds any of the words; between the words of a phrase two others may stand."""
    between = r"\b(?:\w+ ){0,2}?"
    latin = sorted((word for word in words if word.isascii()), key=len, reverse=True)
    phrases = (between.join(re.escape(part) for part in f"{word}".replace(" ", " \0").split("\0")) for word in latin)
    chinese = (re.escape(word) for word in words if not word.isascii())
    return re.compile("|".join([*(rf"\b{phrase}\b" for phrase in phrases), *chinese]))

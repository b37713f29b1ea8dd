"""What one text shows of its subject: the products it names, its own words, and whether it points back.

English words are cut to a light stem; Chinese runs are cut at function words and read as pairs of characters.
Traditional characters count as their simplified form. A number counts when it can be a size or a model (``90``,
``256g``, ``x40``), not when it is a price, a date or a count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from purchase_agent.evidence import Text
from purchase_agent.predictors import subject_words as words
from purchase_agent.predictors.product_words import PRODUCTS

READ_AT_MOST = 2_000
"""Characters of a text that are read: what it is about stands at its beginning."""

_MODEL, _NUMBER, _WORD, _SHORT_WORD, _PAIR = 2.0, 1.0, 1.0, 0.6, 0.6
"""What a shared sign is worth; one English word of four letters or two Chinese pairs make a link (1.0)."""

_SIMPLE = str.maketrans(
    dict(zip(words.TRADITIONAL[::2], words.TRADITIONAL[1::2], strict=True))
    | {"\u2019": "'", "\u2018": "'", "\u02bc": "'"}
)
_CHINESE = "\u3400-\u9fff"
_LATIN_TOKEN = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?(?:'[a-z]+)?|[^\W_a-z0-9" + _CHINESE + r"]+")
_CHINESE_RUN = re.compile(f"[{_CHINESE}]+")
_NO_NUMBER = re.compile(
    r"[£$€¥￥]\s?[0-9][0-9.,]*k?|[0-9]+(?:st|nd|rd|th)\b|\b[0-9]{1,2}(?::[0-9]{2}|\s?[ap]m\b)"
    r"|[0-9]+(?:\.[0-9]+)?\s?(?:%|days?\b|weeks?\b|months?\b|years?\b|hours?\b|mins?\b|minutes?\b|pounds?\b|quid\b)"
    r"|[0-9]+(?:\.[0-9]+)?\s?[年月日号天点块元岁折个人次周分万刀蚊条件套]"
    r"|\b[0-9]{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
)
_POINTS_BACK, _REFUSES = re.compile(words.REFERS_BACK), re.compile(words.REFUSES)
_NOT_MEANT, _HAS = re.compile(words.NOT_MEANT), re.compile(words.HAS_BOUGHT)


@dataclass(frozen=True, slots=True)
class Signs:
    """What a text shows: kinds of product (line numbers of ``PRODUCTS``), own words and their worth, its manner."""

    products: frozenset[int]
    terms: dict[str, float]
    points_back: bool
    refuses: bool
    bought: bool


def fold(text: str) -> str:
    """The text in one form: NFKC, lower case, simplified characters, straight apostrophes."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_SIMPLE)


def read_signs(text: Text) -> Signs:
    """The signs of one text; the name of its category is read for products as if it stood in the text."""
    folded = fold(text.text[:READ_AT_MOST])
    named, rest = _products(folded)
    if text.category:
        named |= _products(fold(text.category).replace("_", " ").replace("-", " "))[0]
    terms = _terms(rest)
    return Signs(
        products=frozenset(named),
        terms=terms,
        points_back=bool(_POINTS_BACK.search(folded)) or not (named or terms),
        refuses=bool(_REFUSES.search(folded)),
        bought=text.channel == "review" or bool(_HAS.search(folded)),
    )


class Lexicon:
    """Words with a value each; the longest that starts at a place is found in a few look-ups."""

    def __init__(self, values: dict[str, int]) -> None:
        self._values = values
        self._lengths: dict[str, list[int]] = {}
        for word in sorted(values, key=len, reverse=True):
            lengths = self._lengths.setdefault(word[0], [])
            if len(word) not in lengths:
                lengths.append(len(word))

    def match(self, text: str, at: int) -> tuple[int, int] | None:
        """The end and the value of the longest word starting at ``at``; a Latin word ends where letters end."""
        for length in self._lengths.get(text[at], ()):
            word = text[at : at + length]
            if (
                len(word) == length
                and word in self._values
                and not (_is_latin(word[-1]) and _is_latin(text[at + length : at + length + 1]))
            ):
                return at + length, self._values[word]
        return None

    def spans(self, folded: str) -> Iterator[tuple[int, int, int]]:
        """Start, end and value of each word in folded text, none overlapping; a hyphen counts as a space."""
        spaced = folded.replace("-", " ")
        at = 0
        while at < len(spaced):
            found = None
            if not (at and _is_latin(spaced[at]) and _is_latin(spaced[at - 1])):
                found = self.match(spaced, at)
            if found is None:
                at += 1
                continue
            yield at, *found
            at = found[0]


def _is_latin(letter: str) -> bool:
    return "a" <= letter <= "z" or "0" <= letter <= "9"


def _product_names() -> dict[str, int]:
    kinds: dict[str, int] = {}
    for kind, line in enumerate(PRODUCTS.strip().splitlines()):
        for name in filter(None, (entry.strip() for entry in re.split(r"[|,]", line))):
            kinds.setdefault(name, kind)
            if name.isascii():
                kinds.setdefault(_plural(name), kind)
    return kinds


def _plural(name: str) -> str:
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    return name[:-1] + "ies" if name.endswith("y") and name[-2] not in "aeo" else name + "s"


PRODUCT_NAMES = Lexicon(_product_names())
"""Names of products; the value is the kind, a line of ``PRODUCTS``."""
_CHINESE_STOP = Lexicon(dict.fromkeys((*fold(words.CHINESE_STOP).split(), *fold(words.CHINESE_PARTICLES)), 0))
_ENGLISH_STOP = frozenset(words.ENGLISH_STOP.split())


def _products(folded: str) -> tuple[set[int], str]:
    """The kinds of product named and meant, and the text without the names of products."""
    named: set[int] = set()
    rest: list[str] = []
    done = 0
    for start, end, kind in PRODUCT_NAMES.spans(folded):
        rest.append(folded[done:start])
        if not _NOT_MEANT.search(folded, max(0, start - 20), start):
            named.add(kind)
        done = end
    return named, " ".join((*rest, folded[done:]))


def _terms(folded: str) -> dict[str, float]:
    folded = _NO_NUMBER.sub(" ", folded)
    terms: dict[str, float] = {}
    previous = ""
    for match in _LATIN_TOKEN.finditer(folded):
        token = match.group()
        if token[0] in "0123456789" or any("0" <= letter <= "9" for letter in token):
            if not token.isdigit():
                terms[token] = _MODEL
            elif len(token) > 1:
                terms[token] = _NUMBER
            previous = ""
            continue
        word = stem(token)
        if token in _ENGLISH_STOP or word in _ENGLISH_STOP or len(word) < 3:
            previous = ""
            continue
        terms[word] = _WORD if len(word) > 3 else _SHORT_WORD
        if previous:
            terms[previous + word] = _WORD  # head torch = headtorch
        previous = word
    for match in _CHINESE_RUN.finditer(folded):
        for run in _without_stops(match.group()):
            terms.update((run[at : at + 2], _PAIR) for at in range(len(run) - 1))
    return terms


def _without_stops(run: str) -> list[str]:
    """The pieces of a Chinese run between its function words."""
    pieces, at, start = [], 0, 0
    while at < len(run):
        found = _CHINESE_STOP.match(run, at)
        if found is None:
            at += 1
        else:
            pieces.append(run[start:at])
            at = start = found[0]
    return [*pieces, run[start:]]


def stem(word: str) -> str:
    """A light stem: possessive, plural, -ing and -ed fall, then a doubled consonant and a last e."""
    word = word.split("'", maxsplit=1)[0]
    for ending, least, instead in (("ies", 5, "y"), ("sses", 6, "ss"), ("ing", 6, ""), ("ed", 5, ""), ("s", 4, "")):
        if word.endswith(ending) and len(word) >= least and not word.endswith(("ss", "us", "is")):
            word = word[: -len(ending)] + instead
            if ending in {"ing", "ed"} and len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word

"""Finds the shop's own categories and items in a question: as they are stored, in other words, or nearly spelled."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from purchase_agent.insights.planning_lists import words
from purchase_agent.insights.planning_strange import everyday
from purchase_agent.insights.source import Values
from purchase_agent.predictors.product_words import PRODUCTS

_WORD = re.compile(r"[a-z0-9]+")
_LETTERS = re.compile(r"[a-z]{3,}")
_NEAR = 0.86
_SHORTEST_NEAR = 5
_NOT_NEAR = frozenset({"person", "persons", "parcel", "orders", "phone", "buyers", "prices"})


@dataclass(frozen=True, slots=True)
class Named:
    """A value found in a question, at characters ``start`` to ``end``; not ``sure`` where it was nearly spelled."""

    slot: str
    value: str
    start: int
    end: int
    sure: bool = True


class Names:
    """What a shop's values are called. A name that several values could have belongs to the commonest of them."""

    def __init__(self, values: Values) -> None:
        self._names: dict[str, tuple[str, str]] = {}
        for slot, some in (("category", values.categories), ("item", values.items)):
            for value in some:
                self._call(slot, value, _spelled(value))
        for slot, some in (("item", values.items), ("category", values.categories)):
            for value in some:
                self._call(slot, value, _alike(value))
        of_word = Counter(word for value in values.items for word in set(_LETTERS.findall(value.casefold())))
        for value in values.items:
            own = [word for word in _LETTERS.findall(value.casefold()) if of_word[word] == 1 and word not in everyday()]
            self._call("item", value, _wider(own[-1:]))
            self._call("item", value, _narrower(value))
            self._call("item", value, own)
        self._lengths = sorted({len(name) for name in self._names}, reverse=True)

    def find(self, text: str) -> list[Named]:
        """The values in folded text, apart from each other; of several readings the longest."""
        return [Named(*self._names[name], start, start + len(name)) for start, name in self._spans(text)]

    def near(self, text: str, free: Iterable[tuple[int, int]]) -> Named | None:
        """A value that is nearly spelled in one of the free stretches of folded text."""
        for start, end in free:
            for match in _WORD.finditer(text, start, end):
                if len(match[0]) < _SHORTEST_NEAR or match[0] in _NOT_NEAR:
                    continue
                some = [name for name in self._names if _may_be(name, match[0])]
                if close := difflib.get_close_matches(match[0], some, 1, _NEAR):
                    return Named(*self._names[close[0]], match.start(), match.end(), sure=False)
        return None

    def nearly(self, word: str) -> bool:
        """Whether a word of small letters is nearly one of the names."""
        some = [name for name in self._names if _may_be(name, word)]
        return bool(difflib.get_close_matches(word, some, 1, _NEAR))

    def like(self, name: str) -> tuple[str, str] | None:
        """The value that another name of a product most likely means: of a wider name, or of a narrower one."""
        if name.isascii():
            return next((self._names[word] for word in reversed(_WORD.findall(name)) if word in self._names), None)
        some = [one for one in self._names if not one.isascii() and (one.endswith(name) or name.endswith(one))]
        return self._names[min(some, key=len)] if some else None

    def _call(self, slot: str, value: str, names: Iterable[str]) -> None:
        for name in names:
            self._names.setdefault(name, (slot, value))

    def _spans(self, text: str) -> Iterator[tuple[int, str]]:
        return _spans(text, self._names, self._lengths)


def other_product(text: str) -> str | None:
    """A product or department named in folded text; what the shop has is taken out before."""
    names, lengths = _products()
    return next((name for _, name in _spans(text, names, lengths)), None)


def _spans(text: str, names: Mapping[str, object] | frozenset[str], lengths: list[int]) -> Iterator[tuple[int, str]]:
    """Where a name begins, and the name: the longest at each place, English ones as whole words."""
    at = 0
    while at < len(text):
        found = next((name for size in lengths if _stands(text, at, name := text[at : at + size], size, names)), "")
        if found:
            yield at, found
        at += max(1, len(found))


def _stands(text: str, at: int, name: str, size: int, names: Mapping[str, object] | frozenset[str]) -> bool:
    if len(name) < size or name not in names:
        return False
    return not name.isascii() or not (_joined(text, at - 1) or _joined(text, at + size))


def _joined(text: str, at: int) -> bool:
    """Whether a letter or digit of an English word stands there."""
    return 0 <= at < len(text) and text[at].isascii() and text[at].isalnum()


def _may_be(name: str, word: str) -> bool:
    return name.isascii() and len(name) >= _SHORTEST_NEAR and name[0] == word[0] and abs(len(name) - len(word)) <= 2


def _spelled(value: str) -> Iterator[str]:
    """A value as it is stored, and as people would write it: spaces for signs, one or several of it."""
    plain = value.casefold().strip()
    if not plain:
        return
    yield plain
    spaced = re.sub(r"[-_/]+", " ", plain)
    yield spaced
    if len(parts := spaced.split()) == 2:
        yield " ".join(reversed(parts))
    if spaced.isascii() and len(spaced) > 2 and spaced[-1].isalpha():
        yield spaced.removesuffix("s") if spaced.endswith("s") and not spaced.endswith("ss") else f"{spaced}s"


def _alike(value: str) -> Iterator[str]:
    """Other names, in both languages, of the products or the department that a value names."""
    for line in sorted({number for name in _spelled(value) for number in _of_name().get(name, ())}):
        yield from _lines()[line]


def _wider(last: list[str]) -> Iterator[str]:
    """A cream may be a face cream, where that is the only cream there is."""
    lines = _of_last_word().get(last[0], ()) if last else ()
    if len(lines) == 1:
        yield from _lines()[lines[0]]


def _narrower(value: str) -> Iterator[str]:
    """Where creams of several sorts are sold, an item that is just a cream has their Chinese names too: in English the
    word itself is found in each of them."""
    head = value.casefold().strip()
    endings = words("head").get(head, ())
    for line in _of_last_word().get(head, ()) if endings else ():
        yield from (name for name in sorted(_lines()[line]) if name.endswith(endings))


@lru_cache(maxsize=1)
def _lines() -> tuple[frozenset[str], ...]:
    products = (re.split(r"[|,]", line) for line in PRODUCTS.strip().splitlines())
    lines = []
    for some in (*words("department").values(), *products):
        names = {name.strip().casefold() for name in some} - {""}
        lines.append(frozenset(names | {f"{name}s" for name in names if name.isascii() and not name.endswith("s")}))
    return tuple(lines)


@lru_cache(maxsize=1)
def _of_name() -> dict[str, tuple[int, ...]]:
    """Name -> the lines that hold it."""
    return _index((number, name) for number, line in enumerate(_lines()) for name in line)


@lru_cache(maxsize=1)
def _of_last_word() -> dict[str, tuple[int, ...]]:
    """Last word of a longer name -> the lines that hold such a name."""
    return _index(
        (number, name.rpartition(" ")[2]) for number, line in enumerate(_lines()) for name in line if " " in name
    )


def _index(pairs: Iterable[tuple[int, str]]) -> dict[str, tuple[int, ...]]:
    told: dict[str, set[int]] = {}
    for number, name in pairs:
        told.setdefault(name, set()).add(number)
    return {name: tuple(sorted(numbers)) for name, numbers in told.items()}


@lru_cache(maxsize=1)
def product_words() -> frozenset[str]:
    """The English words of all products and departments, whether the shop has them or not."""
    return frozenset(word for line in _lines() for name in line if name.isascii() for word in _WORD.findall(name))


@lru_cache(maxsize=1)
def _products() -> tuple[frozenset[str], list[int]]:
    names = frozenset(name for line in _lines() for name in line if name.isascii() or len(name) > 1)
    kept = names - set(words("everyday")["products"])
    return kept, sorted({len(name) for name in kept}, reverse=True)

"""Words of shoppers and of candidates in one form: properties, kinds of product, brands, devices, plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from purchase_agent.predictors import need_words as words
from purchase_agent.predictors.date_forms import fold as _fold
from purchase_agent.predictors.product_words import PRODUCTS
from purchase_agent.predictors.subject_signs import Lexicon, stem
from purchase_agent.predictors.subject_words import CHINESE_PARTICLES, CHINESE_STOP, ENGLISH_STOP

_ACCENTS = str.maketrans("àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ", "aaaaaaceeeeiiiinoooooouuuuyy")
_LATIN = re.compile(r"[a-z]+(?:'[a-z]+)?|[0-9]+(?:\.[0-9]+)?")
_CHINESE = re.compile("[\u3400-\u9fff]+")
_NOT_LETTERS = re.compile(r"[^a-z0-9\u3400-\u9fff]+")
_APPLE = re.compile(r"苹果(?=\s?[0-9])")
_MAKERS = frozenset(
    [
        "samsung",
        "galaxy",
        "apple",
        "huawei",
        "xiaomi",
        "redmi",
        "google",
        "sony",
        "honor",
        "oppo",
        "vivo",
        "hp",
        "canon",
        "epson",
        "brother",
        "dell",
    ]
)
_SPELLED = re.compile("[a-z]+|[0-9]+(?:[.][0-9]+)?|[\u3400-\u9fff]")
_STOP = frozenset(ENGLISH_STOP.split()) | words.MARKETING
_CHINESE_STOP = frozenset(_fold(CHINESE_STOP).split())
_PARTICLES = frozenset(_fold(CHINESE_PARTICLES))
_LONGEST_CHINESE = 4


def fold(text: str) -> str:
    """Folded text, code point for code point; accents fall."""
    return _fold(text).translate(_ACCENTS)


def _lines(table: str) -> list[str]:
    return [line for line in table.strip().splitlines() if line]


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the table: its family, its name and its number."""

    number: int
    family: str
    name: str


def _properties() -> tuple[tuple[Property, ...], Lexicon]:
    found: list[Property] = []
    values: dict[str, int] = {fold(word): -1 for word in words.NO_PROPERTY.split(";")}
    for number, line in enumerate(_lines(words.PROPERTIES)):
        family, _, names = line.partition(":")
        parts = [name.strip() for name in re.split(r"[|,]", names) if name.strip()]
        found.append(Property(number, family.strip(), parts[0]))
        for name in parts:
            values.setdefault(fold(name.replace("-", " ")), number)
    return tuple(found), Lexicon(values)


PROPERTY, PROPERTY_NAMES = _properties()
KIND_NAMES = tuple(re.split(r"[|,]", line)[0].strip() for line in _lines(PRODUCTS))
"""First name of each kind of product."""
CONSUMABLE = frozenset(place for place, name in enumerate(KIND_NAMES) if name in words.CONSUMABLES)
_BRAND_NAMES = [[name.strip() for name in re.split(r"[|,]", line)] for line in _lines(words.BRANDS)]
_BRAND_OF = {fold(name): names[0] for names in _BRAND_NAMES for name in names}
_ALIASES = {_NOT_LETTERS.sub("", names[0]): [fold(name) for name in names] for names in _BRAND_NAMES}
_BY_COMPACT = {_NOT_LETTERS.sub("", name): brand for name, brand in _BRAND_OF.items()}


def brand_key(brand: str) -> str:
    """One spelling of a brand: Levi's, levis and LEVIS are one, 三星 is Samsung."""
    compact = _NOT_LETTERS.sub("", fold(brand))
    return _NOT_LETTERS.sub("", _BY_COMPACT.get(compact, compact)) or fold(brand)


def spellings(key: str, brand: str) -> Iterator[str]:
    """Ways to write a brand."""
    folded = fold(brand).replace("-", " ")
    plain = " ".join(_NOT_LETTERS.sub(" ", folded.replace("'", "")).split())
    yield from {folded, plain, plain.replace(" ", ""), plain.removeprefix("the ")} - {""}
    yield from _ALIASES.get(key, [])


_BRAND_WORDS = Lexicon({name: number for number, name in enumerate(_BRAND_OF)})
_BRAND_LIST = tuple(_BRAND_OF)


def known_brand(name: str) -> str | None:
    """A brand of the table that the name begins with."""
    found = _BRAND_WORDS.match(name, 0) if name else None
    return _BRAND_LIST[found[1]] if found else None


def spelled(folded: str) -> str:
    """Words with a space around each, letters and numbers apart: ``iphone15pro`` is `` iphone 15 pro ``."""
    return f" {' '.join(_SPELLED.findall(_APPLE.sub('iphone', folded)))} "


def device_key(folded: str) -> str:
    """The model of a device without its maker: ``Samsung Galaxy S23`` and ``三星s23`` are `` s 23 ``."""
    words_ = spelled(folded).split()
    model = [word for word in words_ if word not in _MAKERS and not "\u3400" <= word <= "\u9fff"]
    return " ".join(model or words_)


def latin_tokens(folded: str) -> Iterator[tuple[int, int, str]]:
    """Code points and stem of the English words and numbers that may tell products apart."""
    for match in _LATIN.finditer(folded):
        token = match[0]
        word = token if token[0].isdigit() else stem(token)
        if word not in _STOP and token not in _STOP and (len(word) > 2 or (token[0].isdigit() and len(word) > 1)):
            yield match.start(), match.end(), word


def chinese_grams(folded: str) -> Iterator[tuple[int, int, str]]:
    """Code points of all runs of 2 to 4 Chinese characters that hold no function word, longest first at each place."""
    for match in _CHINESE.finditer(folded):
        run = match[0]
        for at in range(len(run)):
            for size in range(min(_LONGEST_CHINESE, len(run) - at), 1, -1):
                gram = run[at : at + size]
                if gram not in _CHINESE_STOP and _PARTICLES.isdisjoint(gram):
                    yield match.start() + at, match.start() + at + size, gram


def properties_in(folded: str) -> Iterator[tuple[int, int, int]]:
    """Code points and number of each property named in folded text."""
    for start, end, number in PROPERTY_NAMES.spans(folded.replace("'", " ").replace("_", " ")):
        if number >= 0:
            yield start, end, number


@lru_cache(maxsize=4096)
def one_edit_apart(a: str, b: str) -> bool:
    """Whether one letter put in, left out, changed or swapped with its neighbour makes one word the other."""
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    at = 0
    while at < min(len(a), len(b)) and a[at] == b[at]:
        at += 1
    if len(a) == len(b):
        swapped = a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
        return swapped or a[at + 1 :] == b[at + 1 :]
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[at + 1 :] == shorter[at:]

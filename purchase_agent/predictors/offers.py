"""Candidates as they are compared with what a shopper said: kinds of product, brand, properties, measures, words.

What a candidate says of itself is matched and nothing else: no word of it is an instruction, a score or a need.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from purchase_agent.predictors.measures import Measure, is_size_key, measures, size_name, sizes, unit_of_key
from purchase_agent.predictors.shelf_words import (
    brand_key,
    chinese_grams,
    fold,
    known_brand,
    latin_tokens,
    properties_in,
    spelled,
    spellings,
)
from purchase_agent.predictors.subject_signs import PRODUCT_NAMES, Lexicon, stem
from purchase_agent.ranking import Attribute, Candidate

_HEAD_ENDS = re.compile(r"\b(?:for|with|fits|compatible|to fit|in)\b|[,(\[|/]|适用|适配|兼容|专用于|送给")
_PARTS = re.compile(r"[>/|,&;，、]|\band\b")
_BELONGING = re.compile(
    r"(?:\s[a-z]+)?\s(?:bracket|stand|cover|case|holder|mount|bag|strap|filter|charger|cable|adapter|cleaner|head|rack|cushion"
    r"|mat|insole|lace|peg|accessor(?:y|ie)|refill|remote|battery|descaler|part)s?\b|(?:挂架|支架|架|套|罩|垫|收纳|配件|滤网|清洁|保养|鞋垫|贴|头(?!戴))"
)
_DENIED_BEFORE = re.compile(r"(?:\bno|\bnon|\bnot|\bwithout|free of|不含|不带|无|非)[\s-]*$")
_DENIED_AFTER = re.compile(r"[\s-]*free\b")
_VARIANT = re.compile(r"(?:pro|max|plus|ultra|mini|air|se|fe|lite)\b")
_NO = frozenset({"no", "none", "false", "not", "否", "无", "没有", "不支持"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A candidate as read.

    Attributes:
        kinds: lines of ``PRODUCTS``; ``heads``: last words of the names by which it was found to be one.
        labels: its category, folded.
        has, lacks: numbers of properties that it names or denies.
        spelled: all its words, each between spaces, numbers apart from letters.
    """

    place: int
    candidate: Candidate
    kinds: frozenset[int]
    heads: frozenset[str]
    labels: frozenset[str]
    brand: str | None
    has: frozenset[int]
    lacks: frozenset[int]
    measures: tuple[Measure, ...]
    sizes: frozenset[str]
    tokens: frozenset[str]
    spelled: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """All candidates of one call, and the words by which a shopper could name what is theirs."""

    offers: tuple[Offer, ...]
    brands: dict[str, str]
    brand_words: Lexicon | None
    brand_keys: tuple[str, ...]
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def kinds(self) -> frozenset[int]:
        """Every kind of product on it."""
        return frozenset(kind for offer in self.offers for kind in offer.kinds)


def names_device(offer: Offer, key: str) -> int:
    """1 where the offer names this very device, -1 where it names another of its line, 0 where neither."""
    found = [match.end() for match in re.finditer(rf"(?<= ){re.escape(key)} ", offer.spelled)]
    if any(not _VARIANT.match(offer.spelled, at) for at in found):
        return 1
    line = key.rstrip("0123456789. ").split(" pro")[0].strip()
    others = re.search(rf" {re.escape(line)} [0-9]", offer.spelled) if line and line != key else None
    return -1 if found or others else 0


def shelf_of(candidates: Sequence[Candidate]) -> Shelf:
    """The candidates as read, in the order given."""
    offers = tuple(_offer(place, candidate) for place, candidate in enumerate(candidates))
    names: dict[str, str] = {}
    known: dict[str, int] = {}
    keys = tuple(sorted({offer.brand for offer in offers if offer.brand}))
    number_of = {key: number for number, key in enumerate(keys)}
    for offer in offers:
        if offer.brand is None:
            continue
        brand = offer.candidate.brand or offer.brand
        names.setdefault(offer.brand, brand)
        for spelling in spellings(offer.brand, brand):
            known.setdefault(spelling, number_of[offer.brand])
    counts = Counter(token for offer in offers for token in offer.tokens)
    return Shelf(offers, names, Lexicon(known) if known else None, keys, counts)


def _offer(place: int, candidate: Candidate) -> Offer:
    name = fold(candidate.name)
    category = fold(candidate.category or "").replace("_", " ").replace("-", " ")
    has: set[int] = set()
    lacks: set[int] = set()
    told: list[Measure] = list(measures(name))
    worn = {size for _, _, size in sizes(name)}
    _read_properties(name, has, lacks)
    _read_properties(category, has, lacks)
    described = [name, category, fold(candidate.brand or "")]
    for key, value in candidate.attributes.items():
        _read_attribute(fold(key), value, has, lacks, told, worn)
        described += [fold(key), *(fold(str(one)) for one in (value if isinstance(value, list) else [value]))]
    whole = " ".join(described)
    grams = {gram for _, _, gram in chinese_grams(f"{name} {category}")}
    tokens = frozenset({token for _, _, token in latin_tokens(whole)} | grams)
    head = _HEAD_ENDS.split(name, maxsplit=1)[0]
    kinds = _kinds_of_category(category) or set(_kinds_of_name(head)[-1:] or _kinds_of_name(name)[-1:])
    named = [name[start:end] for start, end, kind in PRODUCT_NAMES.spans(head) if kind in kinds]
    heads = frozenset(stem(text.split()[-1]) for text in (*named, category) if text.strip())
    labels = frozenset(filter(None, (category.strip(), _singular(category.strip()))))
    return Offer(
        place, candidate, frozenset(kinds), heads, labels, _brand_of(candidate, name), frozenset(has - lacks),
        frozenset(lacks), tuple(told), frozenset(worn), tokens, spelled(whole),
    )  # fmt: skip


def _kinds_of_category(category: str) -> set[int]:
    """Kinds with whose name a part of the category ends: TVs and 电视, not TV brackets and 电视挂架."""
    parts = [part.strip() for part in _PARTS.split(category)]
    return {kind for part in parts for _, end, kind in PRODUCT_NAMES.spans(part) if end == len(part)}


def _kinds_of_name(name: str) -> list[int]:
    """Kinds named, in order, but for those that what follows belongs to: a stand for headphones is none."""
    return [kind for _, end, kind in PRODUCT_NAMES.spans(name) if not _BELONGING.match(name, end)]


def _singular(word: str) -> str:
    return " ".join((*word.split()[:-1], stem(word.rsplit(maxsplit=1)[-1]))) if word.isascii() and word else word


def _brand_of(candidate: Candidate, name: str) -> str | None:
    if candidate.brand:
        return brand_key(candidate.brand)
    first = known_brand(name)
    return brand_key(first) if first else None


def _read_properties(folded: str, has: set[int], lacks: set[int]) -> None:
    for start, end, number in properties_in(folded):
        denied = _DENIED_BEFORE.search(folded, max(0, start - 12), start) or _DENIED_AFTER.match(folded, end)
        (lacks if denied else has).add(number)


def _read_attribute(
    key: str, value: Attribute, has: set[int], lacks: set[int], told: list[Measure], worn: set[str]
) -> None:
    named = {number for _, _, number in properties_in(key)}
    values = value if isinstance(value, list) else [value]
    for one in values:
        if isinstance(one, bool) or fold(str(one)) in _NO:
            (has if one is True else lacks).update(named)
            continue
        if is_size_key(key):
            worn.add(size_name(fold(f"{one:g}" if isinstance(one, int | float) else one)))
        if isinstance(one, str):
            _read_properties(fold(one), has, lacks)
            told += measures(fold(one))
            has.update(named if fold(one) in {"yes", "true", "是", "支持", "有"} else ())
        unit = unit_of_key(key)
        number = _as_number(one)
        if unit is not None and number is not None:
            told.append(Measure(0, 0, unit[0], number * unit[1], number * unit[1]))


def _as_number(value: str | float) -> float | None:
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,3})?", value) else None
    return float(value)

"""Sizes and measurements: ``55寸`` and ``55 inch`` are one, ``256g`` of a phone is storage, ``size 42`` is ``42码``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_UNITS: tuple[tuple[str, float, str], ...] = (
    ("inch", 1.0, r"inch(?:es)?\b|英寸|寸|\"|″"),
    ("cm", 0.1, r"mm\b|毫米"),
    ("cm", 1.0, r"cm\b|厘米|公分"),
    ("cm", 100.0, r"met(?:re|er)s?\b|m\b(?!\s?(?:ah|p))|米(?!色|白|黄|其|家|饭)"),
    ("gb", 1.0, r"gb\b|g(?=内存|存储|运存|版|显存)"),
    ("gb", 1024.0, r"tb\b|t(?=硬盘|固态)"),
    ("l", 0.001, r"ml\b|毫升"),
    ("l", 1.0, r"-?lit(?:re|er)s?\b|l\b|升(?!级|降)"),
    ("kg", 0.001, r"g\b|grams?\b|克(?!力)"),
    ("kg", 1.0, r"kgs?\b|kilos?\b|公斤|千克"),
    ("kg", 0.5, r"斤"),
    ("w", 1.0, r"watts?\b|w\b|瓦"),
    ("mah", 1.0, r"mah\b|毫安时?"),
    ("hours", 1.0, r"-?(?:hours?|hrs?|h)\b|个?小时"),
    ("people", 1.0, r"-?(?:people|person|persons|seaters?|man|berth|adults)\b|人(?!体|工|家|群|气)|座(?!椅|垫)"),
    ("hz", 1.0, r"hz\b|赫兹"),
    ("square metres", 1.0, r"(?:sqm|m2|square met(?:re|er)s?)\b|平米|平方米?|平(?!板|价|台|时|底|均|衡|凡|常)"),
    ("years", 1.0, r"[- ]?(?:year|yr)s?[- ]?olds?\b|岁(?:半)?"),
    ("pieces", 1.0, r"-?(?:pack|pieces?|pcs|count|rolls?|tabs|pods|capsules|sachets)\b|[片粒袋包卷颗抽](?!装修)"),
)  # fmt: skip
_STORAGE = frozenset({16, 32, 64, 128, 256, 512, 1024})
_NUMBER = r"(?<![\w.,])(?P<number>\d{1,6}(?:[.,]\d{1,3})?|[一二两三四五六七八九十]{1,3}(?=[人斤升寸座片米]))"
_RANGE = r"(?:\s?(?:-|–|~|～|to|到|至)\s?(?P<to>\d{1,6}(?:\.\d{1,2})?))?"
_END = "(?![a-z0-9])"  # a Latin word may stand right before a Chinese one
_MEASURES = tuple(
    (unit, factor, re.compile(rf"{_NUMBER}{_RANGE}\s?-?(?:{words})".replace(r"\b", _END)))
    for unit, factor, words in _UNITS
)
_ANY_NUMBER = re.compile(r"[0-9一二两三四五六七八九十]")
_HAN = {char: place for place, char in enumerate("零一二三四五六七八九十")} | {"两": 2}
_LEAST = re.compile(
    r"(?:at least|over|above|more than|minimum(?: of)?|min\.?|no less than|bigger than|larger than|至少|起码"
    r"|不低于|大于|超过|不小于|最少)\s?$"
)
_MOST = re.compile(
    r"(?:under|below|up to|at most|less than|no more than|max(?:imum)?(?: of)?|within|smaller than|不超过|最多"
    r"|小于|低于|不大于)\s?$"
)
_LEAST_AFTER = re.compile(r"\s?(?:\+|or (?:more|bigger|larger|above|over|up)|plus\b|and (?:up|above)|以上|往上|起)")
_MOST_AFTER = re.compile(r"\s?(?:or (?:less|smaller|under|below)|max\b|以内|以下|之内)")

_LETTER_SIZE = r"(?:xx?x?s|xx?x?l|[2-6]xl|s|m|l|small|medium|large|extra large)"
_SIZES = (
    re.compile(
        r"\b(?:size|sz|eu|eur|uk|us)[ :]?(?:eu |uk |us |is "
        r"|a )?(?P<size>\d{1,3}(?:\.5)?)(?![a-z0-9.])(?!\s?(?:inch|cm|%|-))"
    ),
    re.compile(r"(?<![\d.])(?P<size>\d{2}(?:\.5)?)\s?码"),
    re.compile(rf"\b(?:size|sz)[ :]?(?:is |a )?(?P<size>{_LETTER_SIZE})\b"),
    re.compile(rf"(?<![a-z])(?P<size>{_LETTER_SIZE})(?:\s?(?:码|号|size\b))"),
    re.compile(r"(?<![a-z0-9])(?P<size>xx?s|xx?x?l|[2-6]xl)(?![a-z0-9])"),
    re.compile(r"穿(?P<size>\d{2}(?:\.5)?)(?![\d岁寸])(?=的|码|号|\b|[，,。 ])"),
)
_SIZE_NAMES = {"small": "s", "medium": "m", "large": "l", "extra large": "xl", "2xl": "xxl", "3xl": "xxxl"}
_SIZE_KEYS = frozenset(
    ["size", "sizes", "eu_size", "uk_size", "shoe_size", "clothing_size", "尺码", "码数", "尺寸", "鞋码"]
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A measurement in the text: code points, unit, least and most (equal for an exact one; None: open)."""

    start: int
    end: int
    unit: str
    least: float | None
    most: float | None

    @property
    def told(self) -> str:
        """In words."""
        if self.least == self.most:
            return f"{self.least:g} {self.unit}"
        if self.least is None:
            return f"at most {self.most:g} {self.unit}"
        return (
            f"at least {self.least:g} {self.unit}" if self.most is None else f"{self.least:g}-{self.most:g} {self.unit}"
        )

    def fits(self, other: Measure) -> bool:
        """Whether a product of this measure or range is what ``other`` asks for; 2 % off is still the same."""
        low = max(self.least or 0.0, other.least or 0.0)
        high = min(self.most or float("inf"), other.most or float("inf"))
        return low <= high * 1.02


def measures(folded: str) -> Iterator[Measure]:
    """Measurements in folded text, of each place the first unit that fits."""
    if not _ANY_NUMBER.search(folded):
        return
    taken: list[tuple[int, int]] = []
    for unit, factor, pattern in _MEASURES:
        for match in pattern.finditer(folded):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            value = _number(match["number"])
            named, scale = unit, factor
            if unit == "kg" and factor == 0.001 and value in _STORAGE and not match[0].endswith(("克", "grams")):
                named, scale = "gb", 1.0
            taken.append(match.span())
            low = value * scale
            high = _number(match["to"]) * scale if match["to"] else low
            if low <= 0 or high < low:
                continue
            before, after = folded[max(0, match.start() - 14) : match.start()], folded[match.end() :]
            least: float | None = low
            most: float | None = high
            if low == high and (_LEAST.search(before) or _LEAST_AFTER.match(after)):
                most = None
            elif low == high and (_MOST.search(before) or _MOST_AFTER.match(after)):
                least = None
            yield Measure(match.start(), match.end(), named, least, most)


def _number(written: str) -> float:
    if written[0].isdigit():
        return float(written.replace(",", "" if len(written.partition(",")[2]) == 3 else "."))
    tens, ten, ones = written.partition("十")
    if not ten:
        return float(_HAN[written[-1]])
    return float((_HAN[tens] if tens else 1) * 10 + (_HAN[ones] if ones else 0))


def sizes(folded: str) -> Iterator[tuple[int, int, str]]:
    """Sizes of clothes and shoes named in folded text: code points and the size in one spelling."""
    taken: list[tuple[int, int]] = []
    for pattern in _SIZES:
        for match in pattern.finditer(folded):
            if not any(match.start() < end and start < match.end() for start, end in taken):
                taken.append(match.span())
                yield *match.span(), size_name(match["size"])


def size_name(written: str) -> str:
    """One spelling of a size."""
    text = written.strip().removesuffix("码").removesuffix("号")
    return _SIZE_NAMES.get(text, text.removesuffix(".0"))


def is_size_key(key: str) -> bool:
    """Whether an attribute of this folded name lists sizes of clothes or shoes."""
    return key.replace(" ", "_") in _SIZE_KEYS


def unit_of_key(key: str) -> tuple[str, float] | None:
    """The unit that the name of an attribute ends with, such as ``capacity_l``, and its factor."""
    last = re.split(r"[_\s(]", key.rstrip(")"))[-1]
    for unit, factor, words in _UNITS:
        if last and re.fullmatch(words.replace(r"\b", ""), last):
            return unit, factor
    return None

"""How a reader sees a text: wide letters narrow, hidden characters gone, spelled digits as digits; each traced back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

SPELLED_DIGITS = 10
"""So many digits in a row, at least some of them as words, are read as a number that is being dictated."""

_ENGLISH = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
}  # fmt: skip
_CHINESE = dict(zip("零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789", strict=True))
_TIMES = {"double": 2, "triple": 3}
_WORD = rf"(?:(?:double|triple)[ -])?+(?:{'|'.join(_ENGLISH)})(?![a-z])"
_SPELLED = re.compile(
    rf"(?<![A-Za-z0-9.])\+?(?:(?:{_WORD}|[{''.join(_CHINESE)}]|[0-9])[ \t,、.·-]{{0,3}}+){{6,}}+", re.IGNORECASE
)
_SPELLED_UNIT = re.compile(rf"{_WORD}|[{''.join(_CHINESE)}]|[0-9]", re.IGNORECASE)
_SPELLED_WORD = re.compile(_WORD, re.IGNORECASE)
_SIGNS = str.maketrans({**_CHINESE, ",": " ", "、": " "})
_FIGURES = frozenset("0123456789")
_MOBILE = re.compile(r"1[3-9][0-9]{9}\Z")
_HIDDEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u3164\ufe00-\ufe0f\ufeff"
    r"\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\ufe58\ufe63\uff0d"
_WIDE = re.compile(r"[\uff01-\uff5e\u24b6-\u24e9\U0001d400-\U0001d7ff\ufe50-\ufe6b]")


class Hit(NamedTuple):
    """Personal data found: where it begins and ends, and its kind."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class View:
    """The text as seen; ``starts[i]`` and ``ends[i]`` are where character ``i`` begins and ends in the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def see(text: str) -> View:
    """The reader's view of ``text``, with a way back for every character."""
    return _with_digits(_unhidden(text))


def _unhidden(text: str) -> View:
    if text.isascii():
        return View(text, range(len(text)), range(1, len(text) + 1))
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for place, char in enumerate(text):
        seen = char if char.isascii() else _seen(char)
        if seen:
            letters.append(seen)
            starts.append(place)
            ends.append(place + 1)
        elif ends:  # what is hidden behind a character goes with it
            ends[-1] = place + 1
    return View("".join(letters), starts, ends)


@lru_cache(maxsize=4096)
def _seen(char: str) -> str:
    """One character for ``char``, or none where it is not seen at all."""
    if "\u4e00" <= char <= "\u9fff":
        return char
    if _HIDDEN.match(char):
        return ""
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    if char in _DASHES or char.isspace():
        return "-" if char in _DASHES else " "
    if _WIDE.match(char):
        narrow = unicodedata.normalize("NFKC", char)
        return narrow if len(narrow) == 1 else char
    return char


def _with_digits(seen: View) -> View:
    """Long runs of spelled digits as digits; shorter ones are words ("三四天", "one or two").

    Separators stay: two numbers dictated one after the other are still two.
    """
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0

    def keep(begin: int, end: int, table: dict[int, str]) -> None:
        letters.append(seen.text[begin:end].translate(table))
        starts.extend(seen.starts[begin:end])
        ends.extend(seen.ends[begin:end])

    for run in _SPELLED.finditer(seen.text):
        if not _dictated(_SPELLED_UNIT.findall(run[0])):
            continue
        keep(done, run.start(), {})
        done = run.start()
        for word in _SPELLED_WORD.finditer(seen.text, *run.span()):
            keep(done, word.start(), _SIGNS)
            written = " ".join(_digits(word[0].lower()))
            letters.append(written)
            starts += [seen.starts[word.start()]] * len(written)
            ends += [seen.ends[word.end() - 1]] * len(written)
            done = word.end()
        keep(done, run.end(), _SIGNS)
        done = run.end()
    if not done:
        return seen
    keep(done, len(seen.text), {})
    return View("".join(letters), starts, ends)


def _dictated(units: list[str]) -> bool:
    """Whether so many digits were spelled that they are a number, and not words beside one ("周一 138...")."""
    number = "".join(unit.translate(_SIGNS) if len(unit) == 1 else _digits(unit.lower()) for unit in units)
    if len(number) < SPELLED_DIGITS:
        return False
    words = [place for place, unit in enumerate(units) if unit not in _FIGURES]
    inside = any(0 < place < len(units) - 1 for place in words)
    return len(words) > 2 or inside or bool(words and _MOBILE.match(number))


def _digits(word: str) -> str:
    times, _, digit = word.replace("-", " ").rpartition(" ")
    return _ENGLISH[digit] * _TIMES.get(times, 1)

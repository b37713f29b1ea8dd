"""What a time in a text looks like, and how forms of one language are found in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from purchase_agent.predictors.festivals import Span
from purchase_agent.predictors.subject_words import TRADITIONAL

_MORE_TRADITIONAL = "週周禮礼號号節节歲岁開开誕诞慶庆婦妇親亲內内鐘钟陽阳齋斋復复終终預预領领獎奖過过聖圣國国"
_PAIRS = TRADITIONAL + _MORE_TRADITIONAL
_SIMPLE = str.maketrans(dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)) | {"\u2019": "'", "\u2018": "'"})
_NARROW = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B)}

Reading = tuple[str, Span | None] | None
"""Name of the form and the days; None for both, or for the days, where the words are no date after all."""
Reader = Callable[[re.Match[str], date, str], Reading]
"""Match, day of writing and time zone -> what it says."""


def fold(text: str) -> str:
    """Lower case, narrow digits and letters, simplified characters; every code point keeps its place."""
    lowered = text.translate(_NARROW).lower()
    if len(lowered) != len(text):  # a letter such as İ, whose small form is two
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text.translate(_NARROW))
    return lowered.translate(_SIMPLE)


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a time.

    Args:
        pattern: on folded text; a group ``says`` marks the time where words before it belong to the pattern.
        forward: it can only speak of the future (tomorrow, next month, in three days).
        whole_unit: a week, month, season or year rather than a day.
        worth: below 1 where such words are often no date.
    """

    pattern: re.Pattern[str]
    reader: Reader
    forward: bool = False
    whole_unit: bool = False
    worth: float = 1.0


def form(reader: Reader, *pattern: str, forward: bool = False, whole_unit: bool = False, worth: float = 1.0) -> Form:
    """A form whose pattern is given in pieces."""
    return Form(re.compile("".join(pattern)), reader, forward, whole_unit, worth)


@dataclass(frozen=True, slots=True)
class Mention:
    """Words that name a time: code points, name of their form, the days they mean; the rest as in ``Form``.

    ``days`` is None where they mean none (last Friday): no other form may read a part of them.
    """

    start: int
    end: int
    form: str
    days: Span | None
    forward: bool = False
    whole_unit: bool = False
    worth: float = 1.0


def find(forms: Iterable[Form], folded: str, today: date, zone: str) -> Iterator[Mention]:
    """Mentions in ``folded``; of overlapping ones that of the earlier form comes first."""
    for one in forms:
        for match in one.pattern.finditer(folded):
            read = one.reader(match, today, zone)
            name, days = read if read is not None else ("", None)
            start = match.start("says") if "says" in one.pattern.groupindex else match.start()
            yield Mention(start, match.end(), name, days, one.forward, one.whole_unit, one.worth)

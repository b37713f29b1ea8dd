"""Days of the calendar that a question names: before Black Friday, since January, 国庆期间.

The planner knows no day, so how far off these are cannot be told here: they are only found, so that no other window is
told in their place without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from purchase_agent.insights.planning_lists import words
from purchase_agent.predictors import festivals

Way = Literal["until", "within", "since"]

_MONTH = (
    r"(?:january|february|april|june|july|august|september|october|november|december"
    r"|(?:jan|feb|apr|aug|sept?|oct|nov|dec)\.?(?= |$))"
)
_ANY_MONTH = rf"(?:{_MONTH}|march|may|mar\.?(?= |$))"
_DIGITS = "一二三四五六七八九十"
_SURE = re.compile(
    rf"\b20\d\d-[01]?\d-[0-3]?\d\b|\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_ANY_MONTH}\b"
    rf"|\b{_ANY_MONTH} (?:the )?\d{{1,2}}(?:st|nd|rd|th)?\b(?!\d)|\b{_MONTH}(?![a-z])"
    r"|(?<![\d个近去每这那本下上半几两第.])(?<!未来)(?<!过去)(?<!最近)(?<!接下来)"
    rf"(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月(?!内|之内|以内)(?:份|底|初|中旬|上旬|下旬)?"
    rf"(?:(?:[0-3]?\d|[{_DIGITS}]{{1,3}})[日号])?"
    r"|20\d\d年[01]?\d月(?:[0-3]?\d[日号])?"
)
"""Times of the calendar wherever they stand; the month comes before what else begins with its number."""
_BESIDE_A_SIGN = re.compile(
    r"\b(?:march|may|summer|winter|spring|autumn|fall|q[1-4]|(?:summer |winter |school |bank )?holidays?(?: season)?"
    r"|vacations?|semester|pay ?day|(?:summer |winter |big |flash )?sales? (?:day|season|starts?)"
    r"|(?:the )?\d{1,2}(?:st|nd|rd|th)|[0-3]?\d[/.][01]?\d)\b"
    r"|过节|假期|放假|大促|发工资|发薪|入冬|入夏|换季|开春|春天|夏天|秋天|冬天|暑假|寒假|学期"
    rf"|(?<![季过\w])节(?=之?前)|(?<![\d{_DIGITS}几两半去今明后数多])年(?=前)"
    rf"|(?<![双第\d{_DIGITS}])十一(?=之?前|以前|期间|长假|假期|黄金周|当天)|(?<!\d)[0-3]?\d号"
)
"""What is a time only beside a sign of it: "may", "spring"."""
_ARTICLE = (
    r"(?:(?:the|this|that|next|coming|upcoming|our|about|around|early|mid|late|start of|beginning of|middle of|end of"
    r"|first|second|half of|week of|month of|whole of|rest of|all of)[ -])*"
)
_ENGLISH: tuple[tuple[Way, re.Pattern[str]], ...] = (
    (
        "until",
        re.compile(
            r"\b(?:before|by|until|till?|'til|ahead of|prior to|up (?:to|until|till)|in time for|leading up to"
            rf"|run[- ]up to|no later than|earlier than|through to) {_ARTICLE}$"
        ),
    ),
    ("since", re.compile(rf"\b(?:since|ever since|last|past|previous|back in|from) {_ARTICLE}$")),
    ("within", re.compile(rf"\b(?:in|at|on|over|during|around|throughout|through|after|following|come) {_ARTICLE}$")),
)
_COMING, _SEASON = re.compile(r"\b(?:this|next|coming|upcoming) $"), re.compile(r"summer|winter|spring|autumn|fall")
"""``next summer`` is a window that the planner knows: too far off."""
_MEANT_FOR = re.compile(rf"\bfor {_ARTICLE}$|(?<!因)为了?$")
"""What is bought for a day is bought before it, unless the day is a reason that filters know."""
_CHINESE_DAY = r"(?:节|长假|假期|黄金周|大促|活动|那?天|当天|这天|预售)?(?:来临|到来|开始|结束|到)?"
_AFTER: tuple[tuple[Way, re.Pattern[str]], ...] = (
    ("until", re.compile(rf"{_CHINESE_DAY}(?:之前|以前|前夕|前)(?![后台端])")),
    ("since", re.compile(rf"{_CHINESE_DAY}(?:以来|至今|到现在|到今天|起)")),
    (
        "within",
        re.compile(rf"{_CHINESE_DAY}(?:期间|时候|的时候|时|前后|左右|之后|以后|过后|后|里|当天|那天|这天)"),
    ),
)
_BEFORE_CHINESE: tuple[tuple[Way, re.Pattern[str]], ...] = (
    ("since", re.compile(r"(?:从|自|自从|去年|上个|上一个|上次)(?:的)?$")),
    ("until", re.compile(r"(?:赶在|截至|截止到?|等到|直到|到)(?:今年)?(?:的)?$")),
    ("within", re.compile(r"(?:在|于|趁)(?:今年)?(?:的)?$")),
)
_ALONE = (
    re.compile(r"(?:^|[,;:(，。；：、？?!]\s?|今年|这个|本届)$"),
    re.compile(
        r"(?:节|大促| sales?| week| season)*"
        r"(?:\s*[,;:)?!，。；：？]|\s*$|\s*(?:谁|哪|有多少|能|会|要|大家|大概|预计))"
    ),
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A time of the calendar at characters ``start`` to ``end``, with the words that say how it is meant."""

    start: int
    end: int
    way: Way


def dated(text: str) -> Iterator[Dated]:
    """The times of the calendar in folded text that are meant as such: no "christmas gift"."""
    spans = [(start, end, False) for start, end, _ in festivals.find(text)]
    spans += [(one.start(), one.end(), True) for one in _SURE.finditer(text)]
    spans += [(one.start(), one.end(), False) for one in _BESIDE_A_SIGN.finditer(text)]
    spans.sort(key=lambda one: (one[0], one[0] - one[1]))
    last = 0
    for start, end, sure in spans:
        if start < last:
            continue
        found = _meant(text, start, end, sure=sure)
        if found is not None:
            last = found.end
            yield found


def _meant(text: str, start: int, end: int, *, sure: bool) -> Dated | None:
    for way, asked in _AFTER:
        if after := asked.match(text, end):
            return Dated(start, after.end(), way)
    for way, asked in (*_ENGLISH, *_BEFORE_CHINESE):
        if before := asked.search(text[:start]):
            return Dated(before.start(), end, way)
    said = text[start:end]
    if (before := _COMING.search(text[:start])) and not _SEASON.fullmatch(said):
        return Dated(before.start(), end, "within")
    if (before := _MEANT_FOR.search(text[:start])) and said not in words("motivation")["occasion"]:
        return Dated(before.start(), end, "until")
    alone = _ALONE[0].search(text[:start]) and _ALONE[1].match(text, end)
    named = re.search(r"[a-z\u3400-\u9fff]{2}", said)  # a number alone may be any
    return Dated(start, end, "within") if sure or (alone and named) else None

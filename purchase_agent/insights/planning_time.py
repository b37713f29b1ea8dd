"""Windows of time and runs named in a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from purchase_agent.insights.planning_lists import named, pattern, words
from purchase_agent.insights.queries import DAYS, Days

HORIZON = 90
SLACK = 2
"""Days by which months and quarters differ in length."""
_NUMBERS = {word: float(number) for number, some in words("number").items() for word in some}
_ORDINALS = {word: int(number) for number, some in words("ordinal").items() for word in some}
_UNITS = {
    "hour": 1 / 24, "day": 1, "week": 7, "fortnight": 14, "month": 30, "quarter": 90, "year": 365,
    "小时": 1 / 24, "天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "季度": 90, "年": 365,
}  # fmt: skip
_FIXED = tuple((pattern(f"window:{days}"), float(days)) for days in named("window:"))
_COUNTED = re.compile(
    rf"(?P<number>\d{{1,4}}|\b(?:{'|'.join(sorted(filter(str.isascii, _NUMBERS), key=len, reverse=True))})\b"
    r"|[半一两二俩三四五六七八九十几]{1,3})[\s-]*整?个?\s*"
    r"(?P<unit>hours?\b|days?\b|weeks?\b|fortnights?\b|months?\b|quarters?\b|years?\b"
    r"|小时|天|日(?!常)|周|星期|礼拜|月(?!份)|季度|年)"
)
_PAST, _RUN, _BEFORE = pattern("past_window"), pattern("run"), pattern("run_before")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time at characters ``start`` to ``end``. ``days`` is None where it lies in the past."""

    start: int
    end: int
    days: float | None


def windows(text: str) -> list[Window]:
    """The windows in folded text, in order, apart from each other."""
    found = [Window(one.start(), one.end(), None) for one in _PAST.finditer(text)]
    for fixed, days in _FIXED:
        found += [Window(one.start(), one.end(), days) for one in fixed.finditer(text)]
    for one in _COUNTED.finditer(text):
        number = one["number"]
        count = float(number) if number.isdigit() else _NUMBERS.get(number, 0)
        unit = one["unit"].rstrip("s") if one["unit"].isascii() else one["unit"]
        if count:
            found.append(Window(one.start(), one.end(), count * _UNITS[unit]))
    found.sort(key=lambda one: (one.start, one.start - one.end))
    apart: list[Window] = []
    for each in found:
        if not apart or each.start >= apart[-1].end:
            apart.append(each)
    return apart


def step(days: float, kept: Sequence[Days] = DAYS) -> Days:
    """The window that is kept for so many days: the nearest that is not shorter, but for a ``SLACK``."""
    return next((one for one in kept if days <= one + slack(one)), kept[-1])


def slack(days: int) -> int:
    """Days more that are the same window: two months have 62 days and a quarter 92, but two days are not one."""
    return SLACK if days >= 30 else 0


def runs(text: str) -> list[tuple[int, int, int]]:
    """Start, end and number of each run named by its number."""
    found = []
    for one in _RUN.finditer(text):
        told = next(part for part in one.groups() if part)
        number = int(told) if told.isdigit() else _ORDINALS.get(told) or int(_NUMBERS[told])
        found.append((one.start(), one.end(), number))
    return found


def before(text: str) -> re.Match[str] | None:
    """Where the run before is named."""
    return _BEFORE.search(text)

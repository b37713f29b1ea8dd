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
_HOW_MANY = rf"(?:\d{{1,3}}|{'|'.join(sorted(filter(str.isascii, _NUMBERS), key=len, reverse=True))}|several|many)"
_ALSO_PAST = re.compile(
    rf"\b(?:last|past|previous|preceding) (?:(?:{_HOW_MANY}|couple of|or|to|full|whole|entire|calendar) )*"
    r"(?:night|evening|fortnight|day|week|weekend|month|quarter|year|season|spring|autumn|fall|winter)s?\b"
    rf"|\b(?:{_HOW_MANY} )?(?:day|week|fortnight|month|quarter|year)s? ago\b"
    r"|\bearlier (?:this|in the) (?:day|week|month|quarter|year)\b|\bthe other (?:day|week)\b"
    r"|\b(?:this|the) (?:week|month|quarter|year) so far\b|\bso far (?:this|in the) (?:week|month|quarter|year)\b"
    r"|\bthe (?:day|week|month|quarter|year) before last\b|\b(?:week|month|quarter|year)[- ]to[- ]date\b"
    r"|\b(?:in )?recent (?:days|weeks|months)\b"
    r"|\bsince (?:the )?(?:start|beginning) of (?:the|this) (?:week|month|quarter|year)\b"
    r"|上一?个?(?:月|周|星期|礼拜|季度|年度)|前天|前几天|前些天|前阵子|前段时间|前年|昨[天晚日]|上半年"
    r"|(?:\d{1,3}|[半一两二三四五六七八九十几]{1,3})个?(?:多)?(?:天|周|星期|礼拜|月|季度|年)(?:之|以)?前"
    r"|(?:今年|本月|这个月|本周|这周|本季度|[年月周]初)以来|过去的?[半一两三四五六七八九十几\d]*个?(?:天|周|星期|礼拜|月|季度|年)"
)
"""More of what is over, in front of which a number of days would be read as one to come."""
_WEEKDAY = re.compile(
    r"\b(?:by|before|until|till|on) (?:this |next )?(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"|(?:这|本|下)?(?:周|星期|礼拜)[一二三四五六日天](?:之前|以前|前)?"
)
_RUNS = r"(?:runs?|scorings?|batch(?:es)?)"
_AGO = re.compile(
    rf"\b(?P<english>{_HOW_MANY}) {_RUNS} (?:ago|back|before|earlier)\b"
    rf"|\b(?P<twice>(?:the )?(?:{_RUNS}|one|time) before (?:last|the (?:last|previous)(?: (?:one|time|{_RUNS}))?)\b)"
    r"|(?P<chinese>\d{1,3}|[两二三四五六七八九十])(?:次|轮|批)(?:运行|评分|打分)?(?:之|以)?前|(?P<again>上上一?(?:次|轮|回|批)(?:运行|评分|打分)?)"
)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time at characters ``start`` to ``end``. ``days`` is None where it lies in the past."""

    start: int
    end: int
    days: float | None


def windows(text: str) -> list[Window]:
    """The windows in folded text, in order, apart from each other."""
    found = [Window(one.start(), one.end(), None) for past in (_ALSO_PAST, _PAST) for one in past.finditer(text)]
    found += [Window(one.start(), one.end(), 7) for one in _WEEKDAY.finditer(text)]
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


def runs_ago(text: str) -> tuple[int, int, int] | None:
    """Start, end and number where a run is named by how many lie between, if more than one."""
    one = _AGO.search(text)
    if one is None:
        return None
    told = one["english"] or one["chinese"]
    if told is None:
        return one.start(), one.end(), 2
    number = int(told) if told.isdigit() else int(_NUMBERS.get(told, 0))
    return (one.start(), one.end(), number) if number > 1 else None


def before(text: str) -> re.Match[str] | None:
    """Where the run before is named."""
    return _BEFORE.search(text)

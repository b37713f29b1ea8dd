"""Holds a planned query against the time that its question names: none is answered for another time without a word."""

from __future__ import annotations

import re
from dataclasses import replace

from purchase_agent.insights.names import Both
from purchase_agent.insights.planning_slots import Slots
from purchase_agent.insights.planning_wanted import DEMAND_DAYS, Wanted
from purchase_agent.insights.queries import DAYS, AnyQuery, CompareQuery, DemandQuery, MovementQuery, ReadyQuery
from purchase_agent.insights.source import Values

_AHEAD = re.compile(
    r"\bwill\b|'ll\b|\b(?:going to|gonna|expect\w*|forecast\w*|demand|predict\w*|likely|ready|next|coming)\b"
    r"|会|将|能卖|要[买备卖]|准备|打算|预计|预测|需求|可能|想买"
)
"""Signs that a month is one to come."""
_WEEK = re.compile(
    r"\b(?:last|the past|previous|preceding) week\b|\b(?:a|one) week ago\b|上一?个?(?:周(?!末)|星期|礼拜)|一周前"
)
"""What people say who mean the run before."""
_SINCE = re.compile(
    r"\bsince (?!then\b|that\b|it\b|last\b|the (?:last|previous)\b|q)[a-z]|[^\s，。、]以来|[从自][^，。]{1,10}到现在"
)
_CHOICES = 4
"""Most earlier runs that are named when it is asked back since which one."""
_WITHOUT_WINDOW = frozenset({"barriers", "motivations", "funnel", "top", "next_steps", "evidence", "profile"})
_WHICH_WINDOW: Both = (
    "How many days it is until then I cannot tell here. Which window do you want: {} or {} days?",
    "我无法在这里推算到那时还有多少天。请问要看哪个窗口：{}还是{}天？",
)
_AS_OF_NOW: Both = (
    "That is told as of a run, and for no other time of the calendar. Ask without the date to hear how it is now.",
    "这只能按某次运行时的情况来说，不能按日历上的某个时间。去掉日期再问，就能看现在的情况。",
)
_SINCE_WHICH: Both = (
    "Movement is told between runs, not from a day of the calendar. Since which: {}?",
    "变化只能在两次运行之间比较，不能从日历上的某一天算起。请问与哪次运行相比：{}？",
)
_SO_MANY_RUNS: Both = (
    "There are not so many runs before this one. Since which: {}?",
    "之前没有那么多次运行。请问与哪次运行相比：{}？",
)
_LAST: Both = ("the last run", "上一次")
_BY_NUMBER: Both = ("run {}", "第{}次")
_RUN_BEFORE: Both = (
    "Told since the run before; how long ago that was is said below.",
    "按与上一次运行相比回答，两次运行的日期见下文。",
)
_NO_WINDOW: Both = (
    "Told as of the run: no window of days applies to this.",
    "按运行时的情况回答，这类问题不分时间窗口。",
)


def in_time(wanted: Wanted, text: str, found: Slots, values: Values) -> Wanted:
    """The same where it answers for the time that was asked about; else a refusal or a question back.

    Args:
        wanted: what was made of the question without looking at the calendar.
        text: the folded question.
        values: with the numbers of the store's runs, the newest first.
    """
    query = wanted.query or next((one.query for one in wanted.choices if one.query is not None), None)
    if query is None:
        return wanted
    if isinstance(query, MovementQuery):
        return _moved(wanted, query, text, found, values) if wanted.query is not None else wanted
    ahead = found.dated == "until" or (found.dated == "within" and _AHEAD.search(text) is not None)
    if query.kind == "overview":
        return _noted(wanted) if found.past or found.dated else wanted
    if found.past or (found.dated is not None and not ahead):
        return Wanted(reason="past")
    if ahead:
        return _which_window(query) if wanted.query is not None else wanted
    days_apply = query.kind not in _WITHOUT_WINDOW
    return wanted if days_apply or found.days is None or found.days <= 1 else _noted(wanted)


def _which_window(query: AnyQuery) -> Wanted:
    kept = _kept(query)
    if not kept:
        return Wanted(said=_AS_OF_NOW, choices=(Wanted(query),))
    english, chinese = (
        said.format(sign.join(map(str, kept[:-1])), kept[-1])
        for said, sign in zip(_WHICH_WINDOW, (", ", "、"), strict=True)
    )
    some = tuple(Wanted(query.model_copy(update={"days": days})) for days in kept)
    return Wanted(said=(english, chinese), choices=some)


def _kept(query: AnyQuery) -> tuple[int, ...]:
    """The windows that are kept of a kind; none where it has no window."""
    if isinstance(query, DemandQuery):
        return DEMAND_DAYS
    return (
        DAYS if isinstance(query, ReadyQuery) or (isinstance(query, CompareQuery) and query.measure == "ready") else ()
    )


def _moved(wanted: Wanted, query: MovementQuery, text: str, found: Slots, values: Values) -> Wanted:
    if found.ago and not found.runs:
        if found.ago < len(values.runs):
            return replace(wanted, query=query.model_copy(update={"since": values.runs[found.ago]}))
        return _since_which(query, values, _SO_MANY_RUNS)
    if found.runs or found.before:
        return wanted
    if found.past and found.dated is None and _WEEK.search(text):
        return replace(wanted, notes=(*wanted.notes, _RUN_BEFORE))
    if found.past or found.dated is not None or _SINCE.search(found.masked):
        return _since_which(query, values, _SINCE_WHICH)
    return wanted


def _since_which(query: MovementQuery, values: Values, said: Both) -> Wanted:
    earlier = values.runs[2 : _CHOICES + 1]
    some = [query.model_copy(update={"since": number}) for number in (None, *earlier)]
    english, chinese = (
        one.format(sign.join([last, *map(number.format, earlier)]))
        for one, last, number, sign in zip(said, _LAST, _BY_NUMBER, (", or ", "、"), strict=True)
    )
    return Wanted(said=(english, chinese), choices=tuple(map(Wanted, some)))


def _noted(wanted: Wanted) -> Wanted:
    return replace(wanted, notes=(*wanted.notes, _NO_WINDOW))

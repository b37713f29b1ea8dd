"""What the planner hands on: a typed query or why there is none, and how slots become parts of a query."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from purchase_agent.insights.answers import Choice
from purchase_agent.insights.describing import describe
from purchase_agent.insights.names import Both
from purchase_agent.insights.planning_cues import BY, CATEGORIES, ITEMS, SEARCHES, SYNONYMS
from purchase_agent.insights.planning_slots import Slots, split_tails
from purchase_agent.insights.planning_time import slack, step
from purchase_agent.insights.queries import CONDITIONS, DAYS, AnyQuery, Days, Filter, Language, read_query

SLOTS = ("category", "item", "motivation", "barrier", "intent", "language", "customers")
"""Those of a filter."""
DEMAND_DAYS: tuple[Days, ...] = (7, 14, 30, 60, 90)
_IT = re.compile(r"\b(?:that|this|it|them|they|these|those)\b|这个|这些|那个|那些|他们|她们|它|其中")
_LOOSE = frozenset({"after", "next", "say", "words", "or", "more", "问题", "做什么用", "based on", "评价", "评论"})
_SNAPPED: Both = (
    "Told for {told}: {what} is told in steps of {steps} and {last} days.",
    "按{told}回答：{what}只按{steps}、{last}天计算。",
)
_CHANCE: Both = ("the chance of a purchase", "购买概率")
_UNITS: Both = ("demand", "需求件数")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query, or why there is none: ``reason`` for which it is refused, or ``choices`` to ask back about."""

    query: AnyQuery | None = None
    reason: str | None = None
    said: Both | None = None
    choices: tuple[Wanted, ...] = ()
    notes: tuple[Both, ...] = ()

    def choice(self, language: Language) -> Choice | None:
        """The query as a choice."""
        return None if self.query is None else Choice(title=describe(self.query, language), query=self.query)


def query_of(given: Mapping[str, Any], notes: tuple[Both, ...] = ()) -> Wanted:
    """The query of plain data; refused where it has too many conditions."""
    chosen = [given.get(name) or {} for name in ("filter", "first", "second")]
    if any(len(one) > CONDITIONS for one in chosen):
        return Wanted(reason="narrow")
    return Wanted(read_query({name: value for name, value in given.items() if value is not None}), notes=notes)


def conditions_of(found: Slots, without: str | None = None) -> dict[str, list[str]]:
    """Slot of a filter -> the values named."""
    told = {slot: found.of(slot) for slot in SLOTS if slot != without}
    return {slot: some for slot, some in told.items() if some}


def two_sided(conditions: Mapping[str, Sequence[str]]) -> str | None:
    """The slot of which two values are named, if there is one."""
    return next((slot for slot, some in conditions.items() if len(some) == 2), None)


def one_each(conditions: Mapping[str, Sequence[str]], text: str, before: AnyQuery | None) -> dict[str, str]:
    """A filter; that of the query before where the question names none but speaks of them."""
    told = {slot: some[0] for slot, some in conditions.items()}
    if "item" in told:
        told.pop("category", None)
    if not told and before is not None and _IT.search(text):
        chosen: Filter | None = getattr(before, "filter", None)
        return chosen.conditions() if chosen is not None else {}
    return told


def grouping(text: str) -> str | None:
    """What an answer is to be split by."""
    tails = split_tails(text)
    told = (name for _, _, name in tails)
    return next((name for name, asked in BY if asked.search(text)), None) if not tails else next(told)


def lists_of(text: str) -> list[str]:
    """Which lists are asked for: searches, categories, items."""
    told = (("searches", SEARCHES), ("categories", CATEGORIES), ("items", ITEMS))
    return [name for name, asked in told if asked.search(text)]


def window_of(days: float) -> int:
    """The window of chances for so many days."""
    return step(days)


def demand_days(days: float) -> int:
    """The window of demand for so many days."""
    return step(days, DEMAND_DAYS)


def snapped(asked: float | None, told: int, kept: Sequence[int] = DAYS) -> tuple[Both, ...]:
    """A note where another window is told than the one asked for; ``kept``: all there are of its kind."""
    if asked is None or abs(asked - told) <= slack(told):
        return ()
    what = _CHANCE if kept is DAYS else _UNITS
    days = f"{told} day" if told == 1 else f"{told} days", f"{told}天"
    told_in = (", ", "、")
    return (
        (
            _SNAPPED[0].format(told=days[0], what=what[0], steps=told_in[0].join(map(str, kept[:-1])), last=kept[-1]),
            _SNAPPED[1].format(told=days[1], what=what[1], steps=told_in[1].join(map(str, kept[:-1])), last=kept[-1]),
        ),
    )


def run_of(found: Slots) -> dict[str, int]:
    """The run that is named."""
    return {"run": found.runs[0]} if found.runs else {}


def speaks_of(text: str, cue: str) -> bool:
    """Whether a question has a word of a list of cues."""
    return _cue(cue).search(text) is not None


@cache
def _cue(name: str) -> re.Pattern[str]:
    some = [one for one in SYNONYMS[name] if one not in _LOOSE]
    gap = r" (?:\w+ ){0,3}?"
    latin = [rf"\b{gap.join(map(re.escape, one.split()))}\b" for one in some if one.isascii()]
    return re.compile("|".join([*latin, *(re.escape(one) for one in some if not one.isascii())]))

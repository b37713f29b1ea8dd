"""What the planner hands on: a typed query or why there is none, and how slots become parts of a query."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from purchase_agent.insights.answers import Choice
from purchase_agent.insights.describing import describe
from purchase_agent.insights.names import Both, label, put
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


_AND = re.compile(
    r"[\s's]*(?:,|&|/|、|\b(?:and|or|vs\.?|versus|against|than|as well as|compared (?:to|with)|beside|next to)\b"
    r"|和|与|跟|及|以及|还有|或者?|还是|对比|相比|比)+"
    r"[\s,]*(?:\b(?:also|then|for|on|in|about|the|a|our|those|people|shoppers)\b\s*|对|买|看|想买)*"
)
_WITHIN = re.compile(
    r"[\s,()（）「」“”\"'-]*(?:\b(?:the|in|of|from|within|among|under|our|a)\b\s*|里|中|的|类|品类|这款|那款)*"
    r"[\s,()（）「」“”\"'-]*"
)
"""Between an item and its category: the kettle in kitchen, 手机phone-pro."""
_ONE_AT_A_TIME: Both = ("That is told for one at a time: {} or {}?", "这类问题一次只看一个：{}还是{}？")
TOO_MANY: Both = ("At most two at a time: which two?", "一次最多两个，请问是哪两个？")


@dataclass(frozen=True, slots=True)
class Sides:
    """Groups that a question names beside each other, two or more, and the conditions that hold for each."""

    groups: tuple[dict[str, str], ...]
    shared: dict[str, str]

    def filters(self) -> list[dict[str, str]]:
        """A filter for each."""
        return [{**self.shared, **one} for one in self.groups]


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


def sides(conditions: Mapping[str, Sequence[str]], text: str, found: Slots) -> Sides | None:
    """The groups that are named beside each other; None where there is one."""
    several = {slot for slot, some in conditions.items() if len(some) > 1}
    products = [slot for slot in ("category", "item") if slot in conditions]
    groups: list[dict[str, str]] = []
    if len(products) == 2 and (several & set(products) or _beside(text, found, _AND)):
        named = [(one.slot, one.value) for one in found.mentions if one.value in conditions.get(one.slot, ())]
        groups = [{slot: value} for slot, value in dict.fromkeys(named) if slot in products]
        several |= set(products)
    elif several:
        groups = [{slot: value} for slot in conditions if slot in several for value in conditions[slot]]
    shared = {slot: some[0] for slot, some in conditions.items() if slot not in several}
    return Sides(tuple(groups), _narrowed(shared, text, found)) if groups else None


def one_at_a_time(given: Mapping[str, Any], apart: Sides) -> Wanted:
    """A query for each group, asked back: the kind tells one at a time."""
    if len(apart.groups) > 2:
        return Wanted(said=TOO_MANY)
    some = tuple(query_of({**given, "filter": one}) for one in apart.filters())
    spoken: tuple[Language, Language] = ("en", "zh")
    english, chinese = (
        put(language, _ONE_AT_A_TIME).format(*(label(*told, language) for one in apart.groups for told in one.items()))
        for language in spoken
    )
    return next((one for one in some if one.query is None), Wanted(said=(english, chinese), choices=some))


def _beside(text: str, found: Slots, between: re.Pattern[str]) -> bool:
    """Whether nothing but this stands between an item and a category."""
    some = sorted((one for one in found.mentions if one.slot in ("category", "item")), key=lambda one: one.start)
    return any(one.slot != two.slot and between.fullmatch(text[one.end : two.start]) for one, two in pairwise(some))


def _narrowed(told: dict[str, str], text: str, found: Slots) -> dict[str, str]:
    """Conditions without the category that an item is in; both where they are named apart, as two conditions."""
    if {"category", "item"} <= told.keys() and (len(told) > CONDITIONS or _beside(text, found, _WITHIN)):
        return {slot: value for slot, value in told.items() if slot != "category"}
    return told


def one_each(
    conditions: Mapping[str, Sequence[str]], text: str, found: Slots, before: AnyQuery | None
) -> dict[str, str]:
    """A filter; that of the query before where the question names none but speaks of them."""
    told = _narrowed({slot: some[0] for slot, some in conditions.items()}, text, found)
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

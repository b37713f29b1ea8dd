"""What answers are put together from: rows and charts of groups, and the sentences that every answer has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from purchase_agent.insights import intervals
from purchase_agent.insights.answers import Answer, Chart, Mark, Row, Table
from purchase_agent.insights.groups import Group, Scope
from purchase_agent.insights.names import LABELS, Both, group, label, put, say
from purchase_agent.insights.privacy import FLOOR, Told
from purchase_agent.insights.queries import AnyQuery, Language

_SAYS_NOTHING = "unknown"


def rows(groups: Sequence[Group], task: str, whole: int, language: Language) -> list[Row]:
    """Groups as rows with shares of ``whole`` (in tens), the largest first. Of a closed set of labels all are there,
    so that a missing one tells nothing; of the shop's own names those that may be told."""
    found = {one.label: one.told for one in groups}
    closed = LABELS.get(task)
    if closed is not None:
        found = {name: found.get(name, Told(None, "few")) for name in closed}
    else:
        found = dict(sorted(found.items()))  # by name: the order of equal ones would tell which is larger
    told = [row(name, label(task, name, language), one, whole) for name, one in found.items()]
    if closed is None:
        told = [one for one in told if one.shoppers is not None]
    if task in ("intent", "timing"):
        return told
    return sorted(
        told, key=lambda one: (-(one.shoppers or 0), one.shoppers is None)
    )  # stable: equal ones stay in order


def table(title: str, told: list[Row], language: Language) -> Table:
    """Rows with shares as a table."""
    columns = ["", "顾客数", "占比", "95%区间"] if language == "zh" else ["", "shoppers", "share", "95 % interval"]
    return Table(title=title, columns=columns, unit="share", rows=told)


def bars(title: str, told: Sequence[Row], unit: str = "share") -> Chart | None:
    """Bars of the rows that have a value; None of fewer than two."""
    marks = [
        Mark(label=one.title, value=one.value, low=one.low, high=one.high) for one in told if one.value is not None
    ]
    return Chart(kind="bar", title=title, unit=unit, marks=marks) if len(marks) > 1 else None


def hidden(told: Sequence[Row], language: Language) -> list[str]:
    """Which rows have no number, and why, in words."""
    few = [one.title for one in told if one.hidden == "few"]
    if few and len(few) == len(told):
        return [say(language, _ALL_FEW, floor=FLOOR)]
    protects = [one.title for one in told if one.hidden == "protects"]
    said = []
    if few:
        said.append(say(language, _FEW, floor=FLOOR, names=listed(few, language)))
    if protects:
        said.append(say(language, _PROTECTS, floor=FLOOR, names=listed(protects, language)))
    return said


def largest(told: Sequence[Row], most: int) -> list[Row]:
    """The largest rows that say something."""
    some = (one for one in told if one.shoppers is not None and one.label != _SAYS_NOTHING)
    return sorted(some, key=lambda one: -(one.shoppers or 0))[:most]


def named(one: Row, language: Language) -> str:
    """``price (33%, 25–43%)``."""
    if one.nearly_all:
        inside = put(language, ("nearly all", "几乎全部"))
    else:
        inside = f"{percent(one.value or 0.0)}{put(language, (', ', '，'))}{spread(one.low or 0.0, one.high or 0.0)}"
    return put(language, ("{} ({})", "{}（{}）")).format(one.title, inside)


def listed(names: Iterable[str], language: Language) -> str:
    """Names one after another."""
    return put(language, (", ", "、")).join(list(names))


def percent(value: float) -> str:
    return f"{value:.0%}"


def about(shoppers: int, language: Language, *, people: bool = True) -> str:
    """``about 120 shoppers``."""
    if language == "zh":
        return f"约{shoppers:,}人" if people else f"约{shoppers:,}"
    return f"about {shoppers:,} shoppers" if people else f"about {shoppers:,}"


def spread(low: float, high: float) -> str:
    """``25–43 %``."""
    return f"{low * 100:.0f}–{high * 100:.0f}%"


def start(query: AnyQuery, at: Scope, language: Language) -> dict[str, Any]:
    """The fields that every answer on a group has."""
    return {
        "kind": query.kind, "language": language, "query": query, "left_out": [*at.left_out, *at.replaced],
        "run_id": at.run.run_id, "run": at.run.number, "as_of": at.run.as_of,
    }  # fmt: skip


def applied(at: Scope, language: Language) -> list[str]:
    """What of the filter was not applied, in words."""
    said = [say(language, _REPLACED, item=item, category=category) for item, category in at.replaced.items()]
    return said + [say(language, _LEFT_OUT, slot=put(language, SLOTS[slot])) for slot in at.left_out]


def too_few(query: AnyQuery, at: Scope, language: Language, *, whom: str | None = None) -> Answer:
    """The answer on a group that is too small."""
    name = whom or group(at.applied, language)
    sentence = say(language, _TOO_FEW, floor=FLOOR, name=name)
    return Answer(status="suppressed", sentences=[sentence], suppressed=[name], **start(query, at, language))


def row(name: str, title: str, one: Told | None, whole: int) -> Row:
    """A group as a row with its share of ``whole``; None is a group that nobody is in."""
    if one is None or one.shoppers is None:
        return Row(label=name, title=title, hidden=one.hidden if one is not None else "few")
    value, low, high = intervals.share(min(one.shoppers, whole), whole)
    return Row(
        label=name, title=title, shoppers=one.shoppers, value=value, low=low, high=high, nearly_all=one.nearly_all,
        hidden="rest_few" if one.nearly_all else None,
    )  # fmt: skip


SLOTS: dict[str, Both] = {
    "intent": ("the stage", "阶段"), "motivation": ("the reason", "动机"), "barrier": ("the barrier", "顾虑"),
    "category": ("the category", "品类"), "item": ("the item", "商品"), "language": ("the language", "语言"),
    "customers": ("earlier orders", "是否买过"),
}  # fmt: skip
"""Slot of a filter -> what it is called."""
_ALL_FEW = ("None of the groups has {floor} shoppers.", "所有分组都不足{floor}人。")
_FEW = ("Fewer than {floor} shoppers each, or none: {names}.", "以下各不足{floor}人（或没有）：{names}。")
_PROTECTS = (
    "Not told, since it would give away a group under {floor}: {names}.",
    "为避免反推出不足{floor}人的群体，以下不显示：{names}。",
)
_REPLACED = (
    "Item {item} has nearly all shoppers of {category}, so this is told for {category}.",
    "商品{item}几乎包含了{category}的全部顾客，因此按{category}回答。",
)
_LEFT_OUT = (
    "Nearly all of these shoppers meet the condition on {slot}, so it was left out.",
    "这些顾客几乎都满足“{slot}”这一条件，因此没有按它筛选。",
)
_TOO_FEW = (
    "Fewer than {floor} shoppers, or none ({name}): nothing is told of so small a group.",
    "符合条件的顾客不足{floor}人或没有（{name}），人数这么少的群体不予显示。",
)

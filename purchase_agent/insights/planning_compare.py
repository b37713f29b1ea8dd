"""Questions that put two groups beside each other."""

from __future__ import annotations

from typing import Any

from purchase_agent.insights.names import Both
from purchase_agent.insights.planning_cues import MEASURES
from purchase_agent.insights.planning_slots import Slots
from purchase_agent.insights.planning_wanted import (
    TOO_MANY,
    Sides,
    Wanted,
    conditions_of,
    query_of,
    run_of,
    sides,
    snapped,
    speaks_of,
    window_of,
)

_MEASURE_OF = {
    "barriers": "barrier", "motivations": "motivation", "funnel": "intent", "next_steps": "next_action",
    "timing": "timing",
}  # fmt: skip
_CUES = (
    ("barrier", "barrier"), ("motivation", "why"), ("next_action", "next"), ("timing", "when"), ("intent", "stage"),
)  # fmt: skip
_WHICH: Both = (
    "Which two groups? Name two categories, items, languages, or new and returning customers.",
    "请问比较哪两组？可以是两个品类、商品、语言，或新老顾客。",
)


def compared(text: str, found: Slots) -> Wanted:
    """A comparison of the two groups that are named, or of the one with everybody."""
    told = (name for name, cue in _CUES if speaks_of(text, cue) and len(found.of(name)) < 2)  # two of it: the groups
    measure = next(told, _other_measure(text, found))
    conditions = conditions_of(found, without=measure)
    apart = sides(conditions, text, found)
    for task in ("barrier", "motivation", "intent") if measure == "ready" else ():
        rest = {slot: some for slot, some in conditions.items() if slot != task}
        if task in conditions and (two := sides(rest, text, found)) is not None:  # what the groups are compared by
            conditions, measure, apart = rest, task, two
            break
    if apart is not None:
        return beside_each_other(apart, found, measure)
    alone = {slot: some[0] for slot, some in conditions.items()}
    if {"category", "item"} <= alone.keys():
        products = tuple({slot: alone[slot]} for slot in ("category", "item"))
        rest_of_it = {slot: value for slot, value in alone.items() if slot not in ("category", "item")}
        return beside_each_other(Sides(products, rest_of_it), found, measure)
    if not alone:
        own = found.of(measure)
        return _query({measure: own[0]}, {}, measure, found) if len(own) == 1 else Wanted(said=_WHICH)
    return _query(alone, dict(list(alone.items())[1:]), measure, found)


def _other_measure(text: str, found: Slots) -> str:
    """What two groups are compared by where no kind's own word says so; who buys sooner within days is who is ready."""
    return next(
        (name for name, asked in MEASURES if asked.search(text) and (name != "timing" or found.days is None)), "ready"
    )


def beside_each_other(apart: Sides, found: Slots, measure: str | None = None, *, kind: str = "") -> Wanted:
    """A comparison of two groups."""
    if len(apart.groups) > 2:
        return Wanted(said=TOO_MANY)
    one, other = apart.filters()
    return _query(one, other, measure or _MEASURE_OF.get(kind, "ready"), found)


def _query(first: dict[str, str], second: dict[str, str], measure: str, found: Slots) -> Wanted:
    given: dict[str, Any] = {"kind": "compare", "first": first, "second": second, "measure": measure, **run_of(found)}
    if found.days is None:
        return query_of(given)
    days = window_of(found.days)
    return query_of({**given, "days": days}, notes=snapped(found.days, days) if measure == "ready" else ())

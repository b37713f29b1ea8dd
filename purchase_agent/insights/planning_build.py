"""From a kind of question and what it names to a typed query, or to what has to be asked back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from purchase_agent.insights.names import Both
from purchase_agent.insights.planning_compare import beside_each_other, compared
from purchase_agent.insights.planning_cues import ABOUT, EVERYBODY, QUOTED, READY, READY_GROUP
from purchase_agent.insights.planning_follow import words_behind
from purchase_agent.insights.planning_slots import Slots
from purchase_agent.insights.planning_wanted import (
    DEMAND_DAYS,
    TOO_MANY,
    Wanted,
    conditions_of,
    demand_days,
    grouping,
    lists_of,
    one_at_a_time,
    one_each,
    query_of,
    run_of,
    sides,
    snapped,
    speaks_of,
    window_of,
)
from purchase_agent.insights.planning_when import in_time
from purchase_agent.insights.queries import AnyQuery
from purchase_agent.insights.source import Values

Builder = Callable[[str, Slots, "AnyQuery | None"], Wanted]
_OWN_TASK = {"barriers": "barrier", "motivations": "motivation", "funnel": "intent", "next_steps": "action"}
_OF_ONE = ("motivation", "barrier", "intent")
_MOST_NAMED = 8
_WHO: Both = ("Which shopper? Give the id.", "请问是哪位顾客？请给出编号。")
_NO_GROUPS: Both = (
    "Units are told for everything, a category or an item, not for groups of shoppers.",
    "需求件数只能按全部、品类或商品来算，不能按顾客群体。",
)


def build(kind: str, text: str, found: Slots, values: Values, before: AnyQuery | None = None) -> Wanted:
    """The query of a kind with the slots that were found.

    Args:
        text: the folded question.
        before: the query that was answered last, which ``it`` and ``them`` speak of.
    """
    return in_time(_built(kind, text, found, values, before), text, found, values)


def _built(kind: str, text: str, found: Slots, values: Values, before: AnyQuery | None) -> Wanted:
    if found.shopper_id is not None:
        return _of_one(kind, text, found)
    if kind in ("profile", "overview"):
        return Wanted(said=_WHO) if kind == "profile" else query_of({"kind": kind, **run_of(found)})
    if found.other is not None and (kind == "compare" or not (found.of("category") or found.of("item"))):
        return unknown(found.other, values)
    if any(len(some) > 2 for some in conditions_of(found).values()):
        return Wanted(said=TOO_MANY)
    made = _BUILDERS[kind](text, found, before) if kind in _BUILDERS else _shared(kind, text, found, before)
    return replace(made, notes=(*_nearly(text, found), *made.notes))


def unknown(name: str, values: Values) -> Wanted:
    """What is said of a category or item that the shop does not have."""
    some = ", ".join(sorted(values.categories[:_MOST_NAMED]))
    return Wanted(
        said=(
            f"I know no category or item “{name}” here. There are: {some or '(none)'}.",
            f"这里没有叫“{name}”的品类或商品。主要品类有：{some or '（无）'}。",
        )
    )


def _nearly(text: str, found: Slots) -> tuple[Both, ...]:
    one = found.unsure
    if one is None:
        return ()
    said = text[one.start : one.end]
    return ((f"“{said}” was read as {one.value}.", f"“{said}”按“{one.value}”理解。"),)


def _of_one(kind: str, text: str, found: Slots) -> Wanted:
    if kind != "evidence" and not speaks_of(text, "evidence") and not QUOTED.search(text):
        return query_of({"kind": "profile", "shopper_id": found.shopper_id, **run_of(found)})
    about = {slot: some for slot, some in conditions_of(found).items() if slot in _OF_ONE}
    given = {"kind": "evidence", "shopper_id": found.shopper_id, **run_of(found)}
    if (apart := sides(about, text, found)) is not None:
        return one_at_a_time(given, apart)
    return query_of({**given, "filter": {slot: some[0] for slot, some in about.items()}})


def _shared(kind: str, text: str, found: Slots, before: AnyQuery | None) -> Wanted:
    """Barriers, motivations, stages, next steps, timing."""
    own = _OWN_TASK.get(kind)
    conditions = conditions_of(found, without=own)
    if kind == "timing" and conditions.get("intent") == ["post_purchase"]:  # "by when will they have bought"
        del conditions["intent"]
    if kind not in ("funnel", "timing"):
        conditions |= _those_ready(text, conditions)
    if (apart := sides(conditions, text, found)) is not None:
        return beside_each_other(apart, found, kind=kind)
    focus = found.of(own) if own is not None else []
    given: dict[str, Any] = {"kind": kind, "filter": one_each(conditions, text, found, before), **run_of(found)}
    if len(focus) == 1:
        given["focus"] = focus[0]
    return query_of(given)


def _those_ready(text: str, conditions: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The condition that people are ready to buy, where something else is asked about them."""
    return {"intent": ["ready"]} if "intent" not in conditions and READY_GROUP.search(text) else {}


def _ready(text: str, found: Slots, before: AnyQuery | None) -> Wanted:
    conditions = conditions_of(found)
    if conditions.get("intent") in (["ready"], ["post_purchase"]):
        del conditions["intent"]
    if (apart := sides(conditions, text, found)) is not None:
        return beside_each_other(apart, found)
    days = window_of(found.days) if found.days is not None else 7
    given = {"kind": "ready", "days": days, "filter": one_each(conditions, text, found, before), **run_of(found)}
    by = grouping(text)
    return query_of({**given, **({"by": by} if by not in (None, "week") else {})}, notes=snapped(found.days, days))


def _movement(text: str, found: Slots, before: AnyQuery | None) -> Wanted:
    conditions = conditions_of(found, without="intent")
    given: dict[str, Any] = {"kind": "movement"}
    if len(found.runs) > 1:
        given |= {"since": min(found.runs), "run": max(found.runs)}
    elif found.runs:
        given["since"] = found.runs[0]
    if READY.search(text):
        given["measure"] = "ready"
    if EVERYBODY.search(text):
        given["shoppers"] = "all"
    if (apart := sides(conditions, text, found)) is not None:
        return one_at_a_time(given, apart)
    return query_of({**given, "filter": one_each(conditions, text, found, before)})


def _demand(text: str, found: Slots, _before: AnyQuery | None) -> Wanted:
    conditions = conditions_of(found)
    named: dict[str, list[str]] = {slot: conditions[slot] for slot in ("category", "item") if slot in conditions}
    if len(named) < len(conditions):
        alone = {slot: some[0] for slot, some in named.items()}
        return Wanted(said=_NO_GROUPS, choices=(query_of({"kind": "demand", **alone}),))
    if (apart := sides(named, text, found)) is not None:
        return Wanted(choices=tuple(query_of({"kind": "demand", **one}) for one in apart.groups))
    if "item" in named:
        named.pop("category", None)
    days = demand_days(found.days) if found.days is not None else 30
    given = {"kind": "demand", "days": days, **{slot: some[0] for slot, some in named.items()}, **run_of(found)}
    by = grouping(text)
    wanted = {"by": by} if by in ("week", "category", "item") and by not in named else {}
    return query_of({**given, **wanted}, notes=snapped(found.days, days, DEMAND_DAYS))


def _evidence(text: str, found: Slots, before: AnyQuery | None) -> Wanted:
    conditions = conditions_of(found)
    conditions |= _those_ready(text, conditions)
    if not conditions:
        return words_behind(before)
    about = None
    if not any(slot in conditions for slot in _OF_ONE):  # a label is what the words are to support
        about = next((name for name, asked in ABOUT if asked.search(text)), None)
    given = {"kind": "evidence", "about": about, **run_of(found)}
    if (apart := sides(conditions, text, found)) is not None:
        return one_at_a_time(given, apart)
    return query_of({**given, "filter": one_each(conditions, text, found, None)})


def _top(text: str, found: Slots, before: AnyQuery | None) -> Wanted:
    asked, conditions = lists_of(text), conditions_of(found)
    conditions |= _those_ready(text, conditions)
    given: dict[str, Any] = {"kind": "top", **run_of(found)}
    if (apart := sides(conditions, text, found)) is not None:
        within = all("category" in one or "item" in one for one in apart.groups)
        what = asked[0] if asked else "items" if within else "categories"
        return one_at_a_time({**given, "what": "items" if within and what == "categories" else what}, apart)
    given["filter"] = one_each(conditions, text, found, before)
    if "category" in conditions and asked[:1] != ["searches"]:
        return query_of({**given, "what": "items"})
    if not asked:
        return Wanted(choices=tuple(query_of({**given, "what": what}) for what in ("categories", "items", "searches")))
    return query_of({**given, "what": asked[0]})


_BUILDERS: dict[str, Builder] = {
    "ready": _ready, "movement": _movement, "demand": _demand, "evidence": _evidence, "top": _top,
    "compare": lambda text, found, _before: compared(text, found),
}  # fmt: skip

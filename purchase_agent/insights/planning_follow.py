"""Questions that go on from the answer before: ``and for shoes?``, ``show what supports it``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from purchase_agent.insights.names import Both
from purchase_agent.insights.planning_lists import pattern
from purchase_agent.insights.planning_slots import Slots
from purchase_agent.insights.planning_wanted import (
    DEMAND_DAYS,
    Sides,
    Wanted,
    conditions_of,
    demand_days,
    grouping,
    lists_of,
    one_at_a_time,
    query_of,
    sides,
    snapped,
    window_of,
)
from purchase_agent.insights.queries import CONDITIONS, DAYS, AnyQuery, CompareQuery, DemandQuery

_GOES_ON, _MARKS = pattern("goes_on"), pattern("only_marks")
_LONGEST = 60
_OWN_KIND = 14.0  # evidence from which a question speaks for itself
_PRODUCT = frozenset({"category", "item"})
_NO_FILTER = ("demand", "compare", "profile", "overview")
_DEMAND_BY = ("category", "item", "week")
_ABOUT = {
    "barriers": "barrier", "motivations": "motivation", "funnel": "intent", "next_steps": "next_action",
    "timing": "timing", "ready": "motivation",
}  # fmt: skip
_WHICH_WORDS: Both = (
    "The words behind what? Name a barrier, a reason, a category, an item or a shopper's id.",
    "需要哪方面的依据？请说明顾虑、动机、品类、商品或顾客编号。",
)


def follow_up(text: str, found: Slots, before: AnyQuery, evidence: Mapping[str, float]) -> Wanted | None:
    """The query before with what a short question changes; None where it is no such question.

    Args:
        text: the folded question.
        evidence: for each kind; where it is strong the question speaks for itself.
    """
    if len(text) > _LONGEST or not _GOES_ON.search(text) or found.shopper_id is not None or found.other is not None:
        return None
    goes_on = only_slots(found) or (before.kind == "top" and bool(lists_of(text)))
    if max(evidence.values()) > _OWN_KIND and not goes_on:
        return None
    given = before.model_dump(exclude_none=True) | _changed(text, found, before)
    if isinstance(before, DemandQuery) and {"category", "item"} & conditions_of(found).keys():
        given = {name: value for name, value in given.items() if name not in ("category", "item")}
        given |= {slot: some[0] for slot, some in conditions_of(found).items() if slot in ("category", "item")}
    if found.runs:
        given["run"] = found.runs[-1]
    if before.kind != "compare" and (apart := sides(conditions_of(found), text, found)) is not None:
        return _one_of(given, apart)
    kept = DEMAND_DAYS if isinstance(before, DemandQuery) else DAYS
    query = query_of(given, notes=snapped(found.days, given["days"], kept) if "days" in given else ())
    another_time = found.past or found.dated is not None
    return query if query.query is not None and (query.query != before or another_time) else None


def _one_of(given: Mapping[str, Any], apart: Sides) -> Wanted:
    """The query with each of the groups in turn, asked back."""
    if "filter" in given:
        kept = {slot: value for slot, value in given["filter"].items() if not any(slot in one for one in apart.groups)}
        some = Sides(apart.groups, {slot: value for slot, value in kept.items() if slot not in _PRODUCT})
        return one_at_a_time(given, some)
    plain = {name: value for name, value in given.items() if name not in _PRODUCT}
    return Wanted(choices=tuple(query_of({**plain, **one}) for one in apart.groups if one.keys() <= _PRODUCT))


def only_slots(found: Slots) -> bool:
    """Whether a question names values and nothing else: ``and for shoes?``."""
    return not _MARKS.sub(" ", found.masked).strip()


def words_behind(before: AnyQuery | None) -> Wanted:
    """The words behind the answer before."""
    if before is None:
        return Wanted(said=_WHICH_WORDS)
    given = before.model_dump(exclude_none=True)
    if "shopper_id" in given:
        return query_of({"kind": "evidence", "shopper_id": given["shopper_id"]})
    about = _ABOUT.get(before.kind)
    chosen = dict(given.get("filter") or given.get("first") or {})
    chosen |= {slot: given[slot] for slot in ("category", "item") if slot in given}
    if before.kind in ("barriers", "motivations") and "focus" in given:
        chosen, about = _merged(chosen, {about or "": given["focus"]}), None
    return query_of({"kind": "evidence", "filter": chosen, **({"about": about} if about else {})})


def _changed(text: str, found: Slots, before: AnyQuery) -> dict[str, Any]:
    """The slots that a question changes in the query before."""
    changed: dict[str, Any] = {}
    if before.kind not in _NO_FILTER:
        new = {slot: some[0] for slot, some in conditions_of(found).items()}
        changed["filter"] = _merged(before.model_dump(exclude_none=True).get("filter", {}), new)
    if found.days is not None and before.kind in ("ready", "compare"):
        changed["days"] = window_of(found.days)
    if found.days is not None and before.kind == "demand":
        changed["days"] = demand_days(found.days)
    if before.kind == "top" and (asked := lists_of(text)):
        changed["what"] = asked[0]
    by = grouping(text)
    if (before.kind == "ready" and by not in (None, "week")) or (before.kind == "demand" and by in _DEMAND_BY):
        changed["by"] = by
    if isinstance(before, CompareQuery) and "days" not in changed:
        return {}
    return changed


def _merged(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Conditions with new ones in the place of old ones; a new category or item takes the place of both."""
    kept = {slot: value for slot, value in old.items() if slot not in new}
    if {"category", "item"} & new.keys():
        kept = {slot: value for slot, value in kept.items() if slot not in ("category", "item")}
    both = {**kept, **new}
    return both if len(both) <= CONDITIONS else dict(new)

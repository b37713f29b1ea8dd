"""Groups of shoppers: how many meet some conditions, told as ``privacy`` allows. All SQL of groups stands here.

A condition is a piece of SQL of ours with its values apart. A count is always taken together with those of the larger
groups that differ from it by one condition, since whether it may be told depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from purchase_agent.insights.privacy import FLOOR, Told, told
from purchase_agent.insights.queries import Filter
from purchase_agent.insights.source import Run, Source

READY = 0.5
"""Chance of a purchase from which a shopper counts as ready to buy."""
_FROM = "FROM predictions p WHERE p.run_id = ? AND p.status = 'ok'"
_BOTH = (
    "FROM predictions p JOIN predictions q ON q.shopper_id = p.shopper_id AND q.status = 'ok' AND q.run_id = ?"
    " WHERE p.run_id = ? AND p.status = 'ok'"
)
_LISTS = {"motivation": "p.motivation", "barrier": "p.barriers", "category": "p.categories", "item": "p.items"}
_CELLS = {"intent": "p.intent", "next_action": "p.next_action", "timing": "p.timing", "language": "p.language"}
_BETWEEN = {3: (1, 7), 14: (7, 30), 60: (30, 90)}  # days without a column of their own


@dataclass(frozen=True, slots=True)
class Condition:
    """``name`` tells it apart; ``sql`` is true, false or null of a row ``p`` of predictions."""

    name: str
    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A label and how many there are of it. ``count`` is exact and stays inside; ``told`` is what may be said."""

    label: str
    count: int
    told: Told


@dataclass(frozen=True, slots=True)
class Scope:
    """The shoppers that a filter names in a run.

    ``wanted``: all its conditions; ``applied``: those that are in force; ``left_out``: slots that leave out fewer than
    ten shoppers and are therefore not applied; ``replaced``: an item that stands for nearly all of its category -> that
    category; ``earlier``: a run that they have to be in as well, as rows ``q``.
    """

    run: Run
    applied: Mapping[str, str]
    count: int
    told: Told
    left_out: tuple[str, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)
    earlier: Run | None = None
    wanted: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> tuple[str, list[Any]]:
        """SQL of the rows that are counted, before any condition, and its values."""
        if self.earlier is not None:
            return _BOTH, [self.earlier.run_id, self.run.run_id]
        return _FROM, [self.run.run_id]

    @property
    def conditions(self) -> list[Condition]:
        return [condition(name, value) for name, value in self.applied.items()]


def chance(days: int) -> str:
    """SQL of the chance to buy within ``days``; between two that are stored the rate of buying is taken as even."""
    if days not in _BETWEEN:
        return f"p.p_buy_{days}"
    near, far = _BETWEEN[days]
    part = (days - near) / (far - near)
    first, last = f"p.p_buy_{near}", f"p.p_buy_{far}"
    left = f"pow(greatest((1 - {last}) / (1 - {first}), 0), {part:.6f})"
    return f"(CASE WHEN {first} >= 1 THEN 1.0 ELSE 1 - (1 - {first}) * {left} END)"


def ready(days: int) -> Condition:
    """Those who are likely to buy within ``days``."""
    return Condition("ready", f"{chance(days)} >= {READY}")


def condition(slot: str, value: str) -> Condition:
    """A slot of a filter as a condition."""
    if slot in _LISTS:
        return Condition(slot, f"list_contains({_LISTS[slot]}, ?)", (value,))
    if slot == "customers":
        return Condition(slot, "coalesce(p.orders, 0) = 0" if value == "new" else "p.orders > 0")
    return Condition(slot, f"{_CELLS[slot]} = ?", (value,))


def scope(source: Source, run: Run, wanted: Filter) -> Scope:
    """The shoppers of a filter. Conditions that leave out fewer than ten are not applied, so that no told group differs
    from another one by so few."""
    applied = wanted.conditions()
    left_out: list[str] = []
    replaced: dict[str, str] = {}
    if "item" in applied and "category" not in applied and (category := _stands_for(source, run, applied["item"])):
        replaced[applied.pop("item")] = category
        applied["category"] = category
    while True:
        counts = sizes(source, _of(run), [condition(name, value) for name, value in applied.items()])
        count = counts[""]
        idle = next((name for name in applied if counts[name] - count < FLOOR <= count), None)
        if idle is None:
            return Scope(run, applied, count, told(count, {}), tuple(left_out), replaced, None, wanted.conditions())
        left_out.append(idle)
        applied = {name: value for name, value in applied.items() if name != idle}


def in_both(source: Source, at: Scope, earlier: Run) -> Scope:
    """Those of a scope who are in an earlier run as well; ``told`` is nearly all where nearly all of them are."""
    both = Scope(at.run, at.applied, 0, at.told, at.left_out, at.replaced, earlier, at.wanted)
    counts = sizes(source, both, both.conditions)
    larger = {**{name: size for name, size in counts.items() if name}, "scope": at.count}
    return replace(both, count=counts[""], told=told(counts[""], larger, within="scope"))


def sizes(source: Source, at: Scope, conditions: Sequence[Condition]) -> dict[str, int]:
    """How many meet all conditions (under ``""``), and all but the one named, whatever the scope's own filter."""
    parts, values = [_count(conditions)], _values(conditions)
    for left in conditions:
        rest = [one for one in conditions if one is not left]
        parts.append(_count(rest))
        values += _values(rest)
    names = ["", *(one.name for one in conditions)]
    selected = ", ".join(f"{part} AS n{number}" for number, part in enumerate(parts))
    rows, of_rows = at.rows
    found = source.one(f"SELECT {selected} {rows}", [*values, *of_rows])
    return {name: int(found[f"n{number}"]) for number, name in enumerate(names)}


def subgroup(source: Source, at: Scope, more: Condition) -> Group:
    """Those of a scope who meet one condition more."""
    counts = sizes(source, at, [*at.conditions, more])
    larger = {("scope" if name == more.name else name): size for name, size in counts.items() if name}
    return Group(more.name, counts[""], told(counts[""], larger, within="scope"))


def breakdown(source: Source, at: Scope, by: str, more: Condition | None = None) -> list[Group]:
    """The shoppers of a scope (who meet ``more``) by the values of ``by``, a task, a slot or SQL; the largest first."""
    conditions = [*at.conditions, *([more] if more is not None else [])]
    whole = sizes(source, at, conditions)[""]
    parts, values = [_count(conditions)], _values(conditions)
    for left in conditions:
        rest = [one for one in conditions if one is not left]
        parts.append(_count(rest))
        values += _values(rest)
    counted = ", ".join(f"{part} AS n{number}" for number, part in enumerate(parts))
    label = f"unnest(list_distinct({_LISTS[by]}))" if by in _LISTS else _CELLS.get(by, by)
    rows, of_rows = at.rows
    sql = f"SELECT label, {counted} FROM (SELECT p.*, {label} AS label {rows}) p WHERE label IS NOT NULL GROUP BY label"  # noqa: S608 - SQL of ours
    groups = []
    for one in source.rows(sql, [*values, *of_rows]):
        count = int(one["n0"])
        larger = {each.name: int(one[f"n{number}"]) for number, each in enumerate(conditions, 1)}
        groups.append(Group(str(one["label"]), count, told(count, {**larger, "whole": whole}, within="whole")))
    return sorted(groups, key=lambda group: (-group.count, group.label))


def chances(source: Source, at: Scope, by: str, days: int) -> list[tuple[Group, float, float]]:
    """The groups of a breakdown with the mean chance to buy within ``days`` and its standard deviation."""
    both = " AND ".join(["TRUE", *(f"coalesce({one.sql}, FALSE)" for one in at.conditions)])
    label = f"unnest(list_distinct({_LISTS[by]}))" if by in _LISTS else _CELLS[by]
    rows, of_rows = at.rows
    found = source.rows(
        f"SELECT label, avg(chance) AS mean, stddev_samp(chance) AS spread FROM (SELECT {label} AS label,"  # noqa: S608
        f" {chance(days)} AS chance {rows} AND {both}) WHERE label IS NOT NULL GROUP BY label",
        [*of_rows, *_values(at.conditions)],
    )
    means = {str(one["label"]): (float(one["mean"] or 0.0), float(one["spread"] or 0.0)) for one in found}
    return [(one, *means.get(one.label, (0.0, 0.0))) for one in breakdown(source, at, by)]


def average(source: Source, at: Scope, sql: str) -> tuple[float, float]:
    """Mean and standard deviation of a column over a scope; zeros where nothing is there."""
    both = " AND ".join(["TRUE", *(f"coalesce({one.sql}, FALSE)" for one in at.conditions)])
    rows, of_rows = at.rows
    found = source.one(
        f"SELECT avg({sql}) AS mean, stddev_samp({sql}) AS spread {rows} AND {both}",
        [*of_rows, *_values(at.conditions)],
    )
    return float(found["mean"] or 0.0), float(found["spread"] or 0.0)


def _of(run: Run) -> Scope:
    """All shoppers of a run, not counted yet."""
    return Scope(run, {}, 0, told(0, {}))


def _count(conditions: Sequence[Condition]) -> str:
    if not conditions:
        return "count(*)"
    return f"count(*) FILTER (WHERE {' AND '.join(f'coalesce({one.sql}, FALSE)' for one in conditions)})"


def _values(conditions: Sequence[Condition]) -> list[Any]:
    return [value for one in conditions for value in one.values]


def _stands_for(source: Source, run: Run, item: str) -> str | None:
    """The category of which an item has nearly all shoppers, if there is one."""
    found = source.rows(
        "SELECT category FROM (SELECT category FROM events WHERE item_id = ? UNION ALL"
        " SELECT category FROM texts WHERE item_id = ?) WHERE category IS NOT NULL"
        " GROUP BY category ORDER BY count(*) DESC, category LIMIT 1",
        [item, item],
    )
    if not found:
        return None
    category = str(found[0]["category"])
    counts = sizes(source, _of(run), [condition("category", category), condition("item", item)])
    both, alone = counts[""], counts["item"]  # all but the item: those of the category
    return category if alone - both < FLOOR <= both else None


def searches(source: Source, at: Scope) -> list[Group]:
    """The shoppers of a scope by what they searched for, letter case and spaces aside; as last scored."""
    where = " AND ".join(["p.run_id = ?", "p.status = 'ok'", *(f"coalesce({one.sql}, FALSE)" for one in at.conditions)])
    sql = (
        "SELECT label, count(*) AS n FROM (SELECT DISTINCT e.shopper_id,"  # noqa: S608 - SQL of ours
        " lower(trim(regexp_replace(e.query, '\\s+', ' ', 'g'))) AS label FROM events e"
        f" JOIN predictions p USING (shopper_id) WHERE {where} AND e.query IS NOT NULL) WHERE label <> ''"
        f" GROUP BY label HAVING count(*) >= {FLOOR}"
    )
    found = source.rows(sql, [at.run.run_id, *_values(at.conditions)])
    return [
        Group(one["label"], int(one["n"]), told(int(one["n"]), {"scope": at.count}, within="scope")) for one in found
    ]


def bought(source: Source, at: Scope) -> tuple[float, float] | None:
    """Share of past purchases of a scope's shoppers that are of its category or item, and units of one; None of fewer
    than ten buyers."""
    where = " AND ".join(["p.run_id = ?", "p.status = 'ok'", *(f"coalesce({one.sql}, FALSE)" for one in at.conditions)])
    named = {"category": "e.category = ?", "item": "e.item_id = ?"}
    about = [(sql, at.applied[slot]) for slot, sql in named.items() if slot in at.applied]
    which = " AND ".join(["TRUE", *(sql for sql, _ in about)])
    values = [value for _, value in about]
    found = source.one(
        f"SELECT count(*) AS lines, count(*) FILTER (WHERE {which}) AS those,"  # noqa: S608 - SQL of ours
        f" avg(greatest(coalesce(e.quantity, 1), 1)) FILTER (WHERE {which}) AS quantity,"
        f" count(DISTINCT e.shopper_id) FILTER (WHERE {which}) AS buyers"
        f" FROM events e JOIN predictions p USING (shopper_id) WHERE {where} AND e.type = 'purchase'",
        [*values, *values, *values, at.run.run_id, *_values(at.conditions)],
    )
    if int(found["buyers"]) < FLOOR:
        return None
    return round(int(found["those"]) / int(found["lines"]), 2), round(float(found["quantity"]), 1)

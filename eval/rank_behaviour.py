"""Order of items by behaviour alone, on Taobao's public sample: which of 50 items is turned to next, and bought next.

At a moment the candidates are the true item, the shopper's own recent items, and items of others drawn by how often
these turned to them on that day; they come in random order, so that a tie gives nothing away. The rule's constants were
set on shoppers of even numbers on 30 November and 1 December; shoppers of odd numbers on 2 and 3 December are reported.

Traps that this file closes: no event at or after the answer's second is shown; popularity counts other shoppers on days
before; the next event is often the same item again, so a task of its own asks for the next other one.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from purchase_agent.eval.behaviour import taobao
from purchase_agent.eval.behaviour.compared import cell, plain
from purchase_agent.eval.bench.table import Table
from purchase_agent.events import Step, history_at
from purchase_agent.evidence import Event, Shopper
from purchase_agent.metrics import Bootstrap, Score
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.rank import rank
from purchase_agent.ranking import Candidate

Array = NDArray[np.float64]
Task = Literal["next item", "next other item", "next bought"]
TASKS: tuple[Task, ...] = ("next item", "next other item", "next bought")
CANDIDATES, OWN = 50, 15
PER_SHOPPER = 8
FIGURES = ("hit@1", "hit@5", "MRR")
PARTS = {"tuning": (0, 5, 7), "report": (1, 7, 9)}
"""Remainder of the shopper's number by 2, first day and the day after the last (days of ``taobao``)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A shopper after one of his events, and what came next. ``given``: items in the order they are given."""

    user: str
    past: tuple[Step, ...]
    truth: str
    given: tuple[str, ...]


class Items:
    """What is known of items over all shoppers: category, and who turned to them on which day."""

    def __init__(self, shoppers: taobao.Shoppers) -> None:
        self.category: dict[str, str] = {}
        self.by_day: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self.own: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        for user, steps in shoppers.items():
            for step in steps:
                item, day = step.item or "", day_of(step)
                self.category[item] = step.category or ""
                self.by_day[day][item] += 1
                self.own[user, day][item] += 1

    def of_others(self, user: str, day: int) -> Counter[str]:
        """Events of other shoppers on one day by item."""
        return self.by_day[day] - self.own[user, day]

    def before(self, user: str, day: int) -> Counter[str]:
        """Events of other shoppers on all days before."""
        total: Counter[str] = Counter()
        for one in range(day):
            total.update(self.of_others(user, one))
        return total


def day_of(step: Step) -> int:
    """Day of the data set, from 0."""
    return int((step.at - taobao.START) // taobao.DAY_S)


def moments(shoppers: taobao.Shoppers, items: Items, part: str, task: Task, seed: int) -> list[Moment]:
    """Up to ``PER_SHOPPER`` moments of each shopper of a part, drawn with the seed."""
    rest, first, end = PARTS[part]
    found = []
    for user, steps in shoppers.items():
        if int(user) % 2 != rest:
            continue
        rng = random.Random(f"{seed}:{task}:{user}")
        places = [
            place for place in range(len(steps) - 1)
            if first <= day_of(steps[place]) < end and steps[place + 1].at > steps[place].at
        ]  # fmt: skip
        rng.shuffle(places)
        taken = 0
        for place in places:
            answer = _answer(steps, place, task)
            if answer is None or taken == PER_SHOPPER:
                continue
            past = steps[: place + 1]
            found.append(Moment(user, past, answer, _given(past, answer, items.of_others(user, day_of(past[-1])), rng)))
            taken += 1
    return found


def _answer(steps: Sequence[Step], place: int, task: Task) -> str | None:
    later = [step for step in steps[place + 1 :] if step.at > steps[place].at]
    if task == "next item":
        return later[0].item if later else None
    if task == "next bought":
        return next((step.item for step in later if step.action == "purchase"), None)
    return next((step.item for step in later if step.item != steps[place].item), None)


def _given(past: Sequence[Step], truth: str, others: Counter[str], rng: random.Random) -> tuple[str, ...]:
    own = list(dict.fromkeys(step.item for step in reversed(past) if step.item is not None))[:OWN]
    chosen = dict.fromkeys([truth, *own])
    names, counts = zip(*sorted(others.items()), strict=True)
    while len(chosen) < min(CANDIDATES, len(names)):
        chosen.update(dict.fromkeys(rng.choices(names, counts, k=CANDIDATES - len(chosen))))
    given = list(chosen)
    rng.shuffle(given)
    return tuple(given)


# ------------------------------------------------------------------------------------------------ orders
Order = Callable[[Moment], list[str]]


def orders(items: Items, shoppers: Mapping[str, Shopper]) -> dict[str, Order]:
    """Ours and the baselines."""

    def popular(moment: Moment) -> list[str]:
        counts = items.before(moment.user, day_of(moment.past[-1]))
        return sorted(moment.given, key=lambda item: -counts[item])

    def recent(moment: Moment) -> list[str]:
        last = {step.item: step.at for step in moment.past}
        return sorted(moment.given, key=lambda item: -last.get(item, 0.0))

    def recent_category(moment: Moment) -> list[str]:
        last = {step.item: step.at for step in moment.past}
        alike = {step.category: step.at for step in moment.past}
        return sorted(moment.given, key=lambda item: (-alike.get(items.category[item], 0.0), -last.get(item, 0.0)))

    def ours(moment: Moment) -> list[str]:
        shopper, at = shoppers[moment.user], moment.past[-1].at
        candidates = [Candidate(id=item, name=f"item {item}", category=items.category[item]) for item in moment.given]
        as_of = datetime.fromtimestamp(at, UTC)
        case = Case(shopper, as_of, (), (), (), None, history_at(moment.past, at))
        return [one.id for one in rank(case, candidates).ranked]

    return {
        "ours": ours, "recency": recent, "recency of category, then item": recent_category, "popularity": popular,
        "random": lambda moment: list(moment.given),
    }  # fmt: skip


def shopper_of(user: str, steps: Sequence[Step]) -> Shopper:
    """Steps in the contract's form."""
    events = tuple(
        Event(
            id=f"e{number}", type=step.action, at=datetime.fromtimestamp(step.at, UTC), item_id=step.item,
            category=step.category,
        )
        for number, step in enumerate(steps, 1)
    )  # fmt: skip
    return Shopper(shopper_id=user, events=events)


def figures_of(moment: Moment, order: Sequence[str]) -> tuple[float, ...]:
    """``FIGURES`` of one order."""
    place = order.index(moment.truth) + 1
    return float(place == 1), float(place <= 5), 1 / place


def judged(some: Sequence[Moment], ways: Mapping[str, Order]) -> dict[str, Any]:
    """Row -> figure -> score, and ours minus the best baseline on the same resamples; resamples draw shoppers."""
    drawn = Bootstrap(groups=np.asarray([moment.user for moment in some]))
    told = {
        name: np.asarray([figures_of(moment, way(moment)) for moment in some], np.float64) for name, way in ways.items()
    }
    rows = {
        name: {figure: plain(_mean(values[:, place], drawn)) for place, figure in enumerate(FIGURES)}
        for name, values in told.items()
    }
    difference = {}
    for place, figure in enumerate(FIGURES):
        best = max((name for name in rows if name != "ours"), key=lambda name: rows[name][figure]["value"])
        column = told["ours"][:, place] - told[best][:, place]
        difference[figure] = {"against": best, **plain(_mean(column, drawn))}
    seen = sum(any(step.item == moment.truth for step in moment.past) for moment in some) / len(some)
    return {
        "n": len(some), "shoppers": len({moment.user for moment in some}), "seen before": round(seen, 3),
        "rows": rows, "ours_minus_best_baseline": difference,
    }  # fmt: skip


def _mean(column: Array, drawn: Bootstrap) -> Score:
    return drawn.score("mean", "share", len(column), lambda weights: (weights @ column) / weights.sum(1))


def behaviour_tables(data: Path, seed: int, parts: Sequence[str] = tuple(PARTS)) -> tuple[dict[str, Any], list[Table]]:
    """Figures by part and task, and the same as tables.

    Args:
        data: folder that holds ``behaviour/taobao``.
    """
    shoppers = taobao.load(data)
    items = Items(shoppers)
    ways = orders(items, {user: shopper_of(user, steps) for user, steps in shoppers.items()})
    found: dict[str, Any] = {}
    tables = []
    for part in parts:
        for task in TASKS:
            one = judged(moments(shoppers, items, part, task, seed), ways)
            found[f"{part}, {task}"] = one
            tables.append(_table(f"{part}, {task}", one))
    return found, tables


def _table(title: str, found: Mapping[str, Any]) -> Table:
    rows = [[name, *(cell(one[figure]) for figure in FIGURES)] for name, one in found["rows"].items()]
    difference = found["ours_minus_best_baseline"]
    rows.append(["ours - best baseline", *(cell(difference[figure], signed=True) for figure in FIGURES)])
    rows.append(["  which is", *(difference[figure]["against"] for figure in FIGURES)])
    head = f"Taobao, {title}: n={found['n']} of {found['shoppers']} shoppers, {CANDIDATES} items"
    return Table(f"{head}; seen before: {found['seen before']:.0%}", ("", *FIGURES), rows)

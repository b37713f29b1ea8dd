"""Demand from one origin on, at every level: what is told, what is refused and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from purchase_agent.demand.backtest import GONE, INTERVAL, LEVELS, Level, Tested, backtest, keys_of
from purchase_agent.demand.model import Expected, expected_at, summed
from purchase_agent.demand.naive import STEADY, Naive, naive
from purchase_agent.demand.orders import UNKNOWN, Codes, Floats, Orders, date_of
from purchase_agent.demand.spread import variance

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """One level from an origin on; [weeks, keys] unless said otherwise, the weeks of ``lead`` included.

    Attributes:
        names: [keys] of items or categories; the unknown one has an empty name. ``places``: their numbers.
        keys: [items] key of each item.
        units: expected; ``naive``: what the naive to beat says.
        centre: all that will be bought, which the intervals of each week, ``low`` to ``high``, lie around; ``lump``:
            units of it that come at once.
        first_day, last_day: [keys] of the sales before the origin; a far day and -1 where there is none.
        shoppers: [keys] who bought in the last ``GONE`` weeks.
    """

    level: Level
    names: list[str]
    places: dict[str, int]
    keys: Codes
    expected: Expected
    units: Floats
    centre: Floats
    lump: Floats
    naive: Floats
    low: Floats
    high: Floats
    tested: Tested
    first_day: Codes
    last_day: Codes
    gone: NDArray[np.bool_]
    shoppers: Codes

    def reason(self, key: int) -> str:
        """Why a key is refused; empty where it is not."""
        tested = self.tested
        if self.last_day[key] < 0:
            return "no sale before this time"
        if self.gone[key]:
            return f"gone: last sold on {date_of(self.last_day[key])}"
        if not tested.origins[key]:
            return f"new: first sold on {date_of(self.first_day[key])}, so there is no past week to test it on"
        if tested.lost[key]:
            return (
                f"the naive erred less at {int(tested.origins[key])} past origins: {tested.naive_error[key]:.4g} units "
                f"against {tested.error[key]:.4g} in all"
            )
        return ""


def outlook(
    orders: Orders, origin: int, weeks: int, lead: int = 0, chances: Floats | None = None
) -> dict[Level, Outlook]:
    """All levels, from what lies before the week ``origin``.

    Args:
        weeks: to be told, those of ``lead`` included.
        lead: weeks at the beginning that are not judged, the running one.
        chances: as in ``model.expected_at``.
    """
    tested = backtest(orders, origin, weeks, lead)
    expected = expected_at(orders, origin, weeks, chances)
    return {level: _outlook(orders, origin, level, tested[level], expected) for level in LEVELS}


def _outlook(orders: Orders, origin: int, level: Level, tested: Tested, by_item: Expected) -> Outlook:
    keys, size = keys_of(orders, level)
    expected = by_item.summed(keys, size)
    simple, steady = (
        summed(_naive(which, orders, origin, len(by_item.known)), keys, size) for which in (tested.naive, STEADY)
    )
    centre = tested.way.centre(expected.mean, steady)
    units = tested.way.units(expected, steady)
    low, high = tested.levels.interval(centre, variance(centre * expected.lump, centre), INTERVAL)
    # Of a few units a year four weeks in five have none: the mean then lies above the interval, which reads as a slip.
    low, high = np.minimum(low, units), np.maximum(high, units)
    past = orders.sold.between(orders.first_week, origin)
    first, last = np.full(size, _NEVER), np.full(size, -1)
    np.minimum.at(first, keys[past.item], past.day)
    np.maximum.at(last, keys[past.item], past.day)
    recent = past.between(origin - GONE, origin)
    people = int(recent.who.max(initial=0)) + 1
    pairs = np.unique(keys[recent.item] * people + recent.who)
    shoppers = np.bincount(pairs // people, minlength=size)
    names = {"item": orders.items, "category": orders.categories, "total": [UNKNOWN]}[level]
    places = {name: key for key, name in enumerate(names)}
    return Outlook(
        level, names, places, keys, expected, units, centre, expected.lump, simple,
        low, high, tested, first, last, shoppers == 0, shoppers,
    )  # fmt: skip


def _naive(which: Naive, orders: Orders, origin: int, weeks: int) -> Floats:
    cells = naive(which, orders.sold, origin, weeks, len(orders.items))
    if cells is None:  # what reached back far enough at every past origin does so now
        raise ValueError(f"no naive {which} at {origin}")
    return cells

"""How demand would have been told at past origins: errors beside naive ones, and where the truth lay.

Rolling origins a week apart (Tashman 2000), each with a fit of its own on what lies before it. The error is WAPE, the
sum of absolute errors over the sum of units (Kolassa and Schuetz 2007). Per level (item, category, total) the naive
with the least error is the one to beat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from purchase_agent.demand.model import Expected, expected_at, summed
from purchase_agent.demand.naive import NAIVES, STEADY, Naive, naive
from purchase_agent.demand.orders import Codes, Floats, Orders
from purchase_agent.demand.spread import Levels, levels_of, variance

Level = Literal["item", "category", "total"]
LEVELS: tuple[Level, ...] = ("item", "category", "total")
ORIGINS = 8
"""Past origins, at most."""
FEWEST_BEFORE = 4
"""Weeks of history before the first of them."""
GONE = 26
"""Weeks without a sale after which an item or category is taken to be gone."""
INTERVAL = 0.8


@dataclass(frozen=True, slots=True)
class Way:
    """How a level's units are told from what is expected, whichever erred least in the past.

    ``bulk``: orders beyond the usual size are counted; ``blended``: half of it is the mean of the last four weeks (two
    forecasts that err in different ways are better averaged: Bates and Granger 1969).
    """

    bulk: bool
    blended: bool

    def units(self, expected: Expected, steady: Floats) -> Floats:
        """[weeks, keys] units; ``steady`` [weeks, keys] is the mean of the last four weeks."""
        return self._half(expected.mean if self.bulk else expected.regular, steady)

    def centre(self, mean: Floats, steady: Floats) -> Floats:
        """As ``units`` of all that will be bought: what intervals lie around."""
        return self._half(mean, steady)

    def _half(self, cells: Floats, steady: Floats) -> Floats:
        return (cells + steady) / 2 if self.blended else cells


WAYS = tuple(Way(bulk, blended) for bulk in (False, True) for blended in (False, True))


class _Points(NamedTuple):
    """Keys that were being sold at one origin, [weeks, keys] each: expected, its lumps, steady, and the truth."""

    mean: Floats
    lump: Floats
    steady: Floats
    truth: Floats


_Marks = tuple[Floats, Floats, Floats]
"""Mean, variance and truth, [n] each."""


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """One level's backtest.

    Attributes:
        naive: the one to beat; ``naives``: the WAPE of each that the history allows.
        way: how units are told; ``wape`` is its error.
        error, naive_error, truth: [keys] sums over origins and weeks, in units.
        origins: [keys] how many of the origins knew the key.
        levels, whole: where the truth lay, by weeks and for all weeks together.
        coverage: share of truths inside the interval of ``INTERVAL``, each origin judged by levels of the others;
            NaN where there is one origin only.
    """

    naive: Naive
    naives: dict[Naive, float]
    way: Way
    wape: float
    error: Floats
    naive_error: Floats
    truth: Floats
    origins: Codes
    levels: Levels
    whole: Levels
    coverage: float

    @property
    def lost(self) -> NDArray[np.bool_]:
        """[keys] that the naive told better."""
        return np.asarray(self.error > self.naive_error * (1 + 1e-9))


def keys_of(orders: Orders, level: Level) -> tuple[Codes, int]:
    """Key of each item at a level, and how many keys there are."""
    if level == "item":
        return np.arange(len(orders.items)), len(orders.items)
    if level == "category":
        return orders.category_of, len(orders.categories)
    return np.zeros(len(orders.items), np.int64), 1


def origins_before(first_week: int, origin: int, weeks: int) -> list[int]:
    """Past origins whose ``weeks`` are over at ``origin``, oldest first."""
    last = origin - weeks
    return list(range(max(first_week + FEWEST_BEFORE, last - ORIGINS + 1), last + 1))


def backtest(orders: Orders, origin: int, weeks: int, lead: int = 0) -> dict[Level, Tested]:
    """All levels, by the weeks before ``origin`` alone.

    Args:
        weeks: of a forecast; the first ``lead`` of them are told to nobody and not judged.
    """
    past = origins_before(orders.first_week, origin, weeks)
    gathered = {level: _Gathered(keys_of(orders, level)[1]) for level in LEVELS}
    items = len(orders.items)
    for then in past:
        told = expected_at(orders, then, weeks)
        truth = orders.sold.by_item(then, then + weeks, items)
        alive = orders.sold.by_item(max(orders.first_week, then - GONE), then, items).sum(0)
        known = orders.sold.by_item(orders.first_week, then, items).sum(0)
        others = {
            which: cells for which in NAIVES if (cells := naive(which, orders.sold, then, weeks, items)) is not None
        }
        for level, found in gathered.items():
            keys, size = keys_of(orders, level)
            found.add(
                told.summed(keys, size),
                summed(truth, keys, size)[lead:],
                {which: summed(cells, keys, size)[lead:] for which, cells in others.items()},
                np.bincount(keys, alive, size) > 0,
                np.bincount(keys, known, size) > 0,
                lead,
            )
    return {level: found.tested(len(past)) for level, found in gathered.items()}


class _Gathered:
    """Sums of one level while the origins pass."""

    def __init__(self, size: int) -> None:
        self.errors = {way: np.zeros(size) for way in WAYS}
        self.naives: dict[Naive, tuple[int, Floats]] = {which: (0, np.zeros(size)) for which in NAIVES}
        self.truth = np.zeros(size)
        self.origins = np.zeros(size, np.int64)
        self.points: list[_Points] = []

    def add(
        self, told: Expected, truth: Floats, naives: dict[Naive, Floats], alive: NDArray[np.bool_],
        known: NDArray[np.bool_], lead: int,
    ) -> None:  # fmt: skip
        """One origin; ``truth`` and ``naives`` are without the weeks of ``lead``."""
        steady = naives[STEADY]
        for way in WAYS:
            units = way.units(told, np.concatenate([steady[:1]] * lead + [steady]))[lead:]
            self.errors[way] += np.abs(units - truth).sum(0)
        for which, cells in naives.items():
            count, before = self.naives[which]
            self.naives[which] = (count + 1, before + np.abs(cells - truth).sum(0))
        self.truth += truth.sum(0)
        self.origins += known
        self.points.append(_Points(told.mean[lead:, alive], told.lump[lead:, alive], steady[:, alive], truth[:, alive]))

    def tested(self, origins: int) -> Tested:
        naives = {which: error for which, (count, error) in self.naives.items() if count == origins}
        best = min(naives, key=lambda which: float(naives[which].sum()))
        way = min(self.errors, key=lambda way: float(self.errors[way].sum()))
        sold = max(float(self.truth.sum()), 1e-9)
        marks = [_marks(one, way) for one in self.points]
        return Tested(
            best,
            {which: float(error.sum()) / sold for which, error in naives.items()},
            way,
            float(self.errors[way].sum()) / sold,
            self.errors[way],
            naives[best],
            self.truth,
            self.origins,
            _levels([week for week, _ in marks]),
            _levels([whole for _, whole in marks]),
            _coverage([week for week, _ in marks]),
        )


def _marks(points: _Points, way: Way) -> tuple[_Marks, _Marks]:
    """Weeks one by one, and together."""
    mean = way.centre(points.mean, points.steady)
    lumped = mean * points.lump
    sums = mean.sum(0)
    return (
        (mean.ravel(), variance(lumped, mean).ravel(), points.truth.ravel()),
        (sums, variance(lumped.sum(0), sums), points.truth.sum(0)),
    )


def _levels(marks: list[_Marks]) -> Levels:
    mean, spread, truth = (np.concatenate([one[part] for one in marks]) for part in range(3))
    return levels_of(mean, spread, truth)


def _coverage(marks: list[_Marks]) -> float:
    inside = count = 0.0
    for place, (mean, spread, truth) in enumerate(marks):
        rest = marks[:place] + marks[place + 1 :]
        if rest and len(truth):
            low, high = _levels(rest).interval(mean, spread, INTERVAL)
            inside += float(((low <= truth) & (truth <= high)).sum())
            count += len(truth)
    return inside / count if count else float("nan")

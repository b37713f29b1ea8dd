"""The customers of a fit as weighted rows that differ: those who never came back first, then by repeat purchases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from purchase_agent.predictors.timing.columns import counts
from purchase_agent.predictors.timing.history import Floats, Histories


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows (x, t_x, T) in units of time, ascending in x, and how many customers each stands for; all [n].

    Attributes:
        place: ``x`` as places in ``per_count``.
        per_count: [greatest x + 1] customers by their number of repeat purchases.
        never: rows at the start whose customers have no repeat purchase.
    """

    x: Floats
    t_x: Floats
    age: Floats
    weight: Floats
    place: NDArray[np.intp]
    per_count: Floats
    never: int

    def __len__(self) -> int:
        return len(self.x)

    def thinned(self, most: int) -> Rows:
        """About ``most`` rows for all: every so many-th customer in their order, standing for those around him."""
        upto = np.cumsum(self.weight)
        picked = np.searchsorted(upto, (np.arange(most) + 0.5) * (upto[-1] / most))
        rows, times = np.unique(picked, return_counts=True)
        return _rows(self.x[rows], self.t_x[rows], self.age[rows], times * (upto[-1] / most))


def grouped(h: Histories, unit: float) -> Rows:
    """The rows of ``h``, customers alike in one, times in ``unit`` days."""
    columns = (h.T, h.t_x, h.x)  # the last is sorted by first
    order = np.lexsort(columns)
    age, t_x, x = (column[order] for column in columns)
    new = np.ones(len(h), dtype=bool)
    new[1:] = (age[1:] != age[:-1]) | (t_x[1:] != t_x[:-1]) | (x[1:] != x[:-1])
    begins = np.flatnonzero(new)
    weight = np.diff(begins, append=len(h)).astype(np.float64)
    return _rows(x[begins], t_x[begins] / unit, age[begins] / unit, weight)


def _rows(x: Floats, t_x: Floats, age: Floats, weight: Floats) -> Rows:
    place = counts(x)
    per_count = np.bincount(place, weights=weight).astype(np.float64)
    return Rows(x, t_x, age, weight, place, per_count, int(np.searchsorted(x, 0, side="right")))

"""What anybody would say without a model, and what a forecast has to beat."""

from __future__ import annotations

from typing import Literal

import numpy as np

from purchase_agent.demand.buyers import YEAR
from purchase_agent.demand.orders import Floats, Lines

Naive = Literal["last year", "last week", "mean of 4 weeks"]
NAIVES: tuple[Naive, ...] = ("last year", "last week", "mean of 4 weeks")
"""The same week of last year; the last week before the origin; the mean of the last four."""

STEADY: Naive = "mean of 4 weeks"
"""There at every origin."""


def naive(which: Naive, sold: Lines, origin: int, weeks: int, items: int) -> Floats | None:
    """[weeks, items] units; None where the history does not reach back as far."""
    first = int(sold.week[0])
    if which == "last year":
        began = origin - YEAR
        # Beyond a year the same weeks are meant again: those of next year are not known yet.
        year = sold.by_item(began, began + min(weeks, YEAR), items) if began >= first else None
        return None if year is None else np.resize(year, (weeks, items))
    back = 1 if which == "last week" else 4
    if origin - back < first:
        return None
    return np.repeat(sold.by_item(origin - back, origin, items).mean(0)[None], weeks, 0)

"""What comes back, and when: the share of units that are sent back, and the weeks between purchase and return.

A return is matched with the shopper's latest earlier purchase of the item. The share of an item is shrunk towards its
category's, that towards the shop's (each by ``_PRIOR`` usual lines). Units sold lately have not had their time: they
count by the part of all returns that comes within their age.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from purchase_agent.demand.orders import Codes, Floats, Lines
from purchase_agent.demand.sizes import capped

LONGEST = 26
"""Weeks after which nothing comes back."""
_PRIOR = 5.0
_TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Returns:
    """``share`` [items] of units that come back; ``lag`` [weeks] of those, the part in each week after the purchase."""

    share: Floats
    lag: Floats

    def ahead(self, sold: Lines, origin: int, units: Floats) -> Floats:
        """[weeks, items] units that come back in the weeks of ``units`` [weeks, items], of these and of the lines
        sold before the week ``origin``."""
        weeks, items = units.shape
        recent = sold.between(origin - LONGEST, origin)
        age, usual = origin - recent.week, capped(recent, items)
        out = np.zeros((weeks, items))
        for week in range(weeks):
            passed = age + week
            lag = np.where(passed < LONGEST, self.lag[np.minimum(passed, LONGEST - 1)], 0.0)
            out[week] = np.bincount(recent.item, usual * lag, items)
            for since in range(min(week + 1, LONGEST)):
                out[week] += units[week - since] * self.lag[since]
        return out * self.share


def returns(sold: Lines, returned: Lines, origin: int, category_of: Codes) -> Returns:
    """Share and lag by the lines before the week ``origin``."""
    items, categories = len(category_of), int(category_of.max()) + 1
    lag = _lags(sold, returned, items)
    usual, back = capped(sold, items), capped(returned, items)
    age = np.minimum(origin - 1 - sold.week, LONGEST - 1)
    due = np.bincount(sold.item, usual * np.cumsum(lag)[age], items)
    came = np.bincount(returned.item, back, items)
    prior = _PRIOR * float(usual.mean())
    shop = min(1.0, came.sum() / max(due.sum(), _TINY))
    of_category = (np.bincount(category_of, came, categories) + prior * shop) / (
        np.bincount(category_of, due, categories) + prior
    )
    share = (came + prior * of_category[category_of]) / (due + prior)
    return Returns(np.clip(share, 0.0, 1.0), lag)


def _lags(sold: Lines, returned: Lines, items: int) -> Floats:
    weeks = np.zeros(LONGEST)
    if len(returned) and len(sold):
        span = int(max(sold.day[-1], returned.day[-1])) + 1 - (low := int(sold.day[0]))
        keys = np.sort((sold.who * items + sold.item) * span + sold.day - low)
        asked = (returned.who * items + returned.item) * span + np.maximum(returned.day - low, 0)
        found = keys[np.maximum(np.searchsorted(keys, asked, side="right") - 1, 0)]
        passed = (asked % span - found % span) // 7
        fits = (found // span == asked // span) & (found <= asked) & (passed < LONGEST)
        weeks = np.bincount(passed[fits], returned.units[fits] ** 0, LONGEST).astype(np.float64)
    return np.asarray((weeks + _first_weeks()) / (weeks.sum() + 1))


def _first_weeks() -> Floats:
    """What is taken where no return can be matched: within four weeks. Worth one return."""
    return np.where(np.arange(LONGEST) < 4, 0.25, 0.0)

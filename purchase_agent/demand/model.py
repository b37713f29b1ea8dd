"""Demand as expected at one origin, in its parts, by nothing that came later."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from purchase_agent.demand.buyers import Buyers, buyers, leaning
from purchase_agent.demand.choice import bought
from purchase_agent.demand.orders import Codes, Floats, Orders
from purchase_agent.demand.returns import returns
from purchase_agent.demand.sizes import lumps

_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Parts of the units to come, [weeks, keys] each; a key is an item, a category or the whole shop.

    Attributes:
        known, new: bought by customers known at the origin and by new ones, in lines of usual size.
        bulk: what orders beyond the usual size add, in proportion.
        returned: of what was and will be bought, what comes back in these weeks.
        lumped: means times the units that come at once, for the variance.
    """

    known: Floats
    new: Floats
    bulk: Floats
    returned: Floats
    lumped: Floats

    @property
    def regular(self) -> Floats:
        return self.known + self.new

    @property
    def mean(self) -> Floats:
        """All that will be bought."""
        return self.known + self.new + self.bulk

    @property
    def lump(self) -> Floats:
        """Units that come at once; 1 where nothing is expected."""
        mean = self.mean
        return np.asarray(np.where(mean > 0, self.lumped / np.maximum(mean, _TINY), 1.0))

    def summed(self, keys: Codes, size: int) -> Expected:
        """The same by coarser keys; ``keys`` is the key of each of the present ones."""
        parts = (self.known, self.new, self.bulk, self.returned, self.lumped)
        return Expected(*(summed(part, keys, size) for part in parts))


def summed(cells: Floats, keys: Codes, size: int) -> Floats:
    """[weeks, size] sums of [weeks, n] cells by the key of each column."""
    return np.stack([np.bincount(keys, week, size) for week in cells])


def expected_at(orders: Orders, origin: int, weeks: int, chances: Floats | None = None) -> Expected:
    """Demand by item in the ``weeks`` that begin with the week ``origin``.

    Args:
        orders: what lies in and behind that week is not looked at.
        chances: [shoppers, weeks] purchases by what was predicted of each at the origin, NaN where nothing was.
    """
    sold = orders.sold.between(orders.first_week, origin)
    returned = orders.returned.between(orders.first_week, origin)
    who = buyers(sold, origin, weeks)
    if chances is not None:
        who = _led(who, chances)
    found = bought(sold, origin, who, orders.category_of)
    regular = found.known + found.new
    back = returns(sold, returned, origin, orders.category_of).ahead(sold, origin, regular)
    mean = regular * (1 + found.bulk)
    return Expected(found.known, found.new, regular * found.bulk, back, mean * lumps(sold, len(orders.category_of)))


def _led(who: Buyers, chances: Floats) -> Buyers:
    return replace(who, purchases=leaning(who.purchases, chances[who.known]))

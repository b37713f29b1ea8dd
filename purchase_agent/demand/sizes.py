"""How many units one line holds: the usual size, and what is beyond it.

A single order of hundreds seldom comes again, and one that is averaged in promises its units for weeks. Sizes of an
item are taken as log-normal, its mean and variance shrunk towards the shop's (a normal prior worth ``_MEAN_PRIOR`` and
``_VARIANCE_PRIOR`` lines); what a line has beyond ``USUAL`` standard deviations is bulk and told apart (winsorising,
Dixon and Tukey 1968).
"""

from __future__ import annotations

import numpy as np

from purchase_agent.demand.orders import Floats, Lines

USUAL, WIDE = 2.0, 3.5
_MEAN_PRIOR, _VARIANCE_PRIOR, _LUMP_PRIOR = 5.0, 10.0, 5.0


def capped(lines: Lines, items: int, deviations: float = USUAL) -> Floats:
    """[n] units of each line, at most its item's usual size."""
    if not len(lines):
        return lines.units
    logs = np.log(lines.units)
    seen = np.bincount(lines.item, minlength=items)
    mean = (np.bincount(lines.item, logs, items) + _MEAN_PRIOR * logs.mean()) / (seen + _MEAN_PRIOR)
    beyond = logs - mean[lines.item]
    variance = np.bincount(lines.item, beyond**2, items) + _VARIANCE_PRIOR * (beyond**2).mean()
    bound = np.exp(mean + deviations * np.sqrt(variance / (seen + _VARIANCE_PRIOR)))
    return np.asarray(np.minimum(lines.units, bound[lines.item]))


def lumps(lines: Lines, items: int) -> Floats:
    """[items] units that come at once: the mean of squares over the mean, so that the variance of a compound Poisson
    number of units is its mean times this; shrunk towards the shop's."""
    units = capped(lines, items, WIDE)
    if not len(units):
        return np.ones(items)
    prior = _LUMP_PRIOR * units.mean()
    shop = (units**2).sum() / units.sum()
    sums = np.bincount(lines.item, units, items)
    return np.asarray((np.bincount(lines.item, units**2, items) + prior * shop) / (sums + prior))

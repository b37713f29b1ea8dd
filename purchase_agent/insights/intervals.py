"""95 % intervals of what is told, from the told numbers: they hold the rounding to tens as well."""

from __future__ import annotations

import math

from purchase_agent.insights.privacy import STEP
from purchase_agent.intervals import Z, newcombe, wilson

_HALF = STEP // 2


def share(part: int, whole: int) -> tuple[float, float, float]:
    """Share of a rounded count in a rounded whole, and its interval (Wilson 1927), widened by what rounding may hide.

    The share and its bounds are whole per cents.
    """
    low, _ = wilson(max(0, part - _HALF) / whole, whole)
    _, high = wilson(min(whole, part + _HALF - 1) / whole, whole)
    return _cent(part / whole), _cent(low), _cent(high)


def difference(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float, float]:
    """Difference of two shares, first less second, and its interval (Newcombe 1998, method 10) over ``share``'s."""
    value, low, high = newcombe(share(*first), share(*second))
    return _cent(value), _cent(low), _cent(high)


def mean(value: float, spread: float, count: int) -> tuple[float, float, float]:
    """A mean between -1 and 1 with its normal interval, in whole per cents; ``spread``: standard deviation."""
    half = Z * spread / math.sqrt(max(1, count))
    return _cent(value), _cent(max(-1.0, value - half)), _cent(min(1.0, value + half))


def happening(value: float, spread: float, count: int) -> tuple[float, float, float]:
    """How many of ``count`` shoppers it happens to, and within which bounds 95 % of the time, if the chances are right.

    From the mean chance and its standard deviation in whole per cents; the normal form of a sum of unequal chances.
    """
    p, s = _cent(value), _cent(spread)
    half = Z * math.sqrt(count * max(0.0, p * (1 - p) - s**2))
    return float(round(p * count)), float(max(0, round(p * count - half))), float(min(count, round(p * count + half)))


def _cent(value: float) -> float:
    return round(value, 2)

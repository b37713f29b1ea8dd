"""95 % intervals of shares and of their differences, in closed form; without numpy."""

from __future__ import annotations

import math
from typing import Final

Z: Final = 1.959964
"""Standard normal quantile that leaves 2.5 % on either side."""
Bounded = tuple[float, float, float]
"""A share with its lower and upper bound."""


def wilson(share: float, rows: float) -> tuple[float, float]:
    """Bounds of a share of ``rows``, which need not be whole (Wilson 1927)."""
    centre = (share + Z**2 / (2 * rows)) / (1 + Z**2 / rows)
    half = Z / (1 + Z**2 / rows) * math.sqrt(share * (1 - share) / rows + Z**2 / (4 * rows**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def newcombe(first: Bounded, second: Bounded) -> Bounded:
    """The first share less the second, with its bounds (Newcombe 1998, method 10)."""
    (p, low_p, high_p), (q, low_q, high_q) = first, second
    low = p - q - math.hypot(p - low_p, high_q - q)
    high = p - q + math.hypot(high_p - p, q - low_q)
    return p - q, max(-1.0, low), min(1.0, high)

"""95 % intervals of shares and of their differences."""

from __future__ import annotations

import math
from typing import NamedTuple

_Z = 1.959964


class Share(NamedTuple):
    """``part`` of ``whole``, with Wilson's interval (1927)."""

    part: int
    whole: int
    value: float
    low: float
    high: float


def share(part: int, whole: int) -> Share:
    """The share of at least one; it holds the true one in 95 of 100 samples, whatever their size."""
    p = part / whole
    middle = (p + _Z**2 / (2 * whole)) / (1 + _Z**2 / whole)
    half = _Z / (1 + _Z**2 / whole) * math.sqrt(p * (1 - p) / whole + _Z**2 / (4 * whole**2))
    return Share(part, whole, round(p, 4), round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4))


def difference(first: Share, second: Share) -> tuple[float, float, float]:
    """First less second, with Newcombe's interval (1998, method 10)."""
    p, q = first.part / first.whole, second.part / second.whole
    low = p - q - math.hypot(p - first.low, second.high - q)
    high = p - q + math.hypot(first.high - p, q - second.low)
    return round(p - q, 4), round(max(-1.0, low), 4), round(min(1.0, high), 4)

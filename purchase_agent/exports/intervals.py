"""95 % intervals of shares and of their differences."""

from __future__ import annotations

from typing import NamedTuple

from purchase_agent.intervals import newcombe, wilson


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
    low, high = wilson(p, whole)
    return Share(part, whole, round(p, 4), round(low, 4), round(high, 4))


def difference(first: Share, second: Share) -> tuple[float, float, float]:
    """First less second, with Newcombe's interval (1998, method 10)."""
    p, q = first.part / first.whole, second.part / second.whole
    value, low, high = newcombe((p, first.low, first.high), (q, second.low, second.high))
    return round(value, 4), round(low, 4), round(high, 4)

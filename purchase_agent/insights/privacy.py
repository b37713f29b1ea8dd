"""Which counts of shoppers are told, and how: none of a group under ten, and none from which such a group follows.

Three rules, the same for every question, so that no other way to ask leads around them:

1. A group of fewer than ten shoppers has no number.
2. A group that leaves out fewer than ten of a larger one that is also told (the same conditions but one) has no number
   of its own: it is told as nearly all of the larger one, or, where that would be another number, not at all. So no two
   told numbers differ by a small group.
3. Every number is rounded to tens, and all that is derived (shares, intervals, expected buyers) is computed from the
   rounded numbers. So sums and differences of told numbers are multiples of ten, over filters and over runs: they never
   give a count from 1 to 9, and bounds on a hidden count stay wide.

Conditions come from closed sets, at most two in a filter, and days from seven steps: narrow sweeps cannot be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from purchase_agent.insights.answers import Hidden

FLOOR = 10
"""Fewest shoppers of a group that is told."""
STEP = 10
"""What numbers of shoppers are rounded to."""


@dataclass(frozen=True, slots=True)
class Told:
    """What may be said of a group. ``shoppers`` is in tens, None where nothing may; ``of`` names the larger group that
    it is nearly all of."""

    shoppers: int | None
    hidden: Hidden | None = None
    of: str | None = None

    @property
    def nearly_all(self) -> bool:
        return self.of is not None


def tens(count: int) -> int:
    """A count as it is told; half of ten goes up."""
    return (count + STEP // 2) // STEP * STEP


def told(count: int, larger: Mapping[str, int], *, within: str | None = None) -> Told:
    """What is said of a group of ``count``.

    Args:
        larger: name -> count of each larger group that differs by one condition.
        within: the one of them that the table is about; nearly all of it is told with its number.
    """
    if count < FLOOR:
        return Told(None, "few")
    for name, size in larger.items():
        if name != within and size - count < FLOOR and tens(size) != tens(count):
            return Told(None, "protects")
    if within is not None and larger[within] - count < FLOOR:
        return Told(tens(larger[within]), None, within)
    return Told(tens(count))

"""What was bought and sent back, as columns: one line is what one shopper bought of one item on one day.

Weeks begin on Monday in the shop's zone; a week's number counts from the one that holds 1970-01-01. What a shopper
bought and sent back on the same day was never wanted: only the difference counts.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

UNKNOWN = ""
"""Name of what has no item or no category."""
_MONDAY = 3  # 1970-01-01 was a Thursday, the fourth day of its week
_MOST_UNITS = 1e9
_EPOCH = date(1970, 1, 1)


class Row(NamedTuple):
    """One purchase or return: ``day`` since 1970 in the shop's zone; ``units`` below 0 were sent back."""

    shopper: str
    day: int
    item: str | None
    category: str | None
    units: float


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Lines in order of their days: shopper, item, day and units (above 0), [n] each."""

    who: Codes
    item: Codes
    day: Codes
    units: Floats

    def __len__(self) -> int:
        return len(self.day)

    @property
    def week(self) -> Codes:
        return week_of(self.day)

    def between(self, first: int, end: int) -> Lines:
        """Those of the weeks from ``first`` up to, not with, ``end``."""
        low, high = np.searchsorted(self.day, [monday(first), monday(end)])
        return Lines(self.who[low:high], self.item[low:high], self.day[low:high], self.units[low:high])

    def by_item(self, first: int, end: int, items: int) -> Floats:
        """[weeks, items] units of each week and item."""
        some = self.between(first, end)
        cells = (some.week - first) * items + some.item
        return np.bincount(cells, some.units, (end - first) * items).astype(np.float64).reshape(end - first, items)


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """A shop's sales and returns.

    Attributes:
        sold, returned: their lines.
        people: ids of shoppers, in the order of their codes.
        items, categories: names, in the order of their codes.
        category_of: [items] code of each item's category: that of the first row that names one, so that later rows
            change nothing.
        first_day: of the first sale.
        left_out: rows that could not be used, by reason.
    """

    sold: Lines
    returned: Lines
    people: list[str]
    items: list[str]
    categories: list[str]
    category_of: Codes
    first_day: int
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def first_week(self) -> int:
        return int(week_of(self.first_day))


def orders_of(rows: Iterable[Row], *, end_day: int | None = None) -> Orders:
    """Rows in any order as columns; those of ``end_day`` and later are not looked at."""
    people: dict[str, int] = {}
    items: dict[str, int] = {UNKNOWN: 0}
    categories: dict[str, int] = {UNKNOWN: 0}
    named: list[tuple[int, str]] = [(0, UNKNOWN)]  # first day that names an item's category, and the category
    left_out: Counter[str] = Counter()
    who, what, when, many = array("q"), array("q"), array("q"), array("d")
    for row in rows:
        if end_day is not None and row.day >= end_day:
            continue
        if not (math.isfinite(row.units) and 0 < abs(row.units) <= _MOST_UNITS):
            left_out["no number of units"] += 1
            continue
        if row.units < 0 and not row.item:
            left_out["a return that names no item"] += 1
            continue
        item = items.setdefault(row.item or UNKNOWN, len(items))
        if item == len(named):
            named.append((row.day, row.category or UNKNOWN))
        elif row.category and item and (not named[item][1] or (row.day, row.category) < named[item]):
            named[item] = (row.day, row.category)
        who.append(people.setdefault(row.shopper, len(people)))
        what.append(item)
        when.append(row.day)
        many.append(row.units)
    category_of = [categories.setdefault(name, len(categories)) for _, name in named]
    sold, returned = _netted(who, what, when, many)
    return Orders(
        sold,
        returned,
        list(people),
        list(items),
        list(categories),
        np.asarray(category_of, np.int64),
        int(sold.day[0]) if len(sold) else 0,
        dict(left_out),
    )


def _netted(who: array[int], what: array[int], when: array[int], many: array[float]) -> tuple[Lines, Lines]:
    columns = np.stack([np.asarray(one, np.int64) for one in (when, who, what)])
    order = np.lexsort(columns[::-1])
    columns, units = columns[:, order], np.asarray(many, np.float64)[order]
    begins = np.ones(len(units), bool)
    begins[1:] = (columns[:, 1:] != columns[:, :-1]).any(0)
    starts = np.flatnonzero(begins)
    net = np.add.reduceat(units, starts) if len(units) else units
    day, person, item = columns[:, starts]
    sold, returned = (Lines(person[kept], item[kept], day[kept], np.abs(net[kept])) for kept in (net > 0, net < 0))
    return sold, returned


def week_of(day: Codes | int) -> Codes:
    """Number of the week that a day is in."""
    return np.asarray((np.asarray(day, np.int64) + _MONDAY) // 7)


def monday(week: int) -> int:
    """The day on which a week begins."""
    return week * 7 - _MONDAY


def date_of(day: int) -> date:
    """A day number as a date."""
    return _EPOCH + timedelta(days=int(day))

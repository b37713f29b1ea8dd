"""Purchase histories as columns: how often, how lately and for how long each customer has bought.

A purchase is a calendar day in the shop's zone with at least one order: several orders of one day are one purchase. A
day is a whole number that counts from any fixed day, usually 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from purchase_agent.errors import InputError

Floats = NDArray[np.float64]
Days = NDArray[np.int64]

_FARTHEST = 10_000_000  # days: 27,000 years, and a day times a customer's place still fits 64 bits


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """One row a customer who bought on or before ``as_of_day``; n rows, all times in days.

    Attributes:
        as_of_day: the last day that is seen.
        ids: [n], sorted as they were given.
        x: [n] repeat purchases: purchase days after the first.
        t_x: [n] from the first purchase to the last, 0 where ``x`` is 0.
        T: [n] from the first purchase to ``as_of_day``.
        monetary: [n] mean amount of a purchase day, in the amounts' unit; NaN where no amount is known.
        days: [purchases] all purchase days, customer by customer, ascending in each.
        starts: [n + 1] where each customer's part of ``days`` begins, and the end of the last one.
    """

    as_of_day: int
    ids: list[str]
    x: Floats
    t_x: Floats
    T: Floats
    monetary: Floats
    days: Days
    starts: Days

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def first(self) -> Days:
        """[n] the day of the first purchase."""
        return self.days[self.starts[:-1]]

    @property
    def last(self) -> Days:
        """[n] the day of the last purchase."""
        return self.days[self.starts[1:] - 1]

    @property
    def gaps(self) -> Days:
        """[purchases - n] days between one purchase and the next; customer i's part begins at ``starts[i] - i``."""
        inner = np.ones(len(self.days), dtype=bool)
        inner[self.starts[:-1]] = False
        return np.diff(self.days, prepend=0)[inner]


def build(
    purchases: Mapping[str, ArrayLike], as_of_day: int, *, amounts: Mapping[str, ArrayLike] | None = None
) -> Histories:
    """Histories of ``{id: days}`` in the order given; days after ``as_of_day`` are not used.

    Args:
        purchases: the days of each customer's orders, in any order, repeats allowed.
        as_of_day: the last day that is seen.
        amounts: for the same customers, what each order cost, place for place.

    Raises:
        InputError: a day is not a whole number, or amounts do not fit the days.
    """
    ids = list(purchases)
    parts = [_row(days) for days in purchases.values()]
    sizes = np.array([len(part) for part in parts], dtype=np.int64)
    owners = np.repeat(np.arange(len(ids)), sizes)
    spent = None
    if amounts is not None:
        if list(amounts) != ids:
            raise InputError("amounts are not of the same customers as the purchases", field="amounts")
        each = [np.atleast_1d(np.asarray(some, dtype=np.float64)) for some in amounts.values()]
        wrong = [name for name, part, some in zip(ids, parts, each, strict=True) if len(part) != len(some)]
        if wrong:
            raise InputError(f"customer {wrong[0]!r} has not one amount for each purchase", field="amounts")
        spent = np.concatenate([np.empty(0), *each])
    return _columns(ids, owners, np.concatenate([np.empty(0, np.int64), *parts]), int(as_of_day), spent)


def from_rows(
    ids: Sequence[str] | NDArray[np.str_], days: ArrayLike, as_of_day: int, *, amounts: ArrayLike | None = None
) -> Histories:
    """Histories of a long table, one row an order: its customer, its day and, if known, its amount; ids sorted.

    Raises:
        InputError: the columns differ in length, or a day is not a whole number.
    """
    names, owners = np.unique(np.asarray(ids, dtype=np.str_), return_inverse=True)
    when = _row(days)
    spent = None if amounts is None else np.atleast_1d(np.asarray(amounts, dtype=np.float64))
    if len(when) != len(owners) or (spent is not None and len(spent) != len(owners)):
        raise InputError(f"{len(owners)} ids, but {len(when)} days or another number of amounts", field="days")
    return _columns(names.tolist(), owners, when, int(as_of_day), spent)


def _columns(
    ids: list[str], owners: NDArray[np.intp], days: NDArray[np.generic], as_of_day: int, amounts: Floats | None
) -> Histories:
    when = _whole(days)
    seen = when <= as_of_day
    owners, when = owners[seen], when[seen]
    low = int(when.min()) if len(when) else 0
    span = as_of_day - low + 1
    keys, place = np.unique(owners * span + (when - low), return_inverse=True)
    owner, day = keys // span, keys % span + low
    there, starts = np.unique(owner, return_index=True)
    starts = np.append(starts, len(day)).astype(np.int64)
    count = np.diff(starts)
    first, last = day[starts[:-1]], day[starts[1:] - 1]
    if amounts is None:
        monetary = np.full(len(there), np.nan)
    else:
        of_day = np.bincount(place, weights=amounts[seen], minlength=len(day))
        monetary = np.add.reduceat(of_day, starts[:-1]) / count if len(there) else np.empty(0)
    return Histories(
        as_of_day,
        ids if len(there) == len(ids) else [ids[one] for one in there],
        (count - 1).astype(np.float64),
        (last - first).astype(np.float64),
        (as_of_day - first).astype(np.float64),
        monetary,
        day,
        starts,
    )


def _row(days: ArrayLike) -> NDArray[np.generic]:
    row = np.atleast_1d(np.asarray(days))
    if row.ndim != 1 or (row.dtype.kind not in "iuf" and len(row)):
        raise InputError(f"days are {row.dtype} of {row.ndim} dimensions, not a row of whole numbers", field="days")
    return row


def _whole(days: NDArray[np.generic]) -> Days:
    numbers = days.astype(np.float64)
    wrong = ~((np.abs(numbers) <= _FARTHEST) & (np.rint(numbers) == numbers))
    if wrong.any():
        raise InputError(
            f"{wrong.sum()} of {len(days)} days are no whole numbers, the first is {numbers[wrong][0]}", field="days"
        )
    return days.astype(np.int64)

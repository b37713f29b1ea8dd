"""Purchase histories cut at past days: what was known of each customer then, and when he bought next."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from purchase_agent.errors import InputError
from purchase_agent.predictors.timing.features import Past
from purchase_agent.predictors.timing.history import Days, Floats

NEVER = 10**6
"""Days to a next purchase that was not seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """Purchase days of one shop until the last day that was watched, customer by customer, ascending in each.

    Attributes:
        ids: [n] customers, in order.
        days, spent: [purchases] days since 1970 and what was paid, NaN where it is not known.
        starts: [n + 1] where each customer's part begins, and the end of the last one.
        end_day: the last day watched.
    """

    name: str
    ids: tuple[str, ...]
    days: Days
    spent: Floats
    starts: Days
    end_day: int

    @property
    def owner(self) -> NDArray[np.intp]:
        """[purchases] place of the customer."""
        return np.repeat(np.arange(len(self.ids)), np.diff(self.starts))

    @property
    def first_day(self) -> int:
        return int(self.days.min())

    def until(self, day: int) -> Shop:
        """What was known when ``day`` was over."""
        return self._where(self.days <= day, min(day, self.end_day))

    def only(self, chosen: NDArray[np.bool_]) -> Shop:
        """The customers that are chosen."""
        return self._where(chosen[self.owner], self.end_day)

    def _where(self, kept: NDArray[np.bool_], end_day: int) -> Shop:
        count = np.bincount(self.owner[kept], minlength=len(self.ids))
        there = np.flatnonzero(count)
        starts = np.concatenate([[0], np.cumsum(count[there])])
        ids = tuple(self.ids[place] for place in there)
        return Shop(self.name, ids, self.days[kept], self.spent[kept], starts, end_day)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Customers at past days: ``past`` as models see them; ``who`` [n] place in the shop; ``next_in`` [n] days to the
    next purchase, ``NEVER`` where none was seen; ``watched`` [n] days for which that is known."""

    past: Past
    who: NDArray[np.intp]
    next_in: Days
    watched: Days

    def __len__(self) -> int:
        return len(self.who)


def shop_of(
    name: str, purchases: Mapping[str, Sequence[int]], spent: Mapping[str, Sequence[float]] | None, end_day: int
) -> Shop:
    """A shop from each customer's purchase days in any order; orders of one day are one purchase.

    Raises:
        InputError: amounts do not fit the days.
    """
    ids: list[str] = []
    days: list[int] = []
    paid: list[float] = []
    starts = [0]
    for customer, when in purchases.items():
        costs = spent[customer] if spent is not None else [float("nan")] * len(when)
        if len(costs) != len(when):
            raise InputError(f"customer {customer!r} has not one amount for each purchase", field="spent")
        merged: dict[int, float] = {}
        for day, cost in sorted(zip(when, costs, strict=True), key=lambda one: one[0]):
            if day <= end_day:
                merged[int(day)] = cost if day not in merged else float(np.nansum([merged[int(day)], cost]))
        if merged:
            ids.append(customer)
            days += merged
            paid += merged.values()
            starts.append(len(days))
    return Shop(
        name,
        tuple(ids),
        np.asarray(days, np.int64),
        np.asarray(paid, np.float64),
        np.asarray(starts, np.int64),
        end_day,
    )


def rows_at(shop: Shop, cuts: Sequence[int]) -> Rows:
    """Everybody who had bought by each of ``cuts``, one cut after the other."""
    parts = [_at(shop, cut) for cut in cuts]
    size = np.concatenate([[0], np.cumsum([len(part.past.ago) for part in parts])])
    starts = [part.past.starts[:-1] + begin for part, begin in zip(parts, size, strict=False)]
    past = Past(
        np.concatenate([part.past.as_of for part in parts]),
        np.concatenate([part.past.ago for part in parts]),
        np.concatenate([part.past.spent for part in parts]),
        np.concatenate([*starts, size[-1:]]).astype(np.int64),
    )
    return Rows(
        past,
        np.concatenate([part.who for part in parts]),
        np.concatenate([part.next_in for part in parts]),
        np.concatenate([part.watched for part in parts]),
    )


def _at(shop: Shop, cut: int) -> Rows:
    known = shop.days <= cut
    count = np.add.reduceat(known, shop.starts[:-1])
    who = np.flatnonzero(count)
    following = shop.starts[:-1] + count  # the first day after the cut, or the next customer's
    there = following < shop.starts[1:]
    next_in = np.full(len(shop.ids), NEVER)
    next_in[there] = shop.days[following[there]] - cut
    past = Past(
        np.full(len(who), cut),
        cut - shop.days[known],
        shop.spent[known],
        np.concatenate([[0], np.cumsum(count[who])]).astype(np.int64),
    )
    return Rows(past, who, next_in[who], np.full(len(who), shop.end_day - cut))


def part_of(rows: Rows, chosen: NDArray[np.bool_]) -> Rows:
    """The rows that are chosen."""
    kept = chosen[rows.past.row_of]
    starts = np.concatenate([[0], np.cumsum(np.diff(rows.past.starts)[chosen])]).astype(np.int64)
    past = Past(rows.past.as_of[chosen], rows.past.ago[kept], rows.past.spent[kept], starts)
    return Rows(past, rows.who[chosen], rows.next_in[chosen], rows.watched[chosen])


def draw(shop: Shop, share: float, salt: str) -> NDArray[np.bool_]:
    """[n] a share of the customers, the same whatever the order of a file."""
    number = np.asarray([zlib.crc32(f"{salt}:{customer}".encode()) for customer in shop.ids])
    chosen: NDArray[np.bool_] = number < share * 2**32
    return chosen

"""What a buyer buys: units of a purchase day, and the items they are of.

Units of a purchase are the customer's own recent mean, shrunk towards the shop's by two purchases. Their items are to
``OWN`` of what he bought before, each item as it has come into or gone out of favour since, and otherwise of what
everybody buys now. That is a mean over weeks of half-life ``_NOW``, of an item with few lines shrunk (by ``_PRIOR``
lines) towards its long share times how its category has moved: a hierarchy of item, category and shop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from purchase_agent.demand.buyers import Buyers
from purchase_agent.demand.orders import Codes, Floats, Lines
from purchase_agent.demand.sizes import capped

OWN = 0.3
_NOW, _LONG, _BASKETS = 2.5, 13.0, 16.0  # half-lives in weeks
_PRIOR = 2.0  # lines
_OWN_PURCHASES = 2.0
_MOVED = 5.0  # a category's share is not taken to have moved more than so many times
_NONE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Bought:
    """[weeks, items] units to come of usual size: of customers known at the origin, and of new ones; ``bulk`` is what
    orders beyond the usual size add to them, as a share."""

    known: Floats
    new: Floats
    bulk: float


def bought(sold: Lines, origin: int, who: Buyers, category_of: Codes) -> Bought:
    """Units expected at the beginning of the week ``origin`` of ``who`` will buy.

    Args:
        sold: lines before it.
        category_of: [items] code of each item's category.
    """
    items = len(category_of)
    usual = capped(sold, items)
    age = (origin - 1 - sold.week).astype(np.float64)
    now, long = usual * 0.5 ** (age / _NOW), usual * 0.5 ** (age / _LONG)
    shares = _shares(sold.item, now, long, 0.5 ** (age / _NOW), category_of)
    basket, of_new = _baskets(sold, usual, age, who)
    units = np.zeros((len(who.first), who.purchases.shape[1]))
    units[who.known] = who.purchases * basket[who.known, None]
    lasting = np.bincount(sold.item, long, items)
    favour = (shares + _NONE) / (lasting / max(lasting.sum(), _NONE) + _NONE)
    own = long * favour[sold.item]
    of_customer = np.maximum(np.bincount(sold.who, own, len(units)), np.finfo(np.float64).tiny)
    known = np.stack([
        (1 - OWN) * week.sum() * shares + OWN * np.bincount(sold.item, own * (week / of_customer)[sold.who], items)
        for week in units.T
    ])  # fmt: skip
    recent = 0.5 ** (age / (_LONG / 2))
    bulk = float(recent @ sold.units / (recent @ usual)) - 1
    return Bought(known, who.newcomers[:, None] * of_new * shares, bulk)


def _shares(item: Codes, now: Floats, long: Floats, lines: Floats, category_of: Codes) -> Floats:
    """[items] shares of all units, summing to 1."""
    items, categories = len(category_of), int(category_of.max()) + 1
    short = np.bincount(item, now, items) / now.sum()
    lasting = np.bincount(item, long, items) / long.sum()
    moved = (np.bincount(category_of, short, categories) + _NONE) / (
        np.bincount(category_of, lasting, categories) + _NONE
    )
    prior = lasting * np.clip(moved, 1 / _MOVED, _MOVED)[category_of]
    seen = np.bincount(item, lines, items)
    shares = (seen * short + _PRIOR * prior) / (seen + _PRIOR)
    return np.asarray(shares / shares.sum())


def _baskets(sold: Lines, usual: Floats, age: Floats, who: Buyers) -> tuple[Floats, float]:
    """[shoppers] units of a purchase day of each, and of a first one."""
    span = int(sold.day[-1]) + 1 - (low := int(sold.day[0]))
    keys, first_line, day = np.unique(sold.who * span + (sold.day - low), return_index=True, return_inverse=True)
    units = np.bincount(day, usual)
    weight = 0.5 ** (age[first_line] / _BASKETS)
    owner = keys // span
    mean = float(weight @ units / weight.sum())
    size = len(who.first)
    own = np.bincount(owner, weight * units, size) + _OWN_PURCHASES * mean
    each = own / (np.bincount(owner, weight, size) + _OWN_PURCHASES)
    new = who.first[owner] == sold.week[first_line]
    total = float(weight[new].sum())
    return np.asarray(each), (float(weight[new] @ units[new]) + mean) / (total + 1)

"""Shops in which shoppers are simulated: what they sell, what they log and how busy each day is.

Popularity falls off as Zipf's law; weekends, paydays, sales and the end of the year are busier. All numbers are drawn
anew for each shop, so that a model learns to read a shop rather than to know one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import NamedTuple

from purchase_agent.training.simulate_kinds import FOUR, FULL, KINDS, ORDERS, SERVICE, Kind

DAY_S = 86_400.0
EPOCH = date(1970, 1, 1)
FIRST_DAY, LAST_DAY = (date(2022, 1, 1) - EPOCH).days, (date(2025, 12, 31) - EPOCH).days
BEFORE = 75
"""Days that are lived before a log begins, so that it begins in the midst of things as logs do."""


class Item(NamedTuple):
    """``appeal``: what everybody likes about it, in standard deviations; ``salt``: decides when it is reduced."""

    id: str
    category: str
    price: float
    appeal: float
    salt: int


@dataclass(frozen=True, slots=True)
class Category:
    """``cycle_days``: how long one purchase lasts where it is a consumable."""

    name: str
    price: float
    cycle_days: float | None
    items: tuple[Item, ...]
    popularity: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop and the time it is watched: from ``start`` until ``end``, in seconds since 1970.

    ``busy[d]``: how busy day ``first_day + d`` is, at most 1; ``sales``: day -> how far prices are reduced;
    ``buys_now`` to ``resolve``: factor on what all shoppers do; ``unseen``: share of visits that the log misses, on
    another device or behind a blocker; ``lines``: whether each item of an order is a purchase of its own; ``daily``:
    times are known to the day only.
    """

    kind: Kind
    logged: frozenset[str]
    categories: tuple[Category, ...]
    popularity: tuple[float, ...]
    start: float
    end: float
    first_day: int
    busy: tuple[float, ...]
    sales: dict[int, float]
    offset_h: int
    skims: float
    buys_now: float
    carts: float
    wishes: float
    resolve: float
    unseen: float
    shows_items: bool
    shows_categories: bool
    shows_prices: bool
    lines: bool
    daily: bool

    def reduced(self, item: Item, at: float) -> float:
        """How far an item's price is reduced at a time: in sales half of the items, else now and then one."""
        day = int(at // DAY_S)
        if item.salt % 2 and day in self.sales:
            return self.sales[day]
        return 0.2 if (item.salt + day // 8) % 23 == 0 else 0.0


def open_shop(number: int, days: int, seed: int) -> Shop:
    """The shop with this number: its kind, its goods, its log and its calendar, watched for at most ``days`` days."""
    rng = random.Random(f"{seed}/shop/{number}")
    kind = KINDS[number % len(KINDS)]
    logs, shares = zip(*kind.logs, strict=True)
    logged: frozenset[str] = rng.choices(logs, shares)[0]
    if logged == FULL:  # few shops log every kind of service event
        logged -= frozenset(rng.sample(SERVICE, rng.choice((0, 0, 1, 2))))
    # Some logs are short, as published ones are; days that a question would need are then simply not known.
    watched = min(days, rng.randint(9, 35)) if rng.random() < 0.15 else max(1, round(days * rng.uniform(0.25, 1.0)))
    first = rng.randint(FIRST_DAY, LAST_DAY - watched)
    sales = _sales(first - BEFORE, first + watched, rng)
    categories = _categories(kind, rng)
    shows_items = rng.random() < 0.93
    daily = logged == ORDERS and rng.random() < 0.6
    return Shop(
        kind, logged, categories, _zipf(len(categories), rng.uniform(0.5, 0.9)),
        start=first * DAY_S,
        end=(first + watched) * DAY_S,
        first_day=first - BEFORE,
        busy=_busy(kind, first - BEFORE, watched + BEFORE, sales, rng),
        sales=sales,
        offset_h=0 if daily else rng.choice((-8, -5, 0, 1, 1, 2, 8, 8)),
        skims=min(0.85, max(0.1, rng.gauss(kind.skims, 0.13))),
        buys_now=rng.choice((0.1, 0.3, 0.8, 1.6)),
        carts=rng.lognormvariate(0.75 if logged <= FOUR else 0.05, 0.3),
        wishes=rng.lognormvariate(1.7, 0.4) if logged == FOUR else 1.0,
        resolve=rng.lognormvariate(-0.1, 0.35),
        unseen=rng.choice((0.0, 0.05, 0.2, 0.45)),
        shows_items=shows_items,
        shows_categories=rng.random() < (0.75 if shows_items else 1.0),
        shows_prices=rng.random() < (0.25 if logged <= FOUR else 0.7),
        lines=shows_items and rng.random() < 0.6,
        daily=daily,
    )  # fmt: skip


def _categories(kind: Kind, rng: random.Random) -> tuple[Category, ...]:
    count, items = rng.randint(*kind.categories), rng.randint(*kind.items)
    shares = _zipf(count, 0.7)
    level = kind.price * rng.lognormvariate(0.0, 0.4)
    out = []
    for place in range(count):
        share = shares[place] - (shares[place - 1] if place else 0.0)
        price = level * rng.lognormvariate(0.0, 0.5)
        cycle = rng.choice((7, 14, 21, 30, 45, 60)) * rng.uniform(0.8, 1.2) if rng.random() < kind.consumables else None
        size = max(3, round(items * share / shares[-1]))
        goods = tuple(
            Item(f"i{place}-{n}", f"c{place}", round(price * rng.lognormvariate(0.0, 0.45), 2), rng.gauss(0.0, 0.5),
                 rng.randrange(1 << 20))
            for n in range(size)
        )  # fmt: skip
        out.append(Category(f"c{place}", price, cycle, goods, _zipf(size, rng.uniform(0.3, 0.8))))
    return tuple(out)


def _zipf(count: int, power: float) -> tuple[float, ...]:
    """Cumulative popularity of ranks."""
    return tuple(accumulate((rank + 1.0) ** -power for rank in range(count)))


def _sales(first: int, last: int, rng: random.Random) -> dict[int, float]:
    """Days of a sale: now and then one of a few days, and those of November in most shops."""
    out: dict[int, float] = {}
    day = first + rng.randint(0, 40)
    while day < last:
        depth = rng.uniform(0.1, 0.35)
        out.update(dict.fromkeys(range(day, day + rng.randint(2, 6)), depth))
        day += rng.randint(20, 70)
    if rng.random() < 0.7:
        out |= {day: 0.3 for day in range(first, last) if _festive(EPOCH + timedelta(days=day)) > 1.7}
    return out


def _festive(day: date) -> float:
    """How much busier the end of the year is; its two great sales most."""
    if day.month == 11 and (9 <= day.day <= 11 or 23 <= day.day <= 30):
        return 2.0
    if (day.month == 11 and day.day > 4) or (day.month == 12 and day.day <= 20):
        return 1.45
    if day.month == 12 and day.day >= 24:
        return 0.75
    return 0.9 if day.month in {7, 8} else 1.0


def _busy(kind: Kind, first: int, count: int, sales: dict[int, float], rng: random.Random) -> tuple[float, ...]:
    trade = kind.name == "wholesaler"
    weekend = rng.uniform(0.2, 0.5) if trade else rng.uniform(0.85, 1.4)
    closed = 5 if trade and rng.random() < 0.5 else None
    payday, growth = rng.choice((1, 10, 15, 25, 28)), rng.gauss(0.0, 0.25)
    out = []
    for place in range(count):
        day = EPOCH + timedelta(days=first + place)
        weight = _festive(day) * (1.4 if first + place in sales else 1.0) * (1.0 + growth * place / 365.0)
        weight *= weekend if day.weekday() >= 5 else 1.0
        weight *= 1.2 if (day.day - payday) % 30 <= 3 else 1.0
        out.append(0.0 if day.weekday() == closed else max(0.05, weight))
    # The busiest days of all are cut: what is left is drawn by rejection, and nearly all draws would be rejected.
    top = sorted(out)[-max(1, len(out) // 20)]
    return tuple(min(1.0, weight / top) for weight in out)

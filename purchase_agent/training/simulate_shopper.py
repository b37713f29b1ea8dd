"""A simulated shopper: what stays the same about him, and what is on his mind from visit to visit.

Heterogeneity follows Fader, Hardie and Lee (2005, Marketing Science 24, 275-284): rates and the chance of dropping out
differ between people (here log-normal and beta) and stay with each of them. What is on his mind is what Moe (2003, J.
Consumer Psychology 13, 29-39) reads from the pages of a visit: whether he looks around, compares, or has decided.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from purchase_agent.training.simulate_shop import DAY_S, Category, Item, Shop

RECENT = 8
"""Items that a shopper remembers well enough to go back to."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """``drops``: chance after a visit that he stops coming just to look; ``thrift``: how much a price weighs; ``pace``:
    factor on every time he takes; ``hour``: when he mostly comes, local time; the rest: factor on doing so."""

    favourites: tuple[Category, ...]
    away_days: float
    needs: float
    drops: float
    lost: float
    patience: float
    thrift: float
    pace: float
    stamina: float
    hour: float
    weekend: float
    carts: float
    wishes: float
    searches: float
    reads: float
    buys_now: float
    resolve: float
    writes: float
    basket: float


def meet(shop: Shop, rng: random.Random) -> Shopper:
    """A new shopper of a shop."""
    kind = shop.kind
    count = min(len(shop.categories), 1 + int(rng.expovariate(0.4)))
    return Shopper(
        favourites=tuple(rng.choices(shop.categories, cum_weights=shop.popularity, k=count)),
        away_days=max(0.5, kind.away_days * rng.lognormvariate(0.0, 0.35 if kind.basket > 3 else 1.0)),
        needs=min(0.9, kind.needs * rng.lognormvariate(-0.2, 0.7)),
        drops=rng.betavariate(*kind.dropout),
        lost=min(0.9, kind.lost * rng.lognormvariate(0.0, 0.4)),
        patience=max(1.5, kind.patience * rng.lognormvariate(0.0, 0.5)),
        thrift=rng.uniform(0.0, 1.2),
        pace=rng.lognormvariate(0.0, 0.3),
        stamina=kind.stamina * rng.lognormvariate(0.0, 0.35),
        hour=rng.choice((9.5, 12.5, 16.0, 20.5, 21.5)) + rng.gauss(0.0, 1.0),
        weekend=rng.uniform(0.6, 1.0),
        carts=shop.carts * rng.lognormvariate(-0.1, 0.6),
        wishes=shop.wishes * rng.choice((0.0, 0.4, 1.0, 3.0)),
        searches=rng.lognormvariate(-0.2, 0.6),
        reads=rng.choice((0.2, 1.0, 2.0)),
        buys_now=shop.buys_now * rng.choice((0.3, 1.0, 2.0)),
        resolve=shop.resolve * rng.lognormvariate(0.0, 0.4),
        writes=rng.choice((0.1, 0.3, 2.0)),
        basket=max(1.0, kind.basket * rng.lognormvariate(0.0, 0.5)),
    )  # fmt: skip


@dataclass(slots=True)
class Mind:
    """What a shopper remembers and wants now.

    ``need``: the category he wants something of; ``chosen``: what he means to buy; ``waits``: only when it is cheaper;
    ``looked``: items looked at for the need; ``tastes``: how much he likes an item, found when he first sees it;
    ``looks``: how often he saw it; ``due``: consumable's category -> when it is used up; ``after``: when he comes back
    about what he has bought, and whether to return it.
    """

    need: Category | None = None
    gift: bool = False
    chosen: Item | None = None
    waits: bool = False
    looked: int = 0
    tastes: dict[str, float] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    recent: list[Item] = field(default_factory=list)
    cart: list[Item] = field(default_factory=list)
    carted_at: float = 0.0
    wished: set[str] = field(default_factory=set)
    bought: list[Item] = field(default_factory=list)
    due: dict[str, float] = field(default_factory=dict)
    after: list[tuple[float, Item, bool]] = field(default_factory=list)

    def want(self, category: Category | None, *, gift: bool = False) -> None:
        """A need begins, or, with None, is over."""
        self.need, self.gift = category, gift
        self.chosen, self.waits, self.looked = None, False, 0

    def see(self, item: Item, rng: random.Random) -> None:
        self.looks[item.id] = self.looks.get(item.id, 0) + 1
        if item.id not in self.tastes:
            self.tastes[item.id] = item.appeal + rng.gauss(0.0, 1.0)
        if item in self.recent:
            self.recent.remove(item)
        self.recent.append(item)
        if len(self.recent) > RECENT:
            # He forgets rather what he liked less.
            old = min(self.recent[: RECENT // 2], key=lambda one: self.tastes[one.id])
            self.recent.remove(old)
        if self.need is not None and item.category == self.need.name:
            self.looked += 1

    def bar(self, who: Shopper) -> float:
        """How much an item must be liked to be chosen: high for the patient, lower the longer he has looked."""
        if self.need is None:
            return 2.6
        return 0.65 * math.log(who.patience) - 0.8 * self.looked / (self.looked + 2.0 * who.patience)

    def liking(self, item: Item, who: Shopper, off: float, level: float) -> float:
        """How much he likes an item at its price: ``off`` is by how much it is reduced, ``level`` its category's."""
        return self.tastes[item.id] - who.thrift * (0.6 * math.log(item.price * (1.0 - off) / level) - 1.5 * off)

    def buy(self, items: list[Item], at: float, shop: Shop, who: Shopper, rng: random.Random) -> None:
        """He has bought: the need is over, consumables will be used up, and he may come back about them."""
        for item in items:
            category = shop.categories[int(item.category[1:])]
            if category.cycle_days is not None:
                self.due[item.category] = at + DAY_S * category.cycle_days * rng.lognormvariate(0.0, 0.3)
            if self.need is category:
                self.want(None)
        self.bought = [*self.bought[-20:], *items]
        item = rng.choice(items)
        back = rng.random() < shop.kind.refunds
        if back or rng.random() < 0.15 + 0.15 * who.writes:
            self.after.append((at + DAY_S * rng.lognormvariate(1.6, 0.7), item, back))

"""One visit of a simulated shopper: a walk from page to page until he leaves.

Nothing is certain: each next page is drawn, from weights that hang on his stage and the page he is on, and rise and
fall with how much he likes the item, how often he has seen it, what is in his cart and how tired he is.
"""

from __future__ import annotations

import math
import random

from purchase_agent.events import Step
from purchase_agent.training import simulate_paths as paths
from purchase_agent.training.simulate_paths import AFTER, BROWSING, COMPARING, DETERMINED, GIFT, REPLENISHING, WAITING
from purchase_agent.training.simulate_shop import DAY_S, Category, Item, Shop
from purchase_agent.training.simulate_shopper import Mind, Shopper


class Visit:
    """Walks from ``at`` until the shopper leaves. ``steps`` is what the shop logs; ``at`` is then when he left."""

    def __init__(self, shop: Shop, who: Shopper, mind: Mind, rng: random.Random, at: float, stage: str) -> None:
        self.shop, self.who, self.mind, self.rng, self.at, self.stage = shop, who, mind, rng, at, stage
        self.steps: list[Step] = []
        self.item: Item | None = None
        self.bought = False
        self.category = mind.need if mind.need is not None and stage != BROWSING else self._favourite()
        # How long he has time for: sessions are short in the median and have a long tail.
        self._stamina = who.stamina * rng.lognormvariate(0.1, 0.7)
        self._goal = max(1, round(who.basket * rng.lognormvariate(0.0, 0.35))) if stage == REPLENISHING else 1
        self._back = False
        self._seen = 1.0 if rng.random() > shop.unseen else 0.1  # on another device, most of a visit goes unseen
        if stage == AFTER and mind.after:
            _, self.item, self._back = mind.after.pop(0)
        elif stage == DETERMINED and mind.chosen is not None and rng.random() < 0.4:
            self.item = mind.chosen  # a bookmark or a message leads him there
        self._last = ""

    def walk(self) -> None:
        """The whole visit."""
        while True:
            page = self.rng.choices(paths.PAGES, self._next())[0]
            if page == "leave":
                return
            self._do(page)
            self._last = page
            self._stamina *= 0.985 if self.stage != REPLENISHING else 1.0
            self.at += self._dwell(page)

    def _next(self) -> list[float]:
        weights = list(paths.weights_of(self.stage, self._last))
        mind, who, item = self.mind, self.who, self.item
        weights[paths.SEARCH] *= who.searches
        weights[paths.REVIEWS] *= who.reads
        weights[paths.LEAVE] /= self._stamina
        weights[paths.WRITE] *= who.writes
        weights[paths.RETURN] *= 4.0 if self._back else 0.0
        if item is None:
            for page in (paths.COMPARE, paths.REVIEWS, paths.WISH, paths.BUY, paths.WRITE):
                weights[page] = 0.0
            if self.stage != REPLENISHING:
                weights[paths.CART] = 0.0
        else:
            self._tempt(weights, item)
        full = len(mind.cart)
        if not full:
            weights[paths.REMOVE] = weights[paths.SEE_CART] = weights[paths.CHECKOUT] = 0.0
        else:
            ready = who.resolve * (1.0 if full >= self._goal else 0.05)
            weights[paths.REMOVE] *= min(3.0, 0.5 + 0.25 * full) if self.stage != REPLENISHING else 1.0
            weights[paths.CHECKOUT] *= ready
            if self._last == "begin_checkout":
                weights[paths.BUY] = 0.26 * ready
                weights[paths.LEAVE] *= 1.0 + who.thrift
        if self.stage == REPLENISHING and full >= 2 * self._goal:
            weights[paths.CART] *= 0.1
        return weights

    def _tempt(self, weights: list[float], item: Item) -> None:
        """What an item that is liked, and seen again, invites to."""
        mind, who = self.mind, self.who
        excess = max(-2.5, min(1.3, self._liking(item) - mind.bar(who)))
        again = 1.0 + 0.8 * min(3, mind.looks.get(item.id, 1) - 1)
        pull = math.exp(0.9 * excess) * again
        weights[paths.COMPARE] *= 1.0 if self.stage in {COMPARING, GIFT, DETERMINED} else 0.3
        weights[paths.REVIEWS] *= min(2.0, 0.5 + 0.5 * pull)
        weights[paths.WISH] *= pull * who.wishes * (0.05 if item.id in mind.wished else 1.0)
        if item in mind.cart:
            weights[paths.CART] *= 0.06
        elif self.stage != REPLENISHING:
            weights[paths.CART] *= pull * who.carts
        weights[paths.BUY] *= pull * who.buys_now * who.resolve
        if self.bought:
            weights[paths.CART], weights[paths.BUY] = 0.3 * weights[paths.CART], 0.1 * weights[paths.BUY]

    def _do(self, page: str) -> None:
        mind = self.mind
        if page == "view_item":
            self._view()
        elif page in {"search", "view_item_list"}:
            self.item = None
            if self.stage == BROWSING and self.rng.random() < 0.3:
                self.category = self._favourite()
        elif page == "add_to_cart":
            if self.stage == REPLENISHING and (self.item is None or self.rng.random() < 0.8):
                self.item = self._routine()
            if self.item is not None and self.item not in mind.cart:
                mind.cart.append(self.item)
                mind.carted_at = self.at
        elif page == "remove_from_cart":
            self.item = mind.cart.pop(self.rng.randrange(len(mind.cart)))
        elif page == "add_to_wishlist" and self.item is not None:
            mind.wished.add(self.item.id)
        elif page == "return_refund":
            self._back = False
        if page == "purchase":
            self._purchase()
        else:
            self._log(page, self.item if page in paths.OF_ITEM else None)

    def _view(self) -> None:
        mind, who = self.mind, self.who
        item = self._look()
        if item is self.item:  # the same page again is rare, most shops do not log it
            item = self._look()
        self.item = item
        mind.see(item, self.rng)
        if self.stage not in {COMPARING, GIFT} or mind.need is None or item.category != mind.need.name:
            if self.stage == WAITING and item is mind.chosen and self.shop.reduced(item, self.at) > 0.08:
                mind.waits, self.stage = False, DETERMINED
            return
        if self._liking(item) > mind.bar(who) and self.rng.random() < 0.13 + 0.22 * min(3, mind.looks[item.id] - 1):
            mind.chosen = item
            mind.waits = self.rng.random() < 0.3 * who.thrift and self.shop.reduced(item, self.at) < 0.08
            self.stage = WAITING if mind.waits else DETERMINED

    def _look(self) -> Item:
        """The item he looks at next: one that he knows, the one he has chosen, or a new one."""
        mind, rng = self.mind, self.rng
        draw = rng.random()
        if self.stage in {DETERMINED, WAITING} and mind.chosen is not None and draw < 0.5:
            return mind.chosen
        if self.stage == REPLENISHING and mind.bought and draw < 0.6:
            return self._routine()
        if self.stage == AFTER and mind.bought and draw < 0.5:
            return rng.choice(mind.bought)
        known = 0.06 if self.stage == BROWSING else 0.12 + 0.008 * min(20, mind.looked)
        if mind.recent and draw > 1.0 - known:
            pair = rng.choice(mind.recent), rng.choice(mind.recent)
            return max(pair, key=lambda one: mind.tastes[one.id])
        if rng.random() < (0.28 if self.stage in {BROWSING, AFTER} else 0.09):
            self.category = self._favourite()
        elif mind.need is not None and self.stage in {COMPARING, GIFT, DETERMINED, WAITING}:
            self.category = mind.need
        item = rng.choices(self.category.items, cum_weights=self.category.popularity)[0]
        if item.id in mind.looks and rng.random() < 0.75:  # what he knows, he mostly passes over
            item = rng.choices(self.category.items, cum_weights=self.category.popularity)[0]
        return item

    def _routine(self) -> Item:
        """What he buys regularly, or something of the kind."""
        mind, rng = self.mind, self.rng
        if mind.bought and rng.random() < 0.7:
            return rng.choice(mind.bought)
        if mind.need is None or rng.random() < 0.5:
            self.category = self._favourite()
        return rng.choices(self.category.items, cum_weights=self.category.popularity)[0]

    def _favourite(self) -> Category:
        if self.rng.random() < 0.75:
            return self.rng.choice(self.who.favourites)
        return self.rng.choices(self.shop.categories, cum_weights=self.shop.popularity)[0]

    def _liking(self, item: Item) -> float:
        if item.id not in self.mind.tastes:
            self.mind.see(item, self.rng)
        category = self.shop.categories[int(item.category[1:])]
        return self.mind.liking(item, self.who, self.shop.reduced(item, self.at), category.price)

    def _purchase(self) -> None:
        mind, rng = self.mind, self.rng
        if self._last == "begin_checkout" and mind.cart:
            # Many carts are paid for in part: the rest stays for another time.
            part = len(mind.cart) > 1 and self.stage != REPLENISHING and rng.random() < 0.2
            items = mind.cart[-rng.randint(1, len(mind.cart)) :] if part else list(mind.cart)
        else:
            items = [self.item] if self.item is not None else []
        if self._last != "begin_checkout" and rng.random() < 0.9:
            self._log("begin_checkout", None)
            self.at += self._dwell("begin_checkout")
        mind.cart = [item for item in mind.cart if item not in items]
        self.bought = True
        self.steps += order(self.shop, items, self.at, rng)
        mind.buy(items, self.at, self.shop, self.who, rng)
        if self.stage in {DETERMINED, GIFT, COMPARING} and mind.need is None:
            self.stage = BROWSING

    def _log(self, page: str, item: Item | None) -> None:
        if page in self.shop.logged and self.rng.random() < self._seen * (1.0 - 0.3 * self.shop.unseen):
            self.steps.append(logged(self.shop, page, item, self.at))

    def _dwell(self, page: str) -> float:
        rng = self.rng
        if rng.random() < 0.05:  # the doorbell: some breaks are so long that the shop sees a new session
            return rng.lognormvariate(math.log(360.0), 0.8)
        if page == "view_item":
            if rng.random() < self.shop.skims:
                return max(1.0, self.who.pace * rng.lognormvariate(math.log(11.0), 0.75))
            return max(1.0, self.who.pace * rng.lognormvariate(math.log(60.0), 0.85))
        return max(1.0, self.who.pace * rng.lognormvariate(math.log(paths.SECONDS[page]), 0.8))


def logged(shop: Shop, action: str, item: Item | None, at: float, quantity: float | None = None) -> Step:
    """An event as the shop writes it down: what it leaves out everywhere is left out here."""
    if item is None:
        return Step(float(int(at)), action, quantity=quantity)
    return Step(
        at - at % DAY_S if shop.daily else float(int(at)),
        action,
        item.id if shop.shows_items else None,
        item.category if shop.shows_categories else None,
        round(item.price * (1.0 - shop.reduced(item, at)), 2) if shop.shows_prices else None,
        quantity,
    )


def order(shop: Shop, items: list[Item], at: float, rng: random.Random) -> list[Step]:
    """A purchase as the shop writes it down: each item its own event, or one event of the whole order."""
    if shop.lines or len(items) == 1:
        counts = [1.0 if rng.random() < 0.85 else float(rng.randint(2, 4)) for _ in items]
        return [
            logged(shop, "purchase", item, at, count if shop.shows_prices else None)
            for item, count in zip(items, counts, strict=True)
        ]
    whole = logged(shop, "purchase", items[0], at)
    paid = sum(item.price * (1.0 - shop.reduced(item, at)) for item in items)
    return [whole._replace(item=None, category=None, price=round(paid, 2) if shop.shows_prices else None)]

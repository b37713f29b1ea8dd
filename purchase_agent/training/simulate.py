"""Simulated event streams on which the behaviour model is trained and shipped: whole lives of shoppers in many shops.

Between visits several reasons to come back compete, and the earliest wins: just to look, a need that is not settled, a
cart that was left, a consumable that runs out, a price that may have fallen, something about what was bought. Each
visit may be the last one made just to look: the dropout of BG/NBD (Fader, Hardie and Lee 2005, Marketing Science 24,
275-284), after which the shopper falls silent without anybody being told; some wake up again. Shops that log orders
alone are simulated by that model itself, with regular (Erlang) instead of exponential times where goods are used up.

No record of anybody's data is used and nothing is fitted: the numbers are set by hand, within rough ranges of published
funnels, after a look at summary figures (shares of event types, quantiles of gaps and visits) of a public log.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from purchase_agent.events import Step
from purchase_agent.training.simulate_kinds import ORDERS
from purchase_agent.training.simulate_paths import AFTER, BROWSING, COMPARING, DETERMINED, GIFT, REPLENISHING, WAITING
from purchase_agent.training.simulate_shop import BEFORE, DAY_S, FIRST_DAY, LAST_DAY, Item, Shop, open_shop
from purchase_agent.training.simulate_shopper import Mind, Shopper, meet
from purchase_agent.training.simulate_visit import Visit, logged, order
from purchase_agent.training.streams import Stream

SHOPS = 240
"""Different shops, opened one after the other as shoppers come; the next shopper goes to the next shop."""
SOURCE = "simulated"
_NEVER = math.inf


def simulate(shoppers: int, days: int, seed: int) -> Iterator[Stream]:
    """Streams of shoppers who did something while their shop was watched.

    Args:
        days: the longest time a shop is watched. Each is watched from a day of its own in 2022 to 2025 until an end
            that all of its shoppers have in common, mostly for a quarter of this time to all of it.
        seed: the same seed gives the same streams; fewer shoppers give the first of them.

    Raises:
        ValueError: fewer than one shopper or day, or more days than the years 2022 to 2025 have.
    """
    if shoppers < 1 or not 1 <= days <= LAST_DAY - FIRST_DAY:
        raise ValueError(f"shoppers must be at least 1 and days 1 to {LAST_DAY - FIRST_DAY}, got {shoppers}, {days}")
    shops: list[Shop] = []
    for number in range(shoppers):
        if number < SHOPS:
            shops.append(open_shop(number, days, seed))
        shop = shops[number % SHOPS]
        rng = random.Random(f"{seed}/shopper/{number}")
        steps: tuple[Step, ...] = ()
        while not steps:  # a shop knows only those who came
            steps = _seen(shop, rng)
        yield Stream(f"s{number}", steps, shop.end, SOURCE)


def _seen(shop: Shop, rng: random.Random) -> tuple[Step, ...]:
    """What the shop saw of one shopper, who may have come long before it was watched."""
    who = meet(shop, rng)
    born = rng.uniform(shop.start - BEFORE * DAY_S, shop.end)
    steps = _orders(shop, who, born, rng) if shop.logged == ORDERS else _visits(shop, who, born, rng)
    # The same thing twice at the same time (a day, in some shops) is one event to every reader.
    return tuple(dict.fromkeys(step for step in steps if shop.start <= step.at <= shop.end))


def _visits(shop: Shop, who: Shopper, born: float, rng: random.Random) -> list[Step]:
    mind, out = Mind(), []
    if shop.kind.basket > 3:  # what he bought elsewhere before, he buys here too
        mind.bought = [_any_item(shop, who, rng) for _ in range(8)]
    looks_again = True
    at, stage = _shift(shop, who, born, rng), BROWSING
    if rng.random() < 0.1 + min(0.3, who.needs):
        stage = REPLENISHING if shop.kind.basket > 3 else COMPARING
        mind.want(rng.choice(who.favourites))
    while at < shop.end:
        visit = Visit(shop, who, mind, rng, at, stage)
        visit.walk()
        out += visit.steps
        looks_again = looks_again and rng.random() >= who.drops * (1.0 if not visit.bought else 0.6)
        _afterthought(who, mind, visit, rng)
        at, stage = _return(shop, who, mind, visit.at, rng, looks_again=looks_again)
        if at == _NEVER and rng.random() < 0.4:
            # Some are back after months of silence, because they need something.
            looks_again, stage = True, COMPARING
            mind.want(rng.choice(who.favourites))
            at = _shift(shop, who, visit.at + DAY_S * rng.lognormvariate(4.1, 0.8), rng)
    return out


def _afterthought(who: Shopper, mind: Mind, visit: Visit, rng: random.Random) -> None:
    """A need may go away, and a visit without one may awaken one."""
    if mind.cart and visit.at - mind.carted_at > 30 * DAY_S * rng.random():
        mind.cart = []
    if mind.need is not None:
        if rng.random() < who.lost * (0.5 if mind.chosen is not None else 1.0):
            mind.want(None)
    elif rng.random() < who.needs and not visit.bought:
        gift = rng.random() < 0.15
        mind.want(visit.category, gift=gift)
        if gift:
            mind.looked = round(who.patience)  # a gift need not be perfect


def _return(
    shop: Shop, who: Shopper, mind: Mind, left: float, rng: random.Random, *, looks_again: bool
) -> tuple[float, str]:
    """When the shopper comes back and what for; infinity when he never does."""
    soon = left + DAY_S * rng.lognormvariate(-0.7, 0.8)
    reasons: list[tuple[float, str]] = [(_NEVER, BROWSING)]
    if looks_again:
        # Some are back within hours, the more so the more often they come at all.
        again = rng.random() < 0.6 / (1.0 + who.away_days)
        away = rng.lognormvariate(-2.2, 0.8) if again else who.away_days * rng.lognormvariate(-0.3, 1.0)
        reasons.append((left + DAY_S * away, REPLENISHING if shop.kind.basket > 3 and rng.random() < 0.7 else BROWSING))
    if mind.need is not None:
        days = min(2.0, 0.3 + 0.15 * who.away_days)
        if mind.waits and mind.chosen is not None:
            reasons.append((_cheaper(shop, mind.chosen, left, rng), WAITING))
        else:
            stage = DETERMINED if mind.chosen is not None else GIFT if mind.gift else COMPARING
            reasons.append((left + DAY_S * days * rng.lognormvariate(0.0, 1.2), stage))
    if mind.cart and rng.random() < 0.25:
        reasons.append((left + DAY_S * rng.lognormvariate(-0.3, 1.1), DETERMINED))
    if mind.due and looks_again:
        name = min(mind.due, key=lambda one: mind.due[one])
        reasons.append((max(soon, mind.due[name] + DAY_S * rng.gauss(0.0, 1.0)), REPLENISHING))
    if mind.after:
        mind.after.sort(key=lambda one: one[0])
        reasons.append((max(soon, mind.after[0][0]), AFTER))
    at, stage = min(reasons)
    if at == _NEVER:
        return at, stage
    if stage == REPLENISHING and mind.due:
        name = min(mind.due, key=lambda one: mind.due[one])
        if mind.due[name] <= at + DAY_S:
            del mind.due[name]
            mind.want(shop.categories[int(name[1:])])
    # Who comes back within the hours comes back when he can; later, on a day and at an hour that suit him.
    if at - left > 8 * 3600.0:
        at = _shift(shop, who, at, rng)
        if at < left + 3600.0:
            at += DAY_S
    return at, stage


def _cheaper(shop: Shop, item: Item, left: float, rng: random.Random) -> float:
    """Who waits for a price looks in now and then, and comes for a reduction if he hears of it."""
    looks_in = left + DAY_S * rng.lognormvariate(1.1, 0.8)
    if rng.random() < 0.5:
        first = int(left // DAY_S) + 1
        for day in range(first, first + 40):
            if day * DAY_S > looks_in:
                break
            if shop.reduced(item, day * DAY_S) > 0.08:
                return day * DAY_S + rng.uniform(0.3, 1.0) * DAY_S
    return looks_in


def _shift(shop: Shop, who: Shopper, at: float, rng: random.Random) -> float:
    """The same time moved to a day that is not rejected by the shop's calendar and to an hour that suits."""
    day = int((at + shop.offset_h * 3600.0) // DAY_S)
    for _ in range(8):
        place = day - shop.first_day
        if place >= len(shop.busy):
            break
        suits = who.weekend if (day + 3) % 7 >= 5 else 1.0
        if place < 0 or rng.random() < shop.busy[place] * suits:
            break
        day += 1
    hour = rng.gauss(who.hour, 2.2) if rng.random() < 0.75 else rng.uniform(7.5, 24.0)
    return day * DAY_S + (min(23.99, max(0.0, hour)) - shop.offset_h) * 3600.0


def _orders(shop: Shop, who: Shopper, born: float, rng: random.Random) -> list[Step]:
    kind, out = shop.kind, []
    # Gamma rates: shape below one, so that most buy hardly ever and few buy all the time.
    weekly = kind.orders_week * rng.gammavariate(0.7, 1.0 / 0.7)
    rate = max(1e-4, weekly / 7.0) * kind.regular
    # After an order he may be gone for good, with a chance that is his own.
    gone, usual = rng.betavariate(*kind.dropout), [_any_item(shop, who, rng) for _ in range(6)]
    at = _shift(shop, who, born, rng)
    while at < shop.end:
        size = max(1, round(who.basket * rng.lognormvariate(-0.2, 0.6)))
        wanted = {rng.choice(usual) if rng.random() < 0.55 else _any_item(shop, who, rng) for _ in range(size)}
        items = sorted(wanted)
        # The day itself is what is logged, whatever the hour in which zone.
        out += order(shop, items, at, rng)
        if rng.random() < kind.refunds:
            back = _shift(shop, who, at + DAY_S * rng.lognormvariate(1.8, 0.9), rng)
            out.append(logged(shop, "return_refund", rng.choice(items), back))
        if rng.random() < gone:
            break
        later = at + DAY_S * max(0.8, rng.gammavariate(kind.regular, 1.0 / rate))
        at = max(at + 60.0, _shift(shop, who, later, rng))
    out.sort(key=lambda step: step.at)
    return out


def _any_item(shop: Shop, who: Shopper, rng: random.Random) -> Item:
    if rng.random() < 0.7:
        category = rng.choice(who.favourites)
    else:
        category = rng.choices(shop.categories, cum_weights=shop.popularity)[0]
    return rng.choices(category.items, cum_weights=category.popularity)[0]

"""Simulated streams: the same for a seed, in order, within the watched time, and roughly as busy as published shops."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from statistics import median

import pytest

from purchase_agent.events import sessions
from purchase_agent.labels import ACTIONS
from purchase_agent.training.simulate import SHOPS, simulate
from purchase_agent.training.simulate_kinds import FOUR, ORDERS
from purchase_agent.training.simulate_shop import DAY_S, FIRST_DAY, LAST_DAY, open_shop

SEED, DAYS = 11, 365


@pytest.fixture(scope="module")
def streams():
    return list(simulate(1200, DAYS, SEED))


@pytest.fixture(scope="module")
def shops():
    return [open_shop(number, DAYS, SEED) for number in range(SHOPS)]


def shop_of(stream, shops):
    return shops[int(stream.user[1:]) % SHOPS]


@pytest.fixture(scope="module")
def browsing(streams, shops):
    """Streams of shops that log pages and whose shoppers do not come for a weekly basket."""
    return [
        stream
        for stream in streams
        if shop_of(stream, shops).logged != ORDERS and shop_of(stream, shops).kind.basket == 1.0
    ]


def count(streams):
    return Counter(step.action for stream in streams for step in stream.steps)


def test_a_seed_gives_the_same_streams_and_fewer_are_the_first_of_them():
    assert list(simulate(30, 90, 3)) == list(simulate(40, 90, 3))[:30]
    assert next(simulate(1, 90, 3)) != next(simulate(1, 90, 4))


def test_every_action_but_leaving_occurs_and_nothing_else(streams):
    assert set(count(streams)) == {*ACTIONS, "other"} - {"leave"}


def test_events_are_in_order_within_the_watched_time_and_none_twice(streams, shops):
    assert len({stream.user for stream in streams}) == len(streams)
    for stream in streams:
        shop = shop_of(stream, shops)
        times = [step.at for step in stream.steps]
        assert times == sorted(times)
        assert shop.start <= times[0]
        assert times[-1] <= stream.end == shop.end
        assert len(set(stream.steps)) == len(stream.steps)
        assert stream.source == "simulated"


def test_shops_are_watched_at_different_times_of_the_years(shops):
    assert all(DAY_S * FIRST_DAY <= shop.start < shop.end <= DAY_S * LAST_DAY for shop in shops)
    assert all(1 <= (shop.end - shop.start) / DAY_S <= DAYS for shop in shops)
    assert len({shop.end for shop in shops}) > SHOPS / 2


def test_a_shop_logs_what_it_logs(streams, shops):
    for stream in streams:
        shop = shop_of(stream, shops)
        assert {step.action for step in stream.steps} <= shop.logged
        if shop.daily:
            assert all(step.at % DAY_S == 0 for step in stream.steps)
        if not shop.shows_prices:
            assert all(step.price is None for step in stream.steps)
        if not shop.shows_items:
            assert all(step.item is None for step in stream.steps)
    assert any(step.price is not None for stream in streams for step in stream.steps)


def test_rates_are_those_of_published_funnels(browsing, shops):
    counts = count(browsing)
    assert 0.03 < counts["add_to_cart"] / counts["view_item"] < 0.10
    with_items = [stream for stream in browsing if shop_of(stream, shops).shows_items]
    carted = bought = 0
    for stream in with_items:
        in_cart = {step.item for step in stream.steps if step.action == "add_to_cart"}
        carted += len(in_cart)
        bought += len(in_cart & {step.item for step in stream.steps if step.action == "purchase"})
    assert 0.17 < bought / carted < 0.40
    visits = [visit for stream in browsing for visit in sessions(stream.steps)]
    assert 0.01 < sum(any(step.action == "purchase" for step in visit) for visit in visits) / len(visits) < 0.06
    assert 3 <= median(len(visit) for visit in visits) <= 5
    assert max(len(visit) for visit in visits) > 40


def test_most_of_what_is_bought_was_carted_or_seen_before(browsing):
    before, bought = 0, 0
    for stream in browsing:
        known = set()
        for step in stream.steps:
            if step.action == "purchase" and step.item is not None:
                bought += 1
                before += ("view_item", step.item) in known and ("add_to_cart", step.item) in known
            known.add((step.action, step.item))
    assert 0.55 < before / bought < 0.85


def test_shops_of_few_event_types_see_mostly_views(streams, shops):
    counts = count(stream for stream in streams if shop_of(stream, shops).logged <= FOUR)
    assert 0.85 < counts["view_item"] / counts.total() < 0.96
    assert 0.005 < counts["purchase"] / counts.total() < 0.025


def test_a_cart_and_the_same_item_again_make_a_purchase_likelier_and_time_less(browsing):
    buys = {key: [0, 0] for key in ("cart", "none", "again", "short", "long")}

    def note(key, happened):
        buys[key][0] += 1
        buys[key][1] += happened

    for stream in browsing:
        for visit in sessions(stream.steps):
            begun, rest = visit[:5], visit[5:]
            if len(begun) < 5 or any(step.action == "purchase" for step in begun):
                continue
            views = Counter(step.item for step in begun if step.action == "view_item" and step.item)
            bought = any(step.action == "purchase" for step in rest)
            note("cart" if any(step.action == "add_to_cart" for step in begun) else "none", bought)
            if max(views.values(), default=0) > 1:
                note("again", bought)
        for step, following in pairwise(stream.steps):
            for key, idle in (("short", 1.0), ("long", 14.0)):
                moment = step.at + idle * DAY_S
                if following.at > moment and moment + 7 * DAY_S <= stream.end:
                    week = (one for one in stream.steps if moment < one.at <= moment + 7 * DAY_S)
                    note(key, any(one.action == "purchase" for one in week))
        last = stream.steps[-1].at
        for key, idle in (("short", 1.0), ("long", 14.0)):
            if last + (idle + 7.0) * DAY_S <= stream.end:
                note(key, False)
    rate = {key: happened / asked for key, (asked, happened) in buys.items()}
    assert rate["cart"] > 2 * rate["none"]
    assert rate["again"] > 1.2 * rate["none"]
    assert rate["short"] > 2 * rate["long"] > 0


def test_no_next_event_is_certain(browsing):
    follows: dict[str, Counter[str]] = {}
    for stream in browsing:
        for visit in sessions(stream.steps):
            names = [step.action for step in visit]
            for before, after in zip(names, [*names[1:], "end"], strict=True):
                follows.setdefault(before, Counter())[after] += 1
    for counts in follows.values():
        if counts.total() > 100:
            assert max(counts.values()) / counts.total() < 0.85


@pytest.mark.parametrize(("shoppers", "days"), [(0, 90), (1, 0), (1, 5000)])
def test_what_cannot_be_simulated_is_refused(shoppers, days):
    with pytest.raises(ValueError, match="at least 1"):
        next(simulate(shoppers, days, 1))

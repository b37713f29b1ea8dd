"""Intent and motivation as events show them, by stated rules.

Stages after Moe (2003): what a shopper does tells whether he looks around, deliberates over one kind of thing, or is
about to buy. No event says why; only two motives are taken from events, and only where they prove them.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from purchase_agent.events import History, Step, sessions
from purchase_agent.labels import INTENTS, MOTIVATIONS, STAGES, Intent, Motivation

Floats = NDArray[np.float64]
_DAY_S = 86_400.0
CART_DAYS, LOOKING_DAYS, QUIET_DAYS, AFTER_DAYS = 7.0, 7.0, 30.0, 14.0
_SURE, _NEXT_TO = 0.8, 0.08
_CHECKOUT = {"view_cart", "begin_checkout"}
_DELIBERATE = {"compare", "read_reviews", "add_to_wishlist"}
_LOOK = {"search", "view_item_list", "view_item"}
_AFTER = {"purchase", "write_review", "return_refund"}
_BARGAIN = re.compile(r"coupon|promo|discount|price_?drop|sale", re.IGNORECASE)


def stage(past: History) -> Intent:
    """The intent that events show; the first rule that holds answers.

    1. ``post_purchase``: the newest step within 14 days is a purchase, a review or a return.
    2. ``ready``: within 7 days something was put into the cart and neither bought nor taken out, or the cart or the
       checkout was looked at.
    3. ``consideration``: within 7 days items were compared, reviews read or an item saved; or, in the newest session,
       one item was looked at twice or three items of one category.
    4. ``exploration``: within 7 days something was searched or looked at.
    5. ``awareness``: there was any event within 30 days.
    6. ``none``: all has been quiet for 30 days.
    """
    if not past.steps:
        return "none"
    newest = past.steps[-1]
    age = (past.as_of - newest.at) / _DAY_S
    if newest.action in _AFTER and age <= AFTER_DAYS:
        return "post_purchase"
    recent = [step for step in past.steps if past.as_of - step.at <= LOOKING_DAYS * _DAY_S]
    since = _since_purchase(recent)
    if _open_cart(since) or any(step.action in _CHECKOUT for step in since):
        return "ready"
    if any(step.action in _DELIBERATE for step in since) or (since and _narrows(sessions(since)[-1])):
        return "consideration"
    if any(step.action in _LOOK for step in recent):
        return "exploration"
    return "awareness" if age <= QUIET_DAYS else "none"


def _since_purchase(steps: list[Step]) -> list[Step]:
    for place in range(len(steps) - 1, -1, -1):
        if steps[place].action == "purchase":
            return steps[place + 1 :]
    return steps


def _open_cart(steps: list[Step]) -> bool:
    inside = 0
    for step in steps:
        if step.action == "add_to_cart":
            inside += 1
        elif step.action == "remove_from_cart":
            inside = max(0, inside - 1)
    return inside > 0


def _narrows(session: list[Step]) -> bool:
    looked = [step for step in session if step.action == "view_item"]
    items = Counter(step.item for step in looked if step.item is not None)
    of_category: dict[str, set[str]] = {}
    for step in looked:
        if step.category is not None and step.item is not None:
            of_category.setdefault(step.category, set()).add(step.item)
    return any(count > 1 for count in items.values()) or any(len(some) >= 3 for some in of_category.values())


def stage_probabilities(told: Intent) -> Floats:
    """[INTENTS] of a stage told by the rule: four in five for it, most of the rest for its neighbours."""
    out = np.full(len(INTENTS), 0.01)
    if told in STAGES:
        place = STAGES.index(told)
        for near in (place - 1, place + 1):
            if 0 <= near < len(STAGES):
                out[near] = _NEXT_TO
    out[INTENTS.index(told)] = 0.0
    out *= (1 - _SURE) / out.sum()
    out[INTENTS.index(told)] = _SURE
    return out


def motives(past: History) -> list[Motivation]:
    """``replenishment`` where at least three purchases came in a rhythm (gaps spread by no more than half their mean)
    and the next is due; ``price_value`` where coupons or promotions were used within 30 days, or items were bought for
    at least a tenth less than they were first seen at, twice."""
    found: list[Motivation] = []
    gaps = np.diff(past.purchase_days)
    if len(gaps) >= 2 and gaps.std() <= 0.5 * gaps.mean():
        due = past.as_of_day - past.purchase_days[-1] >= 0.7 * gaps.mean()
        if due and past.as_of_day - past.purchase_days[-1] <= 2 * gaps.mean():
            found.append("replenishment")
    recent = [step for step in past.steps if past.as_of - step.at <= QUIET_DAYS * _DAY_S]
    if any(_BARGAIN.search(step.name) for step in recent) or _bargains(past.steps) >= 2:
        found.append("price_value")
    return found


def _bargains(steps: tuple[Step, ...]) -> int:
    first: dict[str, float] = {}
    count = 0
    for step in steps:
        if step.item is None or step.price is None or step.price <= 0:
            continue
        if step.action == "purchase" and step.price <= 0.9 * first.get(step.item, 0.0):
            count += 1
        first.setdefault(step.item, step.price)
    return count


def motive_probabilities(told: list[Motivation]) -> Floats:
    """[MOTIVATIONS]: what the rules prove, else ``unknown``."""
    out = np.full(len(MOTIVATIONS), 0.02)
    for name in told or ["unknown"]:
        out[MOTIVATIONS.index(name)] = _SURE
    return out

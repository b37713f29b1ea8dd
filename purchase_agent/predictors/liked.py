"""What a shopper did with the candidates: looked at, put aside, bought; newer counts more, and a purchase ends a wish.

Each event is worth ``WORTH`` and fades: for its category with two half-lives, one within a visit and one over days, for
the item and its brand over days. The category tells where the shopper is looking, a cart or a wish what he came for.
An item that was bought goes down, unless it is used up and bought again: then it comes back when it is due.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from purchase_agent.events import Step
from purchase_agent.predictors.offers import Offer, Shelf
from purchase_agent.predictors.shelf_words import CONSUMABLE

WORTH = {
    "view_item": 1.0, "compare": 1.0, "read_reviews": 1.0, "view_cart": 1.0, "add_to_wishlist": 3.0,
    "add_to_cart": 4.0, "begin_checkout": 4.0, "purchase": 1.0, "remove_from_cart": -3.0, "return_refund": -4.0,
}  # fmt: skip
"""What an event says for its category, and for its item where it is more than a look (``_LOOK``)."""
_LOOK = 1.0
VISIT_S, LASTING_S = 10 * 60.0, 2 * 86_400.0
CATEGORY_NOW, CATEGORY, CHOSEN, SEEN, BRAND = 1.1, 0.2, 0.6, 0.1, 0.1
"""Points for ln(1 + worth): of the category within the visit and over days, of the item put aside, of the item looked
at, of its brand. Set on the tuning half of ``eval/rank_behaviour.py``; a look at the item itself adds little beside a
look at its category, for most next steps go to an item not seen before."""
BOUGHT, BOUGHT_ALIKE, DUE = -3.0, -0.4, 2.0
"""Points for an item that is bought and lasts, for others of its category, and for one that is due again."""
_USUAL_GAP_S = 30 * 86_400.0
_DUE_FROM, _FRESH_UNTIL = 0.7, 0.3


@dataclass(frozen=True, slots=True)
class Liking:
    """What behaviour says of one candidate: points, and the newest event behind each part of it (None: none)."""

    points: float
    seen: Step | None = None
    bought: Step | None = None
    due: bool = False
    alike: Step | None = None


def _for_it(step: Step) -> bool:
    return WORTH.get(step.action, 0.0) > 0 and step.action != "purchase"


class Likings:
    """Reads a shopper's steps, oldest first, none later than ``now`` (seconds since 1970)."""

    def __init__(self, steps: Sequence[Step], now: float, shelf: Shelf) -> None:
        self._now = now
        self._items: defaultdict[str, list[Step]] = defaultdict(list)
        self._categories: defaultdict[str, list[Step]] = defaultdict(list)
        self._brands: defaultdict[str, list[Step]] = defaultdict(list)
        brand_of = {offer.candidate.id: offer.brand for offer in shelf.offers}
        for step in steps:
            if step.item is not None:
                self._items[step.item].append(step)
                brand = brand_of.get(step.item)
                if brand is not None:
                    self._brands[brand].append(step)
            if step.category is not None:
                self._categories[step.category].append(step)

    def of(self, offer: Offer) -> Liking:
        """What they say of one candidate."""
        item = self._items.get(offer.candidate.id, [])
        alike = self._categories.get(offer.candidate.category or "", [])
        branded = self._brands.get(offer.brand or "", [])
        bought = [step for step in item if step.action == "purchase"]
        looks = [step for step in item if WORTH.get(step.action) == _LOOK and step.action != "purchase"]
        chosen = [step for step in item if WORTH.get(step.action) not in {None, _LOOK}]
        points = CHOSEN * self._faded(chosen, LASTING_S) + SEEN * self._faded(looks, LASTING_S)
        points += CATEGORY_NOW * self._faded(alike, VISIT_S) + CATEGORY * self._faded(alike, LASTING_S)
        points += BRAND * self._faded(branded, LASTING_S)
        due = False
        if bought:
            change, due = self._again(bought, offer)
            points += change
        elif any(step.action == "purchase" for step in alike) and not offer.kinds & CONSUMABLE:
            points += BOUGHT_ALIKE
        seen = [step for step in item if _for_it(step)]
        liked = [step for step in alike if _for_it(step)]
        return Liking(
            points, seen[-1] if seen else None, bought[-1] if bought else None, due, liked[-1] if liked else None
        )

    def _faded(self, steps: Sequence[Step], half_life: float) -> float:
        total = sum(WORTH.get(step.action, 0.0) * 0.5 ** ((self._now - step.at) / half_life) for step in steps)
        return math.copysign(math.log1p(abs(total)), total)

    def _again(self, bought: Sequence[Step], offer: Offer) -> tuple[float, bool]:
        """Points for an item that was bought, and whether it is due again."""
        days = sorted({step.at // 86_400 for step in bought})
        if len(days) < 2 and not offer.kinds & CONSUMABLE:
            return BOUGHT, False
        gaps = [(later - earlier) * 86_400 for earlier, later in pairwise(days)]
        passed = (self._now - bought[-1].at) / (median(gaps) if gaps else _USUAL_GAP_S)
        if passed >= _DUE_FROM:
            return DUE, True
        return (BOUGHT / 2 if passed < _FRESH_UNTIL else 0.0), False

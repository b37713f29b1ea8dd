"""How often others turned to an item and its category: columns of this data set, where items and shops are shared.

Trap that this file closes: popularity counts the training part only, and never the shopper himself, neither when a
model learns nor when it answers, so that a column cannot hold its own row's answer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from purchase_agent.eval.behaviour.taobao import CLASSES
from purchase_agent.events import Step
from purchase_agent.training.streams import Stream

_KINDS = CLASSES[:-1]
_TRUST = {"category": 20.0, "item": 10.0}  # events as usual that are added to those seen
POPULARITY: tuple[str, ...] = (
    "item_popularity", "category_popularity", "category_cart_rate", "category_wish_rate", "category_buy_rate",
    "item_cart_rate", "item_buy_rate",
)  # fmt: skip


class Popularity:
    """Counts of the training streams by category and item, in all and of each shopper."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._all: dict[str, Counter[tuple[str, str]]] = {"category": Counter(), "item": Counter()}
        self._own: dict[str, Counter[tuple[str, str, str]]] = {"category": Counter(), "item": Counter()}
        kinds: Counter[str] = Counter()
        for stream in streams:
            for step in stream.steps:
                kinds[step.action] += 1
                for level, name in (("category", step.category), ("item", step.item)):
                    self._all[level][name or "", step.action] += 1
                    self._own[level][stream.user, name or "", step.action] += 1
        total = sum(kinds.values()) + len(_KINDS)
        self._usual = {kind: (kinds[kind] + 1) / total for kind in _KINDS}

    def columns(self, user: str, steps: Sequence[Step]) -> NDArray[np.float32]:
        """[events, POPULARITY] as others made it; rates are log-ratios to the usual one."""
        rows = []
        for step in steps:
            item = self._others("item", user, step.item or "")
            category = self._others("category", user, step.category or "")
            rows.append([
                math.log1p(sum(item.values())), math.log1p(sum(category.values())),
                self._rate("category", category, "add_to_cart"), self._rate("category", category, "add_to_wishlist"),
                self._rate("category", category, "purchase"), self._rate("item", item, "add_to_cart"),
                self._rate("item", item, "purchase"),
            ])  # fmt: skip
        return np.asarray(rows, np.float32).reshape(-1, len(POPULARITY))

    def _others(self, level: str, user: str, name: str) -> dict[str, int]:
        return {kind: self._all[level][name, kind] - self._own[level][user, name, kind] for kind in _KINDS}

    def _rate(self, level: str, counts: dict[str, int], kind: str) -> float:
        trust, usual = _TRUST[level], self._usual[kind]
        return math.log((counts[kind] + trust * usual) / (sum(counts.values()) + trust) / usual)

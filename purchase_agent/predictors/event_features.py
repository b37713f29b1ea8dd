"""What a shopper's events say in numbers, after each event: the companion of the behaviour model's words.

The behaviour model reads order and rhythm; counts over long spans, shares and how often one item came back are told to
the stacked model by these columns. Everything is computed from the events up to and with the row's own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from purchase_agent.events import OTHER, SESSION_GAP_S, History, Step
from purchase_agent.labels import ACTIONS

_DOINGS = (*(name for name in ACTIONS if name != "leave"), OTHER)
_PLACE = {name: place for place, name in enumerate(_DOINGS)}
_INTEREST = ("add_to_wishlist", "add_to_cart", "view_cart", "begin_checkout")
_NEVER = 12.0  # log seconds: longer ago than anything a session holds

FEATURES: tuple[str, ...] = (
    *(f"last_{name}" for name in _DOINGS),
    *(f"session_{name}" for name in _DOINGS),
    *(f"share_{name}" for name in _DOINGS),
    "log_gap", "log_gap_before", "mean_log_gap", "log_session_s", "session_events", "events", "sessions",
    "log_away", "hour_sin", "hour_cos", "weekend", "session_items", "session_categories", "same_item_run",
    "item_views", "item_events", "item_carted", "item_wished", "item_bought", "same_category_run",
    "category_events", "category_bought", "log_since_cart", "log_since_interest", "log_since_purchase",
    "purchases_per_session", "mean_session_events", "items_ratio", "price_ratio", "open_cart",
)  # fmt: skip


MOMENT: tuple[str, ...] = (*FEATURES, "log_idle", "ended", "log_since_first")
"""Columns of a moment: those of the last event, and how long ago that and the first event were."""


def at_moment(row: NDArray[np.float32], idle_s: float, since_first_s: float) -> NDArray[np.float32]:
    """[MOMENT] from the row of the last event."""
    more = (math.log1p(idle_s), float(idle_s > SESSION_GAP_S), math.log1p(since_first_s))
    return np.concatenate([row, np.asarray(more, np.float32)])


def moment(past: History) -> NDArray[np.float32]:
    """[MOMENT] of a history with at least one event."""
    state = _State()
    for step in past.steps:
        state.take(step)
    last = np.asarray(state.row(), np.float32)  # of the rows only the last is needed
    return at_moment(last, past.idle_s, past.as_of - past.steps[0].at)


def features(steps: Sequence[Step]) -> NDArray[np.float32]:
    """[events, FEATURES]: row k is what is known right after ``steps[k]``."""
    state = _State()
    out = np.zeros((len(steps), len(FEATURES)), np.float32)
    for row, step in enumerate(steps):
        state.take(step)
        out[row] = state.row()
    return out


class _State:
    """Running counts of one shopper."""

    def __init__(self) -> None:
        self.ever = [0] * len(_DOINGS)
        self.session = [0] * len(_DOINGS)
        self.events = self.sessions = self.session_events = 0
        self.gap = self.gap_before = self.away = 0.0
        self.log_gaps = self.gaps = 0.0
        self.begun = 0.0
        self.item: Counter[str] = Counter()
        self.views: Counter[str] = Counter()
        self.category: Counter[str] = Counter()
        self.carted: set[str] = set()
        self.wished: set[str] = set()
        self.bought: set[str] = set()
        self.bought_category: set[str] = set()
        self.session_items: set[str] = set()
        self.session_categories: set[str] = set()
        self.last: Step | None = None
        self.item_run = self.category_run = 0
        self.since = {"cart": -math.inf, "interest": -math.inf, "purchase": -math.inf}
        self.paid, self.priced = 0.0, 0
        self.price_ratio = 0.0
        self.open_cart = 0

    def take(self, step: Step) -> None:
        last, place = self.last, _PLACE.get(step.action, _PLACE[OTHER])
        self._move_on(step, last)
        self.ever[place] += 1
        self.session[place] += 1
        self.events += 1
        self.session_events += 1
        self._item(step, last)
        self.price_ratio = 0.0
        if step.price is not None and step.price > 0:
            self.price_ratio = math.log(step.price / (self.paid / self.priced)) if self.priced else 0.0
            self.paid, self.priced = self.paid + step.price, self.priced + 1
        self._interest(step)
        self.last = step

    def _move_on(self, step: Step, last: Step | None) -> None:
        if last is None or step.at - last.at > SESSION_GAP_S:
            self.sessions += 1
            self.away = step.at - last.at if last is not None else 0.0
            self.gap = self.gap_before = self.log_gaps = self.gaps = 0.0
            self.session_events, self.session = 0, [0] * len(_DOINGS)
            self.session_items, self.session_categories = set(), set()
            self.begun = step.at
        else:
            self.gap_before, self.gap = self.gap, step.at - last.at
            self.log_gaps, self.gaps = self.log_gaps + math.log1p(self.gap), self.gaps + 1

    def _item(self, step: Step, last: Step | None) -> None:
        same_item = last is not None and step.item is not None and step.item == last.item
        self.item_run = self.item_run + 1 if same_item else 1
        same_category = last is not None and step.category is not None and step.category == last.category
        self.category_run = self.category_run + 1 if same_category else 1
        if step.item is not None:
            self.item[step.item] += 1
            self.views[step.item] += step.action == "view_item"
            self.session_items.add(step.item)
        if step.category is not None:
            self.category[step.category] += 1
            self.session_categories.add(step.category)

    def _interest(self, step: Step) -> None:
        item = step.item or ""
        if step.action == "add_to_cart":
            self.carted.add(item)
            self.open_cart += 1
            self.since["cart"] = step.at
        elif step.action == "remove_from_cart":
            self.carted.discard(item)
            self.open_cart = max(0, self.open_cart - 1)
        elif step.action == "add_to_wishlist":
            self.wished.add(item)
        elif step.action == "purchase":
            self.bought.add(item)
            self.bought_category.add(step.category or "")
            self.carted.discard(item)
            self.open_cart = max(0, self.open_cart - 1)
            self.since["purchase"] = step.at
        if step.action in _INTEREST:
            self.since["interest"] = step.at

    def row(self) -> list[float]:
        """FEATURES after the last step taken; at least one was."""
        step = self.last
        if step is None:
            raise ValueError("no step was taken")
        place = _PLACE.get(step.action, _PLACE[OTHER])
        kinds = len(_DOINGS)
        row = [0.0] * kinds
        row[place] = 1.0
        row += [math.log1p(count) for count in self.session]
        row += [count / self.events for count in self.ever]
        hour = step.at % 86_400 / 86_400 * 2 * math.pi
        item, category = step.item or "", step.category or ""
        row += [
            math.log1p(self.gap), math.log1p(self.gap_before), self.log_gaps / max(self.gaps, 1.0),
            math.log1p(step.at - self.begun), math.log1p(self.session_events), math.log1p(self.events),
            math.log1p(self.sessions), math.log1p(self.away), math.sin(hour), math.cos(hour),
            float(int(step.at // 86_400 + 3) % 7 >= 5), math.log1p(len(self.session_items)),
            math.log1p(len(self.session_categories)), math.log1p(self.item_run),
            math.log1p(self.views[item]) if item else 0.0, math.log1p(self.item[item]) if item else 0.0,
            float(item in self.carted), float(item in self.wished), float(item in self.bought),
            math.log1p(self.category_run), math.log1p(self.category[category]) if category else 0.0,
            float(category in self.bought_category),
            *(min(_NEVER, math.log1p(step.at - at)) if at > -math.inf else _NEVER for at in self.since.values()),
            self.ever[_PLACE["purchase"]] / self.sessions, self.events / self.sessions,
            len(self.item) / self.events, self.price_ratio, math.log1p(self.open_cart),
        ]  # fmt: skip
        return row

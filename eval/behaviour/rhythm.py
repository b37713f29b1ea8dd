"""Columns of a shopper's own rhythm after each event, beside those of ``predictors.event_features``.

They set the moment against the shopper's habit (gaps, length of sessions, shares of carts and purchases) and follow the
item at hand: when it was seen, carted and how often. Row k is computed from the events up to and with ``steps[k]``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from purchase_agent.eval.behaviour.taobao import CLASSES
from purchase_agent.events import SESSION_GAP_S, Step

_KINDS = CLASSES[:-1]
_PLACE = {name: place for place, name in enumerate(_KINDS)}
_CART, _BUY = _PLACE["add_to_cart"], _PLACE["purchase"]
_BURST_S = 3.0
_MEMORY_S = {"day": 86_400.0, "minutes": 300.0}
# A shopper's habit begins as that of a usual one and is his own after a few sessions or events.
_USUAL_EVENTS, _USUAL_S, _USUAL_LOG_GAP = 8.0, 400.0, 3.5
_SESSIONS_TRUST, _GAPS_TRUST, _EVENTS_TRUST = 2.0, 4.0, 10.0
_USUAL_SHARE = {"add_to_cart": 0.04, "add_to_wishlist": 0.02, "purchase": 0.015}
_NO, _LONG = -1.0, 14.0

RHYTHM: tuple[str, ...] = (
    "log_gap_2", "log_gap_3", "log_gap_4", "usual_log_gap", "gap_against_usual", "action_2", "action_3", "action_4",
    "events_against_usual", "seconds_against_usual", "usual_events",
    *(f"usual_{name}" for name in _USUAL_SHARE),
    *(f"last_{span}_{name}" for span in _MEMORY_S for name in _KINDS),
    "log_since_item_first", "log_since_item", "log_since_category", "sessions_with_item", "log_since_item_carted",
    "item_carted_last", "category_carts", "burst", "hour", "open_items", "log_since_oldest_open", "session_purchases",
)  # fmt: skip


def rhythm(steps: Sequence[Step]) -> NDArray[np.float32]:
    """[events, RHYTHM]"""
    state = _State()
    return np.asarray([state.after(step) for step in steps], np.float32).reshape(-1, len(RHYTHM))


class _State:
    """What one shopper's events said so far."""

    def __init__(self) -> None:
        self.last: Step | None = None
        self.begun = 0.0
        self.gaps: list[float] = []
        self.kinds: list[int] = []
        self.log_gaps = [0.0, 0.0]  # sum and number, of all sessions
        self.done = [0.0, 0.0, 0.0]  # sessions over, their events, their seconds
        self.ever = [0] * len(_KINDS)
        self.fading = {span: [0.0] * len(_KINDS) for span in _MEMORY_S}
        self.first_seen: dict[str, float] = {}
        self.last_seen: dict[str, float] = {}
        self.visits: Counter[str] = Counter()  # sessions that an item was in
        self.visited: set[str] = set()
        self.category_seen: dict[str, float] = {}
        self.category_carts: Counter[str] = Counter()
        self.open: dict[str, float] = {}  # item -> when it was carted, not bought since
        self.carted_last: str | None = None
        self.burst = self.session_purchases = 0

    def after(self, step: Step) -> list[float]:
        kind = _PLACE.get(step.action, 0)
        self._move_on(step)
        self.kinds.append(kind)
        self.ever[kind] += 1
        for of_kind in self.fading.values():
            of_kind[kind] += 1
        item, category = step.item or "", step.category or ""
        if item not in self.visited:
            self.visited.add(item)
            self.visits[item] += 1
        row = [*self._habit(step), *self._at_hand(step, item, category)]
        self._remember(step, kind, item, category)
        return row

    def _move_on(self, step: Step) -> None:
        last = self.last
        gap = step.at - last.at if last is not None else 0.0
        for span, of_kind in self.fading.items():
            self.fading[span] = [value * math.exp(-gap / _MEMORY_S[span]) for value in of_kind]
        if last is not None and gap <= SESSION_GAP_S:
            self.gaps.append(math.log1p(gap))
            self.log_gaps = [self.log_gaps[0] + self.gaps[-1], self.log_gaps[1] + 1]
            self.burst = self.burst + 1 if gap <= _BURST_S else 0
            return
        if last is not None:
            self.done = [self.done[0] + 1, self.done[1] + len(self.kinds), self.done[2] + last.at - self.begun]
        self.begun = step.at
        self.gaps, self.kinds, self.visited = [], [], set()
        self.burst = self.session_purchases = 0

    def _habit(self, step: Step) -> list[float]:
        usual_gap = (self.log_gaps[0] + _GAPS_TRUST * _USUAL_LOG_GAP) / (self.log_gaps[1] + _GAPS_TRUST)
        over, events, seconds = self.done
        usual_events = math.log1p((events + _SESSIONS_TRUST * _USUAL_EVENTS) / (over + _SESSIONS_TRUST))
        usual_s = math.log1p((seconds + _SESSIONS_TRUST * _USUAL_S) / (over + _SESSIONS_TRUST))
        total = sum(self.ever) + _EVENTS_TRUST
        return [
            *(self.gaps[-back] if len(self.gaps) >= back else _NO for back in (2, 3, 4)),
            usual_gap,
            (self.gaps[-1] if self.gaps else 0.0) - usual_gap,
            *(float(self.kinds[-back]) if len(self.kinds) >= back else _NO for back in (2, 3, 4)),
            math.log1p(len(self.kinds)) - usual_events,
            math.log1p(step.at - self.begun) - usual_s,
            usual_events,
            *((self.ever[_PLACE[name]] + _EVENTS_TRUST * usual) / total for name, usual in _USUAL_SHARE.items()),
            *(math.log1p(value) for of_kind in self.fading.values() for value in of_kind),
        ]

    def _at_hand(self, step: Step, item: str, category: str) -> list[float]:
        oldest = min(self.open.values(), default=None)
        return [
            _since(step, self.first_seen.get(item), _NO),
            _since(step, self.last_seen.get(item), _NO),
            _since(step, self.category_seen.get(category), _NO),
            float(self.visits[item]),
            _since(step, self.open.get(item), _LONG),
            float(item == self.carted_last),
            math.log1p(self.category_carts[category]),
            float(self.burst),
            step.at % 86_400 / 3600,
            math.log1p(len(self.open)),
            _since(step, oldest, _LONG),
            float(self.session_purchases),
        ]

    def _remember(self, step: Step, kind: int, item: str, category: str) -> None:
        self.first_seen.setdefault(item, step.at)
        self.last_seen[item] = self.category_seen[category] = step.at  # two dicts, one moment
        if kind == _CART:
            self.open[item] = step.at
            self.category_carts[category] += 1
            self.carted_last = item
        elif kind == _BUY:
            self.open.pop(item, None)
            self.session_purchases += 1
        self.last = step


def _since(step: Step, at: float | None, never: float) -> float:
    return never if at is None else math.log1p(step.at - at)

"""What events say of a shopper: behaviour, purchase history and stated rules made into one reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from purchase_agent.events import History
from purchase_agent.labels import ACTIONS, HORIZONS, INTENTS, Action, Intent, Motivation, TimingReason
from purchase_agent.prediction import Evidence
from purchase_agent.predictors.behaviour import BehaviourModel, BehaviourReadings
from purchase_agent.predictors.calibrate import sigmoid
from purchase_agent.predictors.event_tokens import ASKED, DOINGS
from purchase_agent.predictors.fuse import EventsReading, bins_of
from purchase_agent.predictors.platt import log_odds
from purchase_agent.predictors.stages import motive_probabilities, motives, stage, stage_probabilities
from purchase_agent.predictors.timing.model import TimingModel, TimingReadings

Floats = NDArray[np.float64]

EDGE = 1e-5
"""Chances are held off 0 and 1 by this before they are pooled; the pool is fitted so, too."""
_DAYS = slice(1, 1 + len(HORIZONS))
_EXPLAINED = 8  # the newest events, each left out in turn
_TOLD_EVENTS = 2
_LEAST_WEIGHT = 0.05
_ORDERS = ("purchase", "return_refund")


class EventsPredictor:
    """Reads histories that hold at least one event. Batched; each answer is its own.

    Args:
        behaviour: of sessions and next steps.
        timing: of purchase histories.
    """

    def __init__(self, behaviour: BehaviourModel, timing: TimingModel) -> None:
        self.behaviour, self.timing = behaviour, timing

    @property
    def versions(self) -> dict[str, str]:
        """Model -> version."""
        return {"behaviour": self.behaviour.version, "timing": self.timing.version}

    @property
    def calibrated_on(self) -> str:
        """The newest calibration of the two: the user's own where either has seen his data."""
        names = (self.timing.calibrated_on, self.behaviour.calibration.calibrated_on)
        newest: str = max(names, key=lambda name: (name.startswith("own:"), name))
        return newest

    def read(self, histories: Sequence[History]) -> list[EventsReading]:
        """Same number and order as ``histories``."""
        if not histories:
            return []
        done = self.behaviour.read(histories)
        bought = [place for place, past in enumerate(histories) if past.purchase_days]
        times = self.timing.read([histories[place] for place in bought]) if bought else None
        row_of = {place: row for row, place in enumerate(bought)}
        return [self._one(past, done, place, times, row_of.get(place)) for place, past in enumerate(histories)]

    def _one(
        self, past: History, done: BehaviourReadings, place: int, times: TimingReadings | None, row: int | None
    ) -> EventsReading:
        action, cdf = done.next_action[place], with_year(done.asked[place, _DAYS])
        told = stage(past)
        intent = stage_probabilities(told)
        steps = {"prior": self._prior}
        p_active = None
        if times is not None and row is not None:
            p_active = float(times.p_active[row])
            steps["history"] = {**steps["prior"], "timing": bins_of(times.cdf[row])}
            if orders_only(past):
                # Who is known by his orders alone comes back by buying: the statistics of orders answer.
                cdf = times.cdf[row]
                action = _back_by(action, float(cdf[HORIZONS.index(30)]))
            else:
                cdf = self._with_history(cdf, times.cdf[row])
        steps["behaviour"] = {"intent": intent, "next_action": action, "timing": bins_of(cdf)}
        why = motives(past)
        return EventsReading(
            intent, motive_probabilities(why), action, cdf, p_active, _buys_again(past), _reasons(told, why), steps
        )

    @cached_property
    def _prior(self) -> dict[str, Floats]:
        marks = self.behaviour.calibration
        following = dict(zip(DOINGS, marks.prior_next, strict=False))
        actions = np.asarray([following.get(name, marks.prior_next[-1]) for name in ACTIONS])
        cdf = with_year(np.asarray([marks.prior_asked[name] for name in ASKED[_DAYS]]))
        return {
            "intent": np.full(len(INTENTS), 1 / len(INTENTS)),
            "next_action": actions / actions.sum(),
            "timing": bins_of(cdf),
        }

    def _with_history(self, behaviour: Floats, history: Floats) -> Floats:
        out = np.empty(len(HORIZONS) + 1)
        pools = self.behaviour.calibration.with_history
        for place in range(len(out)):
            pool = pools[str((*HORIZONS, 365)[place])]
            out[place] = sigmoid(pool.score(log_odds(behaviour[place], EDGE), log_odds(history[place], EDGE)))[0]
        return np.maximum.accumulate(out)

    def evidence(self, past: History, intent: str, action: Action) -> list[Evidence]:
        """The newest events that most support the intent and the next action told.

        Each of them is left out in turn; its weight is by how much that lowers the log-odds of a purchase within 30
        days, and of the action.
        """
        places = range(max(0, len(past.steps) - _EXPLAINED), len(past.steps))
        if len(past.steps) < 2:
            return []
        others = [_without(past, place) for place in places]
        done = self.behaviour.read([past, *others])
        chance = log_odds(done.asked[:, ASKED.index("?30d")], EDGE)
        doing = log_odds(done.next_action[:, ACTIONS.index(action)], EDGE)
        out = []
        for supports, scores in ((f"intent.{intent}", chance), (f"next_action.{action}", doing)):
            lost = scores[0] - scores[1:]
            for rank in np.argsort(-lost, kind="stable")[:_TOLD_EVENTS]:
                if lost[rank] >= _LEAST_WEIGHT:
                    source = past.steps[places[int(rank)]].id
                    out.append(Evidence(supports=supports, source=source, weight=round(float(lost[rank]), 3)))
        return out


def orders_only(past: History) -> bool:
    """Whether nothing but orders and returns is known of a shopper."""
    return all(step.action in _ORDERS for step in past.steps)


def _back_by(action: Floats, chance: float) -> Floats:
    """Next actions of a shopper who comes back within 30 days with this chance."""
    out = action.copy()
    leave = ACTIONS.index("leave")
    out[leave] = 0.0
    out *= chance / max(out.sum(), 1e-12)
    out[leave] = 1 - chance
    return out


def with_year(cdf: Floats) -> Floats:
    """A CDF at 1, 7, 30 and 90 days with its value at 365: the hazard of the last two months, halved, goes on."""
    left_30, left_90 = 1 - cdf[2], max(1 - cdf[3], 1e-6)
    rate = max(np.log(max(left_30, 1e-6) / left_90), 0.0) / 60
    return np.append(cdf, 1 - left_90 * np.exp(-0.5 * rate * 275))


def _without(past: History, place: int) -> History:
    steps = (*past.steps[:place], *past.steps[place + 1 :])
    return replace(past, steps=steps)


def _buys_again(past: History) -> bool:
    """Whether the newest item looked at or put into the cart is one that was bought before."""
    bought: set[str] = set()
    again = False
    for step in past.steps:
        if step.item is None:
            continue
        if step.action in ("view_item", "add_to_cart"):
            again = step.item in bought
        elif step.action == "purchase":
            again = again or step.item in bought
            bought.add(step.item)
    return again


def _reasons(told: Intent, why: list[Motivation]) -> list[TimingReason]:
    out: list[TimingReason] = ["replenishment_cycle"] if "replenishment" in why else []
    return [*out, "cart_state"] if told == "ready" else out

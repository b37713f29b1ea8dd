"""The models in use held against a shop's own orders: what they said at past moments, scaled to what then happened.

Three answers are scaled, each horizon by itself: that of all models for shoppers who had never bought and for those who
had, and that of the purchase history alone. A scaling is kept only where it does not worsen the log-loss of cases that
it was not fitted on: those of the newest moment, or, where there is but one moment, each half of the shoppers in turn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from purchase_agent.backtest.moments import DAY_S, DAYS, EventModels, Floats, Told, look, seen_until, windows
from purchase_agent.backtest.scores import bootstrap
from purchase_agent.errors import InputError
from purchase_agent.event_files import Shoppers
from purchase_agent.labels import HORIZONS
from purchase_agent.metrics import Score, log_loss, paired_difference
from purchase_agent.predictors.platt import Platt, fit_platt

FEWEST_SHOPPERS = 100
FEWEST_PURCHASES = 30
"""Of one answer at one horizon, all moments together; as many cases must be without a purchase."""
MOST_MOMENTS = 4
NEWCOMERS, CUSTOMERS, TIMING = "never bought", "bought before", "purchase history alone"
ANSWERS = (NEWCOMERS, CUSTOMERS, TIMING)
_LEAST_SLOPE = 0.05  # below it, who is told to buy more likely hardly does


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one answer at one horizon.

    Attributes:
        cases, shoppers, purchases: what there was to go by.
        platt: the scaling to be put behind the present one; it does nothing where none is kept.
        tried: whether there was enough to go by; then the shop has been seen, whatever was kept.
        kept: whether ``platt`` does something.
        reason: why so, in words.
        difference: on the cases held out, log-loss scaled less log-loss as it is.
    """

    answer: str
    days: int
    cases: int
    shoppers: int
    purchases: int
    platt: Platt
    tried: bool
    kept: bool
    reason: str
    difference: Score | None = None


@dataclass(frozen=True, slots=True)
class OwnCalibration:
    """All decisions; ``until``: the newest outcome; ``joined``: shoppers with orders who have a history too; ``seen``:
    of the moments, those after which the models in use were fitted on what happened already."""

    decisions: tuple[Decision, ...]
    until: datetime
    moments: int
    joined: int
    ordered: int
    seen: int = 0

    @property
    def calibrated_on(self) -> str:
        """As answers will tell it."""
        return f"own:{self.until:%Y-%m}"

    def platt(self, answer: str, days: int) -> Platt:
        """The scaling of one answer at one horizon."""
        return next((one.platt for one in self.decisions if (one.answer, one.days) == (answer, days)), Platt())


@dataclass(slots=True)
class _Cases:
    """One answer at one horizon, moment by moment from the newest."""

    truth: list[Floats] = field(default_factory=list)
    chance: list[Floats] = field(default_factory=list)
    owners: list[NDArray[np.int64]] = field(default_factory=list)

    def since(self, moment: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Truth, chances and owners of the moments from this place on, together."""
        return (
            np.concatenate([np.empty(0), *self.truth[moment:]]),
            np.concatenate([np.empty(0), *self.chance[moment:]]),
            np.concatenate([np.empty(0, np.int64), *self.owners[moment:]]),
        )


def calibrate(
    shoppers: Shoppers, outcomes: Shoppers, models: EventModels, *, told: Told = lambda *_: None
) -> OwnCalibration:
    """Holds the models against the outcomes and decides on a scaling for each answer and horizon.

    Args:
        shoppers: histories, as predictions get them.
        outcomes: orders; the same object where they are all there is.
        told: of progress.

    Raises:
        InputError: no order is of a shopper with a history, or there is too little at every horizon; with the counts.
    """
    buyers = {name for name, steps in outcomes.steps.items() if any(step.action == "purchase" for step in steps)}
    joined = buyers & shoppers.steps.keys()
    if not joined:
        raise InputError(
            f"none of {len(buyers)} shoppers with a purchase in the outcomes is among the {len(shoppers.steps)} of the "
            "history",
            hint="give --ids, which joins the ids of two systems",
            field="outcomes",
        )
    plan = _plan(shoppers, outcomes)
    codes = {name: place for place, name in enumerate(shoppers.steps)}
    gathered = {(answer, days): _Cases() for answer in ANSWERS for days in HORIZONS}
    for done, at in enumerate(sorted(plan, reverse=True)):
        told("moments", done, len(plan))
        moment = look(shoppers, outcomes.steps, at, models, told)
        owners = np.asarray([codes[name] for name in moment.ids], np.int64)
        for days in plan[at]:
            truth, place = (moment.wait <= days).astype(np.float64), DAYS.index(days)
            for answer, table, rows in (
                (NEWCOMERS, moment.chances, ~moment.bought),
                (CUSTOMERS, moment.chances, moment.bought),
                (TIMING, moment.timing, moment.bought),
            ):
                if rows.any():
                    into = gathered[answer, days]
                    into.truth.append(truth[rows])
                    into.chance.append(table[rows, place])
                    into.owners.append(owners[rows])
    told("moments", len(plan), len(plan))
    decisions = tuple(_decide(answer, days, cases) for (answer, days), cases in gathered.items())
    if not any(one.tried for one in decisions):
        raise InputError(
            "too little to calibrate on: "
            + "; ".join(f"{one.days} days, {one.answer}: {one.reason}" for one in decisions),
            hint="give more shoppers or a longer time of orders; the numbers in use stay",
            field="outcomes",
        )
    until = datetime.fromtimestamp(outcomes.until, UTC)
    seen = sum(at < seen_until(models.calibrated_on) for at in plan)
    return OwnCalibration(decisions, until, len(plan), len(joined), len(buyers), seen)


def _plan(shoppers: Shoppers, outcomes: Shoppers) -> dict[float, list[int]]:
    """Moments and the horizons judged after each: with a history before it and orders for all of the horizon."""
    plan: dict[float, list[int]] = {}
    alone = outcomes is shoppers
    for days in HORIZONS:
        slack = 0.0 if alone else _slack(outcomes, days)
        last = min(shoppers.until, outcomes.until + slack - days * DAY_S)
        first = shoppers.since + days * DAY_S if alone else max(shoppers.since, outcomes.since - slack)
        for at in windows(first, last, days, MOST_MOMENTS):
            plan.setdefault(at, []).append(days)
    return plan


def _slack(outcomes: Shoppers, days: int) -> float:
    """Seconds by which orders may begin late or end early and still be of a whole window: a day (where only dates are
    told) and three usual gaps between orders, and at most a quarter of the window."""
    orders = sum(map(len, outcomes.steps.values()))
    return min(DAY_S + 3 * (outcomes.until - outcomes.since) / max(orders, 1), days * DAY_S / 4)


def _decide(answer: str, days: int, cases: _Cases) -> Decision:
    if not cases.truth:
        return Decision(answer, days, 0, 0, 0, Platt(), tried=False, kept=False, reason="no case")
    truth, chance, owners = cases.since(0)
    counts = (len(truth), len(np.unique(owners)), int(truth.sum()))
    if not _enough(truth, owners):
        reason = (
            f"{counts[1]} shoppers, {counts[2]} cases with a purchase and {counts[0] - counts[2]} without; at least "
            f"{FEWEST_SHOPPERS} shoppers and {FEWEST_PURCHASES} cases of each are needed"
        )
        return Decision(answer, days, *counts, Platt(), tried=False, kept=False, reason=reason)
    difference = _held_out(cases)
    whole = fit_platt(truth, chance)
    if whole.slope < _LEAST_SLOPE:
        reason = "left as it is: the chances do not tell who buys"
    elif difference.value > 0:
        reason = "left as it is: scaled, it would be no better on cases held out"
    else:
        return Decision(answer, days, *counts, whole, tried=True, kept=True, reason="scaled", difference=difference)
    return Decision(answer, days, *counts, Platt(), tried=True, kept=False, reason=reason, difference=difference)


def _held_out(cases: _Cases) -> Score:
    """Log-loss scaled less log-loss as it is, on cases that the scaling was not fitted on."""
    older, told, whose = cases.since(1)
    truth, chance, owners = cases.truth[0], cases.chance[0], cases.owners[0]
    if _enough(older, whose) and 0 < truth.sum() < len(truth):
        scaled = fit_platt(older, told)(chance)
    else:
        truth, chance, owners = cases.since(0)
        half = owners % 2 == 0
        scaled = np.empty_like(chance)
        for rows in (half, ~half):
            scaled[rows] = fit_platt(truth[~rows], chance[~rows])(chance[rows])
    return paired_difference(log_loss, truth, scaled, np.clip(chance, 0, 1), bootstrap=bootstrap(owners))


def _enough(truth: Floats, owners: NDArray[np.int64]) -> bool:
    purchases = truth.sum()
    return len(np.unique(owners)) >= FEWEST_SHOPPERS and min(purchases, len(truth) - purchases) >= FEWEST_PURCHASES

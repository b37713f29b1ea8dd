"""How the parts of the timing model are pooled: weights chosen by log-loss at past cuts that no part had seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from purchase_agent.labels import HORIZONS
from purchase_agent.predictors.timing.history import Floats
from purchase_agent.predictors.timing.parts import PARTS, Pooling
from purchase_agent.training.timing_rows import Rows

_PULL = 0.1  # towards where the weights begin, beside the variance of a purchase
_FEWEST = 5  # purchases of a group of which a rate is told
_HELD = 10.0
"""Against moving the mean log-odds away from where the weights begin, beside what the rows say: how a shop's rate
strayed at a few past origins says little of the next one. At past cuts of the public shops 0, 1 and 10 differed by at
most 0.001 of log-loss."""
_TO_THE_END = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2000, "maxfun": 4000}  # rare purchases make flat costs
OWN = (0.35, 0.35, 0.05, 0.25)
"""Where weights begin for a shop that the learned parts know: about what past cuts of the public shops chose."""
UNKNOWN = (0.25, 0.25, 0.25, 0.25)
"""The same for a shop that nobody knows: what was learned of others may not hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Rows at cuts after everything that ``parts`` were fitted on; ``group`` names where and when they were cut."""

    group: str
    rows: Rows
    parts: dict[str, Floats]
    forms: dict[str, Floats]

    def truth(self, days: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """[n] rows that were watched for so long, and [of those] whether a purchase came."""
        known = self.rows.watched >= days
        return known, (self.rows.next_in[known] <= days).astype(np.int64)


def fit_pooling(judged: Sequence[Judged], begin: tuple[float, ...]) -> tuple[Pooling, ...]:
    """One pool for each horizon; groups weigh alike. A horizon that no group was watched for takes the one before.

    Args:
        begin: ``OWN`` or ``UNKNOWN``.
    """
    out: list[Pooling] = []
    for column, days in enumerate(HORIZONS):
        scores, truths, weights = [], [], []
        for one in judged:
            known, truth = one.truth(days)
            if truth.any():
                scores.append(np.stack([one.parts[name][known, column] for name in PARTS], 1))
                truths.append(truth)
                weights.append(np.full(len(truth), 1 / len(truth)))
        if scores:
            out.append(
                _pool(np.concatenate(scores), np.concatenate(truths), np.concatenate(weights) / len(scores), begin)
            )
        else:
            out.append(Pooling(weights=begin if not out else out[-1].weights, bias=0.0))
    return tuple(out)


def drift(judged: Sequence[Judged], begin: tuple[float, ...]) -> dict[str, float]:
    """Horizon -> how far ln(observed / predicted) strays from 0 beyond chance, each group with a pool chosen on the
    others (root mean square over groups)."""
    out = {}
    for column, days in enumerate(HORIZONS):
        seen = [one for one in judged if one.truth(days)[1].sum() >= _FEWEST]
        if len(seen) < 2:
            continue
        excess = []
        for one in seen:
            known, truth = one.truth(days)
            pool = fit_pooling([other for other in seen if other is not one], begin)[column]
            score = pool.score({name: some[known] for name, some in one.parts.items()}, column)
            ratio = float(np.log(truth.mean() / np.mean(1 / (1 + np.exp(-score)))))
            people = len(np.unique(one.rows.who[known & (one.rows.next_in <= days)]))
            excess.append(ratio**2 - (1 - truth.mean()) / people)
        out[str(days)] = round(float(np.sqrt(max(0.0, np.mean(excess)))), 4)
    return out


def log_loss_of(judged: Sequence[Judged], part: str, column: int, days: int) -> float:
    """Mean log-loss of one part at a horizon over the groups that were watched for so long; infinite without any."""
    losses = []
    for one in judged:
        known, truth = one.truth(days)
        if known.any():
            score = one.parts[part][known, column]
            losses.append(float(np.mean(np.logaddexp(0, score) - truth * score)))
    return float(np.mean(losses)) if losses else float("inf")


def _pool(scores: Floats, truth: NDArray[np.int64], weight: Floats, start: tuple[float, ...]) -> Pooling:
    begin = np.append(np.asarray(start), 0.0)
    rate = float(weight @ truth)
    spread = rate * (1 - rate)
    pull = _PULL * spread
    middle = np.append(weight @ scores, 1.0)

    def cost(values: Floats) -> tuple[float, Floats]:
        score = scores @ values[:-1] + values[-1]
        error = weight * (1 / (1 + np.exp(-score)) - truth)
        off = values - begin
        moved = float(middle @ off)
        loss = weight @ (np.logaddexp(0, score) - truth * score)
        loss += pull / 2 * off[:-1] @ off[:-1] + _HELD * spread / 2 * moved**2
        slopes = np.append(scores.T @ error + pull * off[:-1], error.sum()) + _HELD * spread * moved * middle
        return float(loss), slopes

    bounds = [*[(0.0, 1.5)] * len(PARTS), (-2.0, 2.0)]
    found = minimize(cost, begin, jac=True, method="L-BFGS-B", bounds=bounds, options=_TO_THE_END).x
    return Pooling(weights=tuple(round(float(v), 5) for v in found[:-1]), bias=round(float(found[-1]), 5))

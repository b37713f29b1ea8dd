"""Figures of a timing model on predictions from past cuts, with intervals by customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.labels import HORIZONS
from purchase_agent.metrics import Bootstrap, brier, ece, log_loss, pr_auc, roc_auc
from purchase_agent.predictors.timing.history import Floats
from purchase_agent.predictors.timing.parts import PARTS
from purchase_agent.training.timing_pool import Judged, fit_pooling

_RESAMPLES = 200
_FIGURES = {"log_loss": log_loss, "brier": brier, "roc_auc": roc_auc, "pr_auc": pr_auc, "ece": ece}


def judged_figures(judged: Sequence[Judged], begin: tuple[float, ...]) -> dict[str, Any]:
    """Horizon -> row -> figures of the first of ``judged`` that was watched for so long.

    Its pool is chosen on those after it. Without any, no pool can be judged, and the horizon says so.
    """
    out: dict[str, Any] = {}
    for column, days in enumerate(HORIZONS):
        seen = [one for one in judged if one.truth(days)[1].any() and not one.truth(days)[1].all()]
        if not seen:
            continue
        first, others = seen[0], seen[1:]
        known, truth = first.truth(days)
        odds = {name: some[known] for name, some in first.parts.items()}
        chances = {name: _chance(odds[name][:, column]) for name in PARTS}
        if others:
            chances = {"pooled": _chance(fit_pooling(others, begin)[column].score(odds, column)), **chances}
        users = first.rows.who[known]
        out[str(days)] = {
            "predicted_from": first.group,
            "n": len(truth),
            "customers": len(np.unique(users)),
            "rate": round(float(truth.mean()), 5),
            "rows": {name: _row(truth, chance, users) for name, chance in chances.items()},
        }
    return out


def _row(truth: NDArray[np.int64], chance: Floats, users: NDArray[np.intp]) -> dict[str, Any]:
    bootstrap = Bootstrap(groups=users, resamples=_RESAMPLES, seed=0)
    found = {name: asdict(score(truth, chance, bootstrap=bootstrap)) for name, score in _FIGURES.items()}
    figures = {name: {key: round(one[key], 5) for key in ("value", "low", "high")} for name, one in found.items()}
    return {"mean": round(float(chance.mean()), 5), **figures}


def _chance(score: Floats) -> Floats:
    out: Floats = 1 / (1 + np.exp(-score))
    return out

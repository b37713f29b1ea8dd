"""What abstaining would buy: the share of errors among the answers that a model is surest of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from purchase_agent.metrics.inputs import probabilities
from purchase_agent.metrics.ranks import Ties
from purchase_agent.metrics.score import DEFAULT, Array, Bootstrap, Score, ratio


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """Of the surest answers, a share ``coverage`` of all, a share ``risk`` is wrong; the least sure is at ``sure``."""

    coverage: float
    risk: float
    sure: float


def aurc(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Area under the risk-coverage curve: mean error among the surest answers, over all numbers of them.

    ``predicted`` [rows, labels] with ``truth`` the index of the true label; or ``predicted`` [rows] how sure the answer
    is and ``truth`` 0/1 whether it was right. Lower is better (Geifman and El-Yaniv 2017); answers of one probability
    are given or withheld together.
    """
    sure, wrong = _sure_and_wrong(truth, predicted)
    ties = Ties(-sure)

    def statistic(weights: Array) -> Array:
        rows, errors = ties.sums(weights), ties.sums(weights * wrong)
        risk = ratio(np.cumsum(errors, 1), np.cumsum(rows, 1), 0.0)
        return ratio((rows * risk).sum(1), rows.sum(1))

    return bootstrap.score("aurc", "error", len(sure), statistic)


def risk_coverage(truth: ArrayLike, predicted: ArrayLike, *, points: int = 20) -> list[CoveragePoint]:
    """The curve at about ``points`` coverages, the last of them 1; arguments as of ``aurc``."""
    sure, wrong = _sure_and_wrong(truth, predicted)
    order = np.argsort(-sure, kind="stable")
    risks = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    ends = np.flatnonzero(np.append(np.diff(sure[order]) != 0, True))
    wanted = np.ceil(np.arange(1, points + 1) / points * len(order)).astype(int) - 1
    chosen = np.unique(ends[np.searchsorted(ends, wanted)])
    return [
        CoveragePoint(float((end + 1) / len(order)), float(risks[end]), float(sure[order[end]]))
        for end in chosen.tolist()
    ]


def _sure_and_wrong(truth: ArrayLike, predicted: ArrayLike) -> tuple[Array, NDArray[np.float64]]:
    p, y = probabilities(truth, predicted)
    if p.shape[1] == 1:
        return p[:, 0], 1 - y[:, 0]
    rows, top = np.arange(len(p)), p.argmax(1)
    return p[rows, top], 1 - y[rows, top]

"""Numbers against numbers or outcomes, by their order alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from purchase_agent.metrics.inputs import binary, numbers
from purchase_agent.metrics.score import DEFAULT, Array, Bootstrap, Score, ratio


def spearman(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Pearson's correlation of the ranks of two columns of numbers [rows]; ties share their mean rank."""
    a = numbers("truth", truth, 1)
    ranks_a, ranks_b = Ties(a).ranks, Ties(numbers("predicted", predicted, 1, like=a)).ranks

    def statistic(weights: Array) -> Array:
        middle = (weights.sum(1, keepdims=True) + 1) / 2
        x, y = ranks_a(weights) - middle, ranks_b(weights) - middle
        spread = (weights * x * x).sum(1) * (weights * y * y).sum(1)
        return np.clip(ratio((weights * x * y).sum(1), np.sqrt(spread)), -1, 1)

    return bootstrap.score("spearman", "correlation", len(a), statistic)


def roc_auc(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Chance that a positive row scores above a negative one, a tie counting half. 0/1 and scores [rows]."""
    a = binary("truth", truth, 1)
    ties = Ties(numbers("predicted", predicted, 1, like=a))

    def statistic(weights: Array) -> Array:
        positive, negative = ties.sums(weights * a), ties.sums(weights * (1 - a))
        below = np.cumsum(negative, 1) - negative / 2
        return ratio((positive * below).sum(1), positive.sum(1) * negative.sum(1))

    return bootstrap.score("roc_auc", "area", len(a), statistic)


def pr_auc(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Average precision: sum over falling thresholds of (recall gained) x precision. 0/1 and scores [rows]."""
    a = binary("truth", truth, 1)
    ties = Ties(-numbers("predicted", predicted, 1, like=a))

    def statistic(weights: Array) -> Array:
        positive = ties.sums(weights * a)
        precision = ratio(np.cumsum(positive, 1), np.cumsum(ties.sums(weights), 1), 0.0)
        return ratio((positive * precision).sum(1), positive.sum(1))

    return bootstrap.score("pr_auc", "area", len(a), statistic)


class Ties:
    """Rows in rising order of a column, equal values as one run."""

    def __init__(self, column: Array) -> None:
        self._order = np.argsort(column, kind="stable")
        _, self._starts, self._run = np.unique(column[self._order], return_index=True, return_inverse=True)
        self._run = self._run[np.argsort(self._order)]

    def sums(self, weights: Array) -> Array:
        """Weights summed over each run, [resamples, runs] in rising order."""
        return np.add.reduceat(weights.take(self._order, axis=1), self._starts, axis=1)

    def ranks(self, weights: Array) -> Array:
        """Mean rank of each row among the rows drawn, [resamples, rows], from 1."""
        sums = self.sums(weights)
        return (np.cumsum(sums, 1) - (sums - 1) / 2).take(self._run, axis=1)

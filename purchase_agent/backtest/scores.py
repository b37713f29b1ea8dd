"""One row of a backtest: how good some probabilities were, each figure with its number of rows and a 95 % interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from purchase_agent.backtest.moments import Floats
from purchase_agent.intervals import wilson
from purchase_agent.metrics import Bootstrap, CalibrationScore, Score, brier, ece, log_loss, pr_auc, roc_auc

PARTS = 10
"""Deciles of the lift, and groups of the reliability plot."""
_MANY_ROWS = 5_000  # from here fewer resamples give the same interval
_RESAMPLES, _RESAMPLES_OF_MANY = 1000, 200


@dataclass(frozen=True, slots=True)
class Part:
    """Shoppers of like prediction: ``n`` rows, their mean prediction, and their rate from ``low`` to ``high``."""

    n: int
    predicted: float
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """How one way to predict did.

    Attributes:
        name: of the way.
        mean: its mean prediction.
        gap: mean prediction less observed rate; the interval is that of the difference.
        deciles: shoppers by falling prediction, a tenth each.
        reliability: shoppers by rising prediction, those of one prediction together.
        seen: how many of the windows its fitting has seen; their figures flatter it.
    """

    name: str
    mean: Score
    gap: Score
    log_loss: Score
    brier: Score
    roc_auc: Score
    pr_auc: Score
    ece: CalibrationScore
    deciles: tuple[Part, ...]
    reliability: tuple[Part, ...]
    seen: int = 0

    @property
    def holds(self) -> bool:
        """Whether the mean prediction agrees with the observed rate: the interval of their difference holds 0."""
        return self.gap.low <= 0 <= self.gap.high


def bootstrap(owners: NDArray[np.int64]) -> Bootstrap:
    """Resamples of shoppers: all rows of one are drawn together. ``owners`` [n] says whose each row is."""
    alone = len(np.unique(owners)) == len(owners)
    many = _RESAMPLES_OF_MANY if len(owners) > _MANY_ROWS else _RESAMPLES
    return Bootstrap(None if alone else owners, many)


def judged(name: str, truth: Floats, chance: Floats, owners: NDArray[np.int64], seen: int = 0) -> Row:
    """Figures of probabilities [n] against what happened, 0 or 1 [n]; both must occur."""
    drawn = bootstrap(owners)
    return Row(
        name,
        mean_of("mean_prediction", chance, drawn),
        mean_of("gap", chance - truth, drawn),
        log_loss(truth, chance, bootstrap=drawn),
        brier(truth, chance, bootstrap=drawn),
        roc_auc(truth, chance, bootstrap=drawn),
        pr_auc(truth, chance, bootstrap=drawn),
        ece(truth, chance, bins=PARTS, bootstrap=drawn),
        _deciles(truth, chance, owners),
        _reliability(truth, chance, owners),
        seen,
    )


def mean_of(name: str, values: Floats, drawn: Bootstrap) -> Score:
    """The mean of [n] values."""
    return drawn.score(name, "share", len(values), lambda weights: weights @ values / weights.sum(1))


def rate_of(truth: Floats, owners: NDArray[np.int64]) -> tuple[float, float, float]:
    """A share and its interval: Wilson's, with the rows made fewer by what rows of one shopper have in common.

    The latter is the design effect: the variance between shoppers over that of rows which have nothing in common. Where
    all rows are alike there is no variance to tell it from, and a shopper counts once.
    """
    n, rate = len(truth), float(truth.mean())
    alone = rate * (1 - rate) * n
    whose = np.unique(owners, return_inverse=True)[1]
    together = float((np.bincount(whose, truth - rate) ** 2).sum())
    rows = n / max(1.0, together / alone) if alone > 0 else int(whose.max()) + 1
    low, high = wilson(rate, rows)
    return rate, low, high


def _deciles(truth: Floats, chance: Floats, owners: NDArray[np.int64]) -> tuple[Part, ...]:
    # Equal predictions are ordered by chance, the same at each call: the order of a file must not make a lift.
    shuffled = np.random.default_rng(0).permutation(len(truth))
    order = shuffled[np.argsort(-chance[shuffled], kind="stable")]
    return tuple(_part(truth, chance, owners, rows) for rows in np.array_split(order, PARTS) if len(rows))


def _reliability(truth: Floats, chance: Floats, owners: NDArray[np.int64]) -> tuple[Part, ...]:
    edges = np.unique(np.quantile(chance, np.arange(1, PARTS) / PARTS))
    place = np.searchsorted(edges, chance, side="left")
    return tuple(_part(truth, chance, owners, np.flatnonzero(place == one)) for one in np.unique(place))


def _part(truth: Floats, chance: Floats, owners: NDArray[np.int64], rows: NDArray[np.int64]) -> Part:
    return Part(len(rows), float(chance[rows].mean()), *rate_of(truth[rows], owners[rows]))

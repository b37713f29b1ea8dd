"""How far the truth may lie from an expectation: a negative binomial whose levels are set right by the backtest.

The variance of a mean m is m times the units that come at once (a compound Poisson), a fifth more for what a few lines
leave unsure, and the square of ``SHOP`` times m for weeks in which the whole shop is off. That is a first guess:
levels are then read off where the truths of the backtest lay in it (recalibration as in Kuleshov, Fenner and Ermon
2018, by exact ranks as in conformal prediction), in three groups of small, middle and large means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, nbdtrik

from purchase_agent.demand.orders import Floats

SHOP = 0.25
_UNSURE = 1.2
_GROUPS, _SMALLEST = 3, 100  # groups of means, and truths that each needs
_PERFECT = 40  # truths of a perfect first guess that are added: a few truths do not set a level alone
_SAFE = 1e-6


def variance(lumped: ArrayLike, mean: ArrayLike) -> Floats:
    """Of the sum of units whose means are ``mean`` and whose means times their lumps sum to ``lumped``."""
    mean = np.asarray(mean, np.float64)
    return np.asarray(np.maximum(_UNSURE * np.asarray(lumped) + (SHOP * mean) ** 2, 1.05 * mean))


def below(units: ArrayLike, mean: Floats, variance_: Floats) -> tuple[Floats, Floats]:
    """Chances of fewer units and of at most as many; parts of units count as begun."""
    count = np.ceil(np.asarray(units, np.float64) - _SAFE)
    at_most = _cdf(count, mean, variance_)
    return np.where(count > 0, _cdf(count - 1, mean, variance_), 0.0), at_most


def _cdf(count: Floats, mean: Floats, variance_: Floats) -> Floats:
    some = np.maximum(mean, 1e-12)
    odds = np.maximum(variance_ / some, 1 + 1e-9)
    return np.asarray(betainc(some / (odds - 1), np.maximum(count, 0) + 1, 1 / odds))


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Where the truths of a backtest lay: chances of fewer and of at most the truth, of each group of means ascending;
    ``edges`` are the means between the groups."""

    edges: Floats
    fewer: tuple[Floats, ...]
    at_most: tuple[Floats, ...]

    def interval(self, mean: Floats, variance_: Floats, level: float) -> tuple[Floats, Floats]:
        """The middle ``level`` of what may be."""
        tail = (1 - level) / 2
        return self._quantile(mean, variance_, tail, upper=False), self._quantile(mean, variance_, 1 - tail, upper=True)

    def at_least(self, mean: Floats, variance_: Floats, level: float) -> Floats:
        """Units that suffice with the chance ``level``."""
        return self._quantile(mean, variance_, level, upper=True)

    def _quantile(self, mean: Floats, variance_: Floats, level: float, *, upper: bool) -> Floats:
        marks = self.fewer if upper else self.at_most
        rank: Literal["higher", "lower"] = "higher" if upper else "lower"
        chance = np.asarray([np.quantile(one, level, method=rank) for one in marks])
        chance = np.clip(chance, _SAFE, 1 - _SAFE)[np.searchsorted(self.edges, mean, side="right")]
        some = np.maximum(mean, 1e-12)
        odds = np.maximum(variance_ / some, 1 + 1e-9)
        # The smallest count that is not exceeded with that chance; nbdtrik solves for a real one.
        count = np.ceil(nbdtrik(chance, some / (odds - 1), 1 / odds) - _SAFE)
        nothing = chance <= _cdf(np.zeros_like(some), some, variance_)
        return np.where(nothing | ~np.isfinite(count), 0.0, np.maximum(count, 0.0))


def levels_of(mean: Floats, variance_: Floats, truth: Floats) -> Levels:
    """Levels by truths [n], none of them necessary."""
    fewer, at_most = below(truth, mean, variance_)
    parts = min(_GROUPS, max(1, len(mean) // _SMALLEST))
    edges = np.quantile(mean, np.arange(1, parts) / parts) if parts > 1 else np.empty(0)
    group = np.searchsorted(edges, mean, side="right")
    perfect = (np.arange(_PERFECT) + 0.5) / _PERFECT
    # Beyond the ranks that truths have, the first guess goes on: a far level must not stop at the largest truth.
    ends = np.asarray([_SAFE, 1 - _SAFE])
    return Levels(
        edges,
        tuple(np.concatenate([fewer[group == one], perfect, ends]) for one in range(parts)),
        tuple(np.concatenate([at_most[group == one], perfect, ends]) for one in range(parts)),
    )

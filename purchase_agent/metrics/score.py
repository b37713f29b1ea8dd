"""A figure with its rows and interval, and the resamples that intervals come from.

A metric is written once, as a function of row weights; a resample is a row of weights (how often each row was drawn).
So a thousand resamples are a few matrix products, and two models compared on the same rows share their resamples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from purchase_agent.errors import InputError
from purchase_agent.metrics.inputs import shaped

Array = NDArray[np.float64]
Statistic = Callable[[Array], Array]
"""Row weights [resamples, rows] -> values [resamples]."""
_CELLS_AT_ONCE = 1_000_000  # weights in memory at a time: 8 MB


@dataclass(frozen=True, slots=True)
class Score:
    """A figure: ``n`` rows, 95 % interval from ``low`` to ``high``, all three in ``unit``."""

    name: str
    value: float
    low: float
    high: float
    n: int
    unit: str

    def __str__(self) -> str:
        return f"{self.name} {self.value:.3f} [{self.low:.3f}, {self.high:.3f}] {self.unit}, n={self.n}"


@dataclass(frozen=True, slots=True)
class CalibrationScore(Score):
    """A calibration error beside what a perfectly calibrated model would show on as many rows.

    ``expected`` is that model's mean, ``expected_high`` its 97.5 % quantile; a value up to it is no sign of error.
    """

    expected: float
    expected_high: float


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are drawn: a percentile bootstrap (Efron 1979) over rows, or over whole groups of rows.

    Args:
        groups: one id for each row; rows that share an id are drawn together. None draws rows.
        resamples: how many.
        seed: the same seed gives the same resamples for the same number of rows or groups.
    """

    groups: ArrayLike | None = None
    resamples: int = 1000
    seed: int = 0

    def replicates(self, statistic: Statistic, rows: int) -> Array:
        """The statistic of each resample, [resamples]; NaN where a resample does not define it."""
        if self.resamples < 1:
            raise InputError(f"resamples is {self.resamples}", hint="draw at least one", field="resamples")
        groups = np.arange(rows) if self.groups is None else np.asarray(self.groups)
        shaped("groups", groups, (1,), np.empty(rows))
        unit_of = np.unique(groups, return_inverse=True)[1]
        units = unit_of.max() + 1
        rng = np.random.default_rng(self.seed)
        out, done = np.empty(self.resamples), 0
        while done < self.resamples:
            size = min(self.resamples - done, max(1, _CELLS_AT_ONCE // rows))
            drawn = rng.integers(0, units, (size, units)) + np.arange(size)[:, None] * units
            counts = np.bincount(drawn.ravel(), minlength=size * units).reshape(size, units).astype(np.float64)
            out[done : done + size] = statistic(counts if self.groups is None else counts[:, unit_of])
            done += size
        return out

    def score(self, name: str, unit: str, rows: int, statistic: Statistic) -> Score:
        """Value on the rows themselves and the 2.5 % and 97.5 % quantiles over the resamples."""
        return Score(
            name, float(statistic(np.ones((1, rows)))[0]), *quantiles(self.replicates(statistic, rows)), rows, unit
        )


@dataclass(frozen=True)
class Recorder(Bootstrap):
    """Keeps the replicates that a metric draws."""

    drawn: list[Array] = field(default_factory=list)

    def replicates(self, statistic: Statistic, rows: int) -> Array:
        self.drawn.append(super().replicates(statistic, rows))
        return self.drawn[-1]


DEFAULT = Bootstrap()


def of_sums(columns: NDArray[Any], combine: Callable[[Array, Array], Array]) -> Statistic:
    """Statistic of weighted column sums [resamples, columns] and total weights [resamples]."""
    numbers = columns.astype(np.float64)
    return lambda weights: combine(weights @ numbers, weights.sum(1))


def mean_of_rows(values: Array) -> Statistic:
    """Statistic of the mean of [rows] values."""
    return of_sums(values[:, None], lambda sums, total: ratio(sums[:, 0], total))


def ratio(above: Array, below: NDArray[Any], fill: float = np.nan) -> Array:
    """``above / below``, and ``fill`` where ``below`` is 0."""
    out: Array = np.divide(above, below, out=np.full(above.shape, fill), where=below != 0)
    return out


def quantiles(replicates: Array) -> tuple[float, float]:
    """The 95 % interval of resampled values; NaN where none is defined."""
    defined = replicates[~np.isnan(replicates)]
    low, high = np.quantile(defined, [0.025, 0.975]) if len(defined) else (np.nan, np.nan)
    return float(low), float(high)

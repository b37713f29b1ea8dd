"""Two models on the same rows: the difference of a figure, whether it is more than noise, and many of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb, erfc, sqrt

import numpy as np
from numpy.typing import ArrayLike

from purchase_agent.metrics.inputs import binary
from purchase_agent.metrics.score import DEFAULT, Bootstrap, Recorder, Score, quantiles

_MANY = 1000


def paired_difference(
    metric: Callable[..., Score], truth: ArrayLike, a: ArrayLike, b: ArrayLike, *, bootstrap: Bootstrap = DEFAULT
) -> Score:
    """``metric(truth, a) - metric(truth, b)``; each resample measures both, so that what rows share cancels out.

    ``metric`` is one of this module; bind its options with ``functools.partial``.
    """
    return paired_test(metric, truth, a, b, bootstrap=bootstrap)[0]


def paired_test(
    metric: Callable[..., Score], truth: ArrayLike, a: ArrayLike, b: ArrayLike, *, bootstrap: Bootstrap = DEFAULT
) -> tuple[Score, float]:
    """``paired_difference`` and a two-sided p-value for no difference.

    The p-value is twice the share of resamples on the other side of zero, those at zero counting half, the resamples
    and one more (Davison and Hinkley 1997, 4.2); so it is never below 2 / (resamples + 1). NaN where no resample
    defines the figure.
    """
    recorder = Recorder(bootstrap.groups, bootstrap.resamples, bootstrap.seed)
    first, second = metric(truth, a, bootstrap=recorder), metric(truth, b, bootstrap=recorder)
    apart = recorder.drawn[0] - recorder.drawn[1]
    score = Score(
        f"{first.name}_difference", first.value - second.value, *quantiles(apart), first.n, first.unit
    )  # fmt: skip
    known = apart[~np.isnan(apart)]
    if not len(known):
        return score, float("nan")
    at_zero = float((known == 0).sum()) / 2
    less = min(float((known < 0).sum()), float((known > 0).sum())) + at_zero
    return score, min(1.0, 2 * (less + 1) / (len(known) + 1))


@dataclass(frozen=True, slots=True)
class McNemar:
    """Rows that only the first got right, rows that only the second did, and the p-value for no difference."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first: ArrayLike, second: ArrayLike) -> McNemar:
    """Whether one of two models is right more often on the same rows. ``first``, ``second``: 0/1 right [rows].

    The exact binomial test on the rows where they differ (McNemar 1947); from ``_MANY`` such rows on the chi-square
    with continuity correction (Edwards 1948), which then says the same.
    """
    a = binary("first", first, 1)
    b = binary("second", second, 1, like=a)
    only_first, only_second = int((a * (1 - b)).sum()), int((b * (1 - a)).sum())
    rows = only_first + only_second
    if rows == 0:
        return McNemar(0, 0, 1.0)
    if rows < _MANY:
        tail = sum(comb(rows, count) for count in range(min(only_first, only_second) + 1)) / 2**rows
        return McNemar(only_first, only_second, min(1.0, 2 * tail))
    chi = max(abs(only_first - only_second) - 1, 0) / sqrt(rows)
    return McNemar(only_first, only_second, erfc(chi / sqrt(2)))


def holm(chances: Sequence[float]) -> list[float]:
    """P-values of several tests, corrected so that one false alarm among all is as rare as each alone (Holm 1979).

    A NaN is no test and stays one.
    """
    values = np.asarray(chances, np.float64)
    out = values.copy()
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    highest = 0.0
    for place, row in enumerate(order.tolist()):
        highest = max(highest, min(1.0, float(values[row]) * (len(order) - place)))
        out[row] = highest
    return [float(one) for one in out]

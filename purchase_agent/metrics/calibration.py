"""Whether probabilities keep what they say, over bins of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from purchase_agent.errors import InputError
from purchase_agent.metrics.inputs import binary, numbers, probabilities, unit_interval
from purchase_agent.metrics.score import DEFAULT, Array, Bootstrap, CalibrationScore, of_sums


def ece(truth: ArrayLike, predicted: ArrayLike, *, bins: int = 15, bootstrap: Bootstrap = DEFAULT) -> CalibrationScore:
    """Expected calibration error: sum over bins of (share of rows) x |share right - mean probability|.

    Bins hold equal numbers of rows (Nguyen and O'Connor 2015); rows of one probability stay in one bin. ``predicted``
    [rows] is the probability of the predicted label or of an event, ``truth`` 0/1 whether it was right or happened; or
    ``predicted`` [rows, labels] and ``truth`` the index of the true label, of which the most probable label is judged.

    ``expected`` comes from outcomes drawn from the probabilities themselves (Broecker and Smith 2007). The estimate is
    biased upwards in a small sample and its resamples once more, so percentiles would miss the truth: the interval is
    the basic bootstrap's, 2 x value - quantiles (Davison and Hinkley 1997, 5.6), cut to [0, 1], widened to hold the
    value, and to hold 0 where the value is no higher than ``expected_high``.
    """
    p, y = _of_the_top(*probabilities(truth, predicted))
    return _calibration("ece", p, y, bins, bootstrap)


def ece_multilabel(
    truth: ArrayLike, predicted: ArrayLike, *, bins: int = 15, bootstrap: Bootstrap = DEFAULT
) -> CalibrationScore:
    """``ece`` over all cells of independent probabilities and 0/1 truth [rows, labels]; resamples draw whole rows."""
    y = binary("truth", truth, 2)
    p = unit_interval(numbers("predicted", predicted, 2, like=y))
    return _calibration("ece_multilabel", p, y, bins, bootstrap)


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of like probability: their number, the mean probability, and how often it held."""

    n: int
    predicted: float
    observed: float


def reliability(truth: ArrayLike, predicted: ArrayLike, *, bins: int = 10) -> list[Bin]:
    """The reliability diagram: rows by rising probability in ``bins`` of equal size, equal probabilities together.

    ``truth`` and ``predicted`` as for ``ece``; a matrix of several labels that may hold together (0/1 ``truth`` of the
    same shape) is taken cell by cell.
    """
    matrix = np.asarray(truth)
    if matrix.ndim == 2:
        y = binary("truth", truth, 2)
        p = unit_interval(numbers("predicted", predicted, 2, like=y))
    else:
        p, y = _of_the_top(*probabilities(truth, predicted))
    flat, held = p.ravel(), y.ravel()
    place = np.searchsorted(np.unique(np.quantile(flat, np.arange(1, bins) / bins)), flat, side="left")
    parts = [np.flatnonzero(place == one) for one in np.unique(place)]
    return [Bin(len(rows), float(flat[rows].mean()), float(held[rows].mean())) for rows in parts]


def _of_the_top(p: Array, y: Array) -> tuple[Array, Array]:
    """Probability of the most probable label and whether it holds, [rows, 1]."""
    if p.shape[1] == 1:
        return p, y
    rows, top = np.arange(len(p)), p.argmax(1)
    return p[rows, top][:, None], y[rows, top][:, None]


def _calibration(name: str, p: Array, y: Array, bins: int, bootstrap: Bootstrap) -> CalibrationScore:
    if bins < 1:
        raise InputError(f"bins is {bins}", hint="use at least one bin", field="bins")
    rows, labels = p.shape
    flat = p.ravel()
    place = np.searchsorted(np.quantile(flat, np.arange(1, bins) / bins), flat, side="left")
    cell = np.repeat(np.arange(rows), labels) * bins + place
    gaps = np.bincount(cell, (y - p).ravel(), rows * bins).reshape(rows, bins)
    statistic = of_sums(gaps, lambda sums, total: np.abs(sums).sum(1) / (total * labels))
    plain = bootstrap.score(name, "share", rows, statistic)
    # Cells of one bin whose probabilities agree to three places are drawn at once: a thousand binomials, not all cells.
    _, run = np.unique(place * 1001 + np.rint(flat * 1000).astype(np.intp), return_inverse=True)
    count = np.bincount(run)
    chance = np.bincount(run, flat) / count
    home = np.zeros((len(count), bins))
    home[run, place] = 1
    shape, rng = (bootstrap.resamples, len(count)), np.random.default_rng([bootstrap.seed, 1])
    drawn = rng.binomial(count, np.clip(chance, 0, 1), shape)
    calibrated = np.abs((drawn - count * chance) @ home).sum(1) / len(flat)
    expected, expected_high = float(calibrated.mean()), float(np.quantile(calibrated, 0.975))
    value = plain.value
    low = 0.0 if value <= expected_high else max(0.0, min(value, 2 * value - plain.high))
    high = min(1.0, max(value, 2 * value - plain.low))
    return CalibrationScore(name, value, low, high, rows, "share", expected, expected_high)

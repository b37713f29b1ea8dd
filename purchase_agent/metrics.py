"""The figures of every evaluation. None comes without its number of rows and a 95 % interval.

A metric is written once, as a function of row weights; a resample is a row of weights (how often each row was drawn).
So a thousand resamples are a few matrix products, and two models compared on the same rows share their resamples.

Truth comes first in every call. Malformed or empty input is an ``InputError`` that names the argument and the place. A
metric that well-formed rows do not define (a correlation with a constant, an area under a curve with one class) is NaN;
resamples that do not define it are left out of its interval. One long file: all rest on the same weights and checks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from purchase_agent.errors import InputError

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
        _shape("groups", groups, (1,), np.empty(rows))
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
            name, float(statistic(np.ones((1, rows)))[0]), *_quantiles(self.replicates(statistic, rows)), rows, unit
        )


@dataclass(frozen=True)
class _Recorder(Bootstrap):
    """Keeps the replicates that a metric draws."""

    drawn: list[Array] = field(default_factory=list)

    def replicates(self, statistic: Statistic, rows: int) -> Array:
        self.drawn.append(super().replicates(statistic, rows))
        return self.drawn[-1]


_DEFAULT = Bootstrap()


def accuracy(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = _DEFAULT) -> Score:
    """Share of rows whose label is right. Labels [rows], all strings or all integers."""
    a, b, _ = _labels(truth, predicted)
    return bootstrap.score("accuracy", "share", len(a), _mean((a == b).astype(np.float64)))


def macro_f1(
    truth: ArrayLike, predicted: ArrayLike, *, minimum_count: int = 1, bootstrap: Bootstrap = _DEFAULT
) -> Score:
    """Mean over classes of F1 = 2 tp / (true + predicted cases). Labels [rows], all strings or all integers.

    Classes are those with at least ``minimum_count`` true cases; one that is only predicted costs the others recall.
    A class that a resample holds no true case of is left out of that resample's mean.
    """
    a, b, size = _labels(truth, predicted)
    classes = np.flatnonzero(np.bincount(a, minlength=size) >= max(1, minimum_count))
    if not len(classes):
        raise InputError(f"no class has {minimum_count} true cases among {len(a)} rows", field="truth")
    true, said = a[:, None] == classes, b[:, None] == classes

    def combine(sums: Array, _: Array) -> Array:
        hits, wanted, given = np.split(sums, 3, axis=1)
        return _ratio(_ratio(2 * hits, wanted + given, 0.0).sum(1), (wanted > 0).sum(1))

    return bootstrap.score("macro_f1", "F1", len(a), _of_sums(np.hstack([true & said, true, said]), combine))


def micro_f1(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = _DEFAULT) -> Score:
    """F1 over all cells of 0/1 matrices [rows, labels]: 2 tp / (true + predicted cells). NaN where both are empty."""
    a = _binary("truth", truth, 2)
    b = _binary("predicted", predicted, 2, like=a)
    columns = np.stack([2 * (a * b).sum(1), (a + b).sum(1)], 1)
    return bootstrap.score("micro_f1", "F1", len(a), _of_sums(columns, lambda sums, _: _ratio(sums[:, 0], sums[:, 1])))


def cohen_kappa(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = _DEFAULT) -> Score:
    """Agreement beyond chance, (po - pe) / (1 - pe), pe from each side's label shares (Cohen 1960). Labels [rows]."""
    a, b, size = _labels(truth, predicted)
    classes = np.arange(size)
    columns = np.hstack([a[:, None] == classes, b[:, None] == classes, (a == b)[:, None]])

    def combine(sums: Array, total: Array) -> Array:
        chance = (sums[:, :size] * sums[:, size:-1]).sum(1) / total**2
        return _ratio(sums[:, -1] / total - chance, 1 - chance)

    return bootstrap.score("cohen_kappa", "kappa", len(a), _of_sums(columns, combine))


def spearman(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = _DEFAULT) -> Score:
    """Pearson's correlation of the ranks of two columns of numbers [rows]; ties share their mean rank."""
    a = _numbers("truth", truth, 1)
    ranks_a, ranks_b = _Ties(a).ranks, _Ties(_numbers("predicted", predicted, 1, like=a)).ranks

    def statistic(weights: Array) -> Array:
        middle = (weights.sum(1, keepdims=True) + 1) / 2
        x, y = ranks_a(weights) - middle, ranks_b(weights) - middle
        spread = (weights * x * x).sum(1) * (weights * y * y).sum(1)
        return np.clip(_ratio((weights * x * y).sum(1), np.sqrt(spread)), -1, 1)

    return bootstrap.score("spearman", "correlation", len(a), statistic)


def roc_auc(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = _DEFAULT) -> Score:
    """Chance that a positive row scores above a negative one, a tie counting half. 0/1 and scores [rows]."""
    a = _binary("truth", truth, 1)
    ties = _Ties(_numbers("predicted", predicted, 1, like=a))

    def statistic(weights: Array) -> Array:
        positive, negative = ties.sums(weights * a), ties.sums(weights * (1 - a))
        below = np.cumsum(negative, 1) - negative / 2
        return _ratio((positive * below).sum(1), positive.sum(1) * negative.sum(1))

    return bootstrap.score("roc_auc", "area", len(a), statistic)


def pr_auc(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = _DEFAULT) -> Score:
    """Average precision: sum over falling thresholds of (recall gained) x precision. 0/1 and scores [rows]."""
    a = _binary("truth", truth, 1)
    ties = _Ties(-_numbers("predicted", predicted, 1, like=a))

    def statistic(weights: Array) -> Array:
        positive = ties.sums(weights * a)
        precision = _ratio(np.cumsum(positive, 1), np.cumsum(ties.sums(weights), 1), 0.0)
        return _ratio((positive * precision).sum(1), positive.sum(1))

    return bootstrap.score("pr_auc", "area", len(a), statistic)


def brier(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = _DEFAULT) -> Score:
    """Mean squared error of probabilities.

    ``predicted`` [rows] of an event with ``truth`` 0/1: mean of (p - y)^2, from 0 to 1. ``predicted`` [rows, labels]
    with the index of the true label: mean over rows of the sum over labels, from 0 to 2 (Brier 1950).
    """
    p, y = _probabilities(truth, predicted)
    return bootstrap.score("brier", "squared error", len(p), _mean(((p - y) ** 2).sum(1)))


def log_loss(truth: ArrayLike, predicted: ArrayLike, *, clip: float = 1e-7, bootstrap: Bootstrap = _DEFAULT) -> Score:
    """Mean of -ln of the probability given to what was true, that probability raised to ``clip`` where it is lower.

    ``truth`` and ``predicted`` as for ``brier``.
    """
    if not 0 < clip < 1:
        raise InputError(f"clip is {clip}", hint="give a probability between 0 and 1", field="clip")
    p, y = _probabilities(truth, predicted)
    given = (p * y).sum(1) if p.shape[1] > 1 else np.where(y[:, 0] == 1, p[:, 0], 1 - p[:, 0])
    return bootstrap.score("log_loss", "nats", len(p), _mean(-np.log(np.maximum(given, clip))))


def ece(truth: ArrayLike, predicted: ArrayLike, *, bins: int = 15, bootstrap: Bootstrap = _DEFAULT) -> CalibrationScore:
    """Expected calibration error: sum over bins of (share of rows) x |share right - mean probability|.

    Bins hold equal numbers of rows (Nguyen and O'Connor 2015); rows of one probability stay in one bin. ``predicted``
    [rows] is the probability of the predicted label or of an event, ``truth`` 0/1 whether it was right or happened; or
    ``predicted`` [rows, labels] and ``truth`` the index of the true label, of which the most probable label is judged.

    ``expected`` comes from outcomes drawn from the probabilities themselves (Broecker and Smith 2007). The estimate is
    biased upwards in a small sample and its resamples once more, so percentiles would miss the truth: the interval is
    the basic bootstrap's, 2 x value - quantiles (Davison and Hinkley 1997, 5.6), cut to [0, 1], widened to hold the
    value, and to hold 0 where the value is no higher than ``expected_high``.
    """
    p, y = _probabilities(truth, predicted)
    if p.shape[1] > 1:
        rows, top = np.arange(len(p)), p.argmax(1)
        p, y = p[rows, top][:, None], y[rows, top][:, None]
    return _calibration("ece", p, y, bins, bootstrap)


def ece_multilabel(
    truth: ArrayLike, predicted: ArrayLike, *, bins: int = 15, bootstrap: Bootstrap = _DEFAULT
) -> CalibrationScore:
    """``ece`` over all cells of independent probabilities and 0/1 truth [rows, labels]; resamples draw whole rows."""
    y = _binary("truth", truth, 2)
    p = _unit_interval(_numbers("predicted", predicted, 2, like=y))
    return _calibration("ece_multilabel", p, y, bins, bootstrap)


def set_coverage(truth: ArrayLike, sets: ArrayLike, *, bootstrap: Bootstrap = _DEFAULT) -> Score:
    """Share of rows whose prediction set, a row of 0/1 ``sets`` [rows, labels], holds the true label's index."""
    members = _binary("sets", sets, 2)
    held = (members * _one_hot(truth, members)).sum(1)
    return bootstrap.score("set_coverage", "share", len(held), _mean(held))


def set_size(sets: ArrayLike, *, bootstrap: Bootstrap = _DEFAULT) -> Score:
    """Mean number of labels in prediction sets, 0/1 [rows, labels]."""
    sizes = _binary("sets", sets, 2).sum(1)
    return bootstrap.score("set_size", "labels", len(sizes), _mean(sizes))


def paired_difference(
    metric: Callable[..., Score], truth: ArrayLike, a: ArrayLike, b: ArrayLike, *, bootstrap: Bootstrap = _DEFAULT
) -> Score:
    """``metric(truth, a) - metric(truth, b)``; each resample measures both, so that what rows share cancels out.

    ``metric`` is one of this module; bind its options with ``functools.partial``.
    """
    recorder = _Recorder(bootstrap.groups, bootstrap.resamples, bootstrap.seed)
    first, second = metric(truth, a, bootstrap=recorder), metric(truth, b, bootstrap=recorder)
    low, high = _quantiles(recorder.drawn[0] - recorder.drawn[1])
    return Score(f"{first.name}_difference", first.value - second.value, low, high, first.n, first.unit)


def _calibration(name: str, p: Array, y: Array, bins: int, bootstrap: Bootstrap) -> CalibrationScore:
    if bins < 1:
        raise InputError(f"bins is {bins}", hint="use at least one bin", field="bins")
    rows, labels = p.shape
    flat = p.ravel()
    place = np.searchsorted(np.quantile(flat, np.arange(1, bins) / bins), flat, side="left")
    cell = np.repeat(np.arange(rows), labels) * bins + place
    gaps = np.bincount(cell, (y - p).ravel(), rows * bins).reshape(rows, bins)
    statistic = _of_sums(gaps, lambda sums, total: np.abs(sums).sum(1) / (total * labels))
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


class _Ties:
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


def _of_sums(columns: NDArray[Any], combine: Callable[[Array, Array], Array]) -> Statistic:
    """Statistic of weighted column sums [resamples, columns] and total weights [resamples]."""
    numbers = columns.astype(np.float64)
    return lambda weights: combine(weights @ numbers, weights.sum(1))


def _mean(values: Array) -> Statistic:
    return _of_sums(values[:, None], lambda sums, total: _ratio(sums[:, 0], total))


def _ratio(above: Array, below: NDArray[Any], fill: float = np.nan) -> Array:
    """``above / below``, and ``fill`` where ``below`` is 0."""
    out: Array = np.divide(above, below, out=np.full(above.shape, fill), where=below != 0)
    return out


def _quantiles(replicates: Array) -> tuple[float, float]:
    defined = replicates[~np.isnan(replicates)]
    low, high = np.quantile(defined, [0.025, 0.975]) if len(defined) else (np.nan, np.nan)
    return float(low), float(high)


def _numbers(name: str, values: ArrayLike, *dimensions: int, like: NDArray[Any] | None = None) -> Array:
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is not an array of numbers: {error}", field=name) from error
    _shape(name, array, dimensions, like)
    return _all(name, array, np.isfinite(array), "is not a finite number")


def _shape(name: str, array: NDArray[Any], dimensions: tuple[int, ...], like: NDArray[Any] | None) -> None:
    if array.ndim not in dimensions or not array.size:
        raise InputError(f"{name} has shape {array.shape}, needs dimensions: {dimensions}, and a row", field=name)
    if like is not None and array.shape != like.shape:
        raise InputError(f"{name} has shape {array.shape}, the other side {like.shape}", field=name)


def _all(name: str, array: Array, good: NDArray[np.bool_], what: str) -> Array:
    """The array if every cell is good; else an error that names the first bad one."""
    if not good.all():
        place = tuple(int(one) for one in np.argwhere(~good)[0])
        raise InputError(f"{name}[{', '.join(map(str, place))}] = {array[place]} {what}", field=name)
    return array


def _binary(name: str, values: ArrayLike, dimensions: int, like: Array | None = None) -> Array:
    array = _numbers(name, values, dimensions, like=like)
    return _all(name, array, (array == 0) | (array == 1), "is neither 0 nor 1")


def _unit_interval(array: Array) -> Array:
    return _all("predicted", array, (array >= 0) & (array <= 1), "is no probability")


def _labels(truth: ArrayLike, predicted: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Both labellings as codes 0 .. size - 1, and size."""
    # As objects, because numpy would turn a NaN or None among strings into the word.
    sides = [np.asarray(truth, object), np.asarray(predicted, object)]
    kind = str if sides[0].ndim == 1 and sides[0].size and isinstance(sides[0][0], str) else (int, np.integer, np.bool_)
    for name, side in zip(("truth", "predicted"), sides, strict=True):
        _shape(name, side, (1,), sides[0])
        for row, one in enumerate(side):
            if not isinstance(one, kind):
                raise InputError(f"{name}[{row}] = {one!r}: labels are all strings or all integers", field=name)
    names, codes = np.unique(np.concatenate(sides), return_inverse=True)
    return codes[: len(sides[0])], codes[len(sides[0]) :], len(names)


def _one_hot(truth: ArrayLike, of: Array) -> Array:
    """Label indices [rows] as 0/1 in the shape of ``of`` [rows, labels]."""
    index = _numbers("truth", truth, 1, like=of[:, 0])
    hot: Array = (index[:, None] == np.arange(of.shape[1])).astype(np.float64)
    _all("truth", index, hot.sum(1) == 1, f"is no index below {of.shape[1]}")
    return hot


def _probabilities(truth: ArrayLike, predicted: ArrayLike) -> tuple[Array, Array]:
    """Probabilities and 0/1 outcomes, both [rows, labels]; one column for an event."""
    p = _unit_interval(_numbers("predicted", predicted, 1, 2))
    if p.ndim == 1:
        return p[:, None], _binary("truth", truth, 1, like=p)[:, None]
    sums = p.sum(1)
    _all("sum of predicted", sums, np.abs(sums - 1) < 1e-3, "is not 1")
    return p, _one_hot(truth, p)

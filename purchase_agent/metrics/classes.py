"""Labels told against labels that hold: shares right and F1, of one label a row or of several."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from purchase_agent.errors import InputError
from purchase_agent.metrics.inputs import binary, labels
from purchase_agent.metrics.score import DEFAULT, Array, Bootstrap, Score, mean_of_rows, of_sums, ratio


def accuracy(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Share of rows whose label is right. Labels [rows], all strings or all integers."""
    a, b, _ = labels(truth, predicted)
    return bootstrap.score("accuracy", "share", len(a), mean_of_rows((a == b).astype(np.float64)))


def macro_f1(
    truth: ArrayLike, predicted: ArrayLike, *, minimum_count: int = 1, bootstrap: Bootstrap = DEFAULT
) -> Score:
    """Mean over classes of F1 = 2 tp / (true + predicted cases). Labels [rows], all strings or all integers.

    Classes are those with at least ``minimum_count`` true cases; one that is only predicted costs the others recall.
    A class that a resample holds no true case of is left out of that resample's mean.
    """
    a, b, size = labels(truth, predicted)
    classes = np.flatnonzero(np.bincount(a, minlength=size) >= max(1, minimum_count))
    if not len(classes):
        raise InputError(f"no class has {minimum_count} true cases among {len(a)} rows", field="truth")
    true, said = a[:, None] == classes, b[:, None] == classes

    def combine(sums: Array, _: Array) -> Array:
        hits, wanted, given = np.split(sums, 3, axis=1)
        return ratio(ratio(2 * hits, wanted + given, 0.0).sum(1), (wanted > 0).sum(1))

    return bootstrap.score("macro_f1", "F1", len(a), of_sums(np.hstack([true & said, true, said]), combine))


def micro_f1(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """F1 over all cells of 0/1 matrices [rows, labels]: 2 tp / (true + predicted cells). NaN where both are empty."""
    a = binary("truth", truth, 2)
    b = binary("predicted", predicted, 2, like=a)
    columns = np.stack([2 * (a * b).sum(1), (a + b).sum(1)], 1)
    return bootstrap.score("micro_f1", "F1", len(a), of_sums(columns, lambda sums, _: ratio(sums[:, 0], sums[:, 1])))


def macro_f1_multilabel(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Mean over labels of F1, of 0/1 matrices [rows, labels]; labels without a true cell are left out."""
    a = binary("truth", truth, 2)
    b = binary("predicted", predicted, 2, like=a)
    known = a.sum(0) > 0
    if not known.any():
        raise InputError("no label has a true cell", field="truth")
    a, b = a[:, known], b[:, known]

    def combine(sums: Array, _: Array) -> Array:
        hits, wanted, given = np.split(sums, 3, axis=1)
        return ratio(ratio(2 * hits, wanted + given, 0.0).sum(1), (wanted > 0).sum(1))

    return bootstrap.score("macro_f1", "F1", len(a), of_sums(np.hstack([a * b, a, b]), combine))


def cohen_kappa(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Agreement beyond chance, (po - pe) / (1 - pe), pe from each side's label shares (Cohen 1960). Labels [rows]."""
    a, b, size = labels(truth, predicted)
    classes = np.arange(size)
    columns = np.hstack([a[:, None] == classes, b[:, None] == classes, (a == b)[:, None]])

    def combine(sums: Array, total: Array) -> Array:
        chance = (sums[:, :size] * sums[:, size:-1]).sum(1) / total**2
        return ratio(sums[:, -1] / total - chance, 1 - chance)

    return bootstrap.score("cohen_kappa", "kappa", len(a), of_sums(columns, combine))

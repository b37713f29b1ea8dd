"""How good probabilities are, row by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from purchase_agent.errors import InputError
from purchase_agent.metrics.inputs import binary, numbers, probabilities, unit_interval
from purchase_agent.metrics.score import DEFAULT, Array, Bootstrap, Score, mean_of_rows


def brier(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Mean squared error of probabilities.

    ``predicted`` [rows] of an event with ``truth`` 0/1: mean of (p - y)^2, from 0 to 1. ``predicted`` [rows, labels]
    with the index of the true label: mean over rows of the sum over labels, from 0 to 2 (Brier 1950).
    """
    p, y = probabilities(truth, predicted)
    return bootstrap.score("brier", "squared error", len(p), mean_of_rows(((p - y) ** 2).sum(1)))


def log_loss(truth: ArrayLike, predicted: ArrayLike, *, clip: float = 1e-7, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Mean of -ln of the probability given to what was true, that probability raised to ``clip`` where it is lower.

    ``truth`` and ``predicted`` as for ``brier``.
    """
    if not 0 < clip < 1:
        raise InputError(f"clip is {clip}", hint="give a probability between 0 and 1", field="clip")
    p, y = probabilities(truth, predicted)
    given = (p * y).sum(1) if p.shape[1] > 1 else np.where(y[:, 0] == 1, p[:, 0], 1 - p[:, 0])
    return bootstrap.score("log_loss", "nats", len(p), mean_of_rows(-np.log(np.maximum(given, clip))))


def brier_multilabel(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Mean squared error over all cells of independent probabilities and 0/1 truth [rows, labels]."""
    p, y = _cells(truth, predicted)
    return bootstrap.score("brier", "squared error", len(p), mean_of_rows(((p - y) ** 2).mean(1)))


def log_loss_multilabel(
    truth: ArrayLike, predicted: ArrayLike, *, clip: float = 1e-7, bootstrap: Bootstrap = DEFAULT
) -> Score:
    """``log_loss`` over all cells of independent probabilities and 0/1 truth [rows, labels]."""
    p, y = _cells(truth, predicted)
    given = np.maximum(np.where(y == 1, p, 1 - p), clip)
    return bootstrap.score("log_loss", "nats", len(p), mean_of_rows(-np.log(given).mean(1)))


def _cells(truth: ArrayLike, predicted: ArrayLike) -> tuple[Array, Array]:
    y = binary("truth", truth, 2)
    return unit_interval(numbers("predicted", predicted, 2, like=y)), y

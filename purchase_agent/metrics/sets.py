"""Prediction sets: how often they hold the truth, and how large they are."""

from __future__ import annotations

from numpy.typing import ArrayLike

from purchase_agent.metrics.inputs import binary, one_hot
from purchase_agent.metrics.score import DEFAULT, Bootstrap, Score, mean_of_rows


def set_coverage(truth: ArrayLike, sets: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Share of rows whose prediction set, a row of 0/1 ``sets`` [rows, labels], holds the true label's index."""
    members = binary("sets", sets, 2)
    held = (members * one_hot(truth, members)).sum(1)
    return bootstrap.score("set_coverage", "share", len(held), mean_of_rows(held))


def set_size(sets: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Mean number of labels in prediction sets, 0/1 [rows, labels]."""
    sizes = binary("sets", sets, 2).sum(1)
    return bootstrap.score("set_size", "labels", len(sizes), mean_of_rows(sizes))

"""Figures of a language model's readings: each field beside the majority's, before and after calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from purchase_agent.metrics import (
    Bootstrap,
    Score,
    accuracy,
    ece,
    ece_multilabel,
    log_loss,
    macro_f1,
    micro_f1,
    spearman,
)
from purchase_agent.predictors.calibrate import Floats, told_motivations
from purchase_agent.predictors.llm.fit import known
from purchase_agent.predictors.llm.layout import LABELS, MANY
from purchase_agent.training.corpus import Row
from purchase_agent.training.judge import plain

Scores = Sequence[Mapping[str, Floats]]


def shares(rows: Sequence[Row]) -> dict[str, Floats]:
    """Field -> how often each label holds among the rows whose label is known: the majority's answer."""
    out = {}
    for name, names in LABELS.items():
        places, truth = known(name, [row.labels for row in rows])
        if name in MANY:
            out[name] = (truth.sum(0) + 0.5) / (len(places) + 1) if places else np.full(len(names), 0.5)
        else:
            counts = np.bincount(truth.astype(int), minlength=len(names)) + 0.5
            out[name] = counts / counts.sum()
    return out


def figures(
    rows: Sequence[Row], before: Scores, after: Scores, majority: Mapping[str, Floats],
    thresholds: Mapping[str, Sequence[float]], *, resamples: int = 1000,
) -> dict[str, Any]:  # fmt: skip
    """Field -> ``majority``, ``before`` and ``after`` calibration -> figures with intervals.

    One label: accuracy, macro-F1, log-loss, ECE (and of the purchase the rank correlation). Several: micro-F1 at the
    thresholds (one half before), log-loss and ECE over all their cells. Intervals draw groups of rows.
    """
    out: dict[str, Any] = {}
    for name in LABELS:
        places, truth = known(name, [row.labels for row in rows])
        if not places:
            continue
        bootstrap = Bootstrap(groups=[rows[place].group for place in places], resamples=resamples)
        given = {
            "majority": np.tile(majority[name], (len(places), 1)),
            "before": np.stack([before[place][name] for place in places]),
            "after": np.stack([after[place][name] for place in places]),
        }
        out[name] = {}
        for part, values in given.items():
            marks = thresholds[name] if part == "after" and name in MANY else 0.5
            out[name][part] = {one.name: plain(one) for one in _figures(name, truth, values, marks, bootstrap)}
    return out


def _figures(
    name: str, truth: Floats, given: Floats, marks: float | Sequence[float], bootstrap: Bootstrap
) -> list[Score]:
    if name in MANY:
        limits = np.broadcast_to(np.asarray(marks, np.float64), (given.shape[1],))
        told = told_motivations(given, limits.tolist()) if name == "motivation" else given >= limits
        cells = truth.ravel()
        owners = np.repeat(np.asarray(bootstrap.groups), truth.shape[1])
        by_cell = Bootstrap(groups=owners, resamples=bootstrap.resamples)
        return [
            micro_f1(truth, told.astype(float), bootstrap=bootstrap),
            log_loss(cells, given.ravel(), bootstrap=by_cell),
            ece_multilabel(truth, given, bootstrap=bootstrap),
        ]
    labels, said = truth.astype(int), given.argmax(1)
    sums = given / given.sum(1, keepdims=True)
    out = [
        accuracy(labels, said, bootstrap=bootstrap),
        macro_f1(labels, said, bootstrap=bootstrap),
        log_loss(labels, sums, bootstrap=bootstrap),
        ece(labels, sums, bootstrap=bootstrap),
    ]
    return [*out, spearman(labels, given @ np.arange(11), bootstrap=bootstrap)] if name == "purchase" else out

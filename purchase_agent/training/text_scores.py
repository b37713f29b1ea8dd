"""The seven figures by which text models are compared, over all rows and for each language.

Predictions are a dictionary of arrays, rows in the order of the truth and labels in the order of ``training.targets``:
``intent, sentiment, next_action, timing`` [rows, labels] sum to 1; ``motivation, barrier, flags`` [rows, labels] are
independent probabilities; ``juster`` [rows, 11] is a distribution over chances in ten. ``purchase_probability`` [rows]
is optional and stands for the expected value of ``juster``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from purchase_agent.errors import InputError
from purchase_agent.metrics import Bootstrap, Score, accuracy, macro_f1, micro_f1, spearman
from purchase_agent.predictors.calibrate import told_motivations
from purchase_agent.training.corpus import Row
from purchase_agent.training.targets import JUSTER_POINTS, MULTI, SINGLE, encode

Predictions = Mapping[str, NDArray[Any]]
Thresholds = Mapping[str, ArrayLike]
"""Task -> one threshold, or one for each of its labels."""

FIGURES: tuple[str, ...] = (
    "intent_macro_f1", "motivation_micro_f1", "next_action_accuracy", "timing_accuracy", "sentiment_accuracy",
    "purchase_probability_spearman", "barrier_micro_f1",
)  # fmt: skip


def decide(task: str, probabilities: NDArray[Any], threshold: ArrayLike) -> NDArray[np.bool_]:
    """Told labels of a multi-label task, [rows, labels]: those that reach their threshold."""
    marks = np.broadcast_to(np.asarray(threshold, np.float64), (probabilities.shape[1],))
    if task == "motivation":
        return told_motivations(probabilities, marks.tolist())
    told: NDArray[np.bool_] = probabilities >= marks
    return told


def purchase_probability(predictions: Predictions) -> NDArray[Any]:
    """Chance of a purchase within 30 days, [rows]: as given, else the expected value of Juster's scale."""
    if "purchase_probability" in predictions:
        return predictions["purchase_probability"]
    expected: NDArray[Any] = _task(predictions, "juster", JUSTER_POINTS) @ np.arange(JUSTER_POINTS) / 10
    return expected


def scores(
    truth: Sequence[Row], predictions: Predictions, thresholds: Thresholds, *, resamples: int = 1000, seed: int = 0
) -> list[Score]:
    """The seven figures for all rows, then for each language, as ``FIGURE`` and ``FIGURE/LANGUAGE``.

    The truth is a row's first reading. Intervals draw groups of rows, for the texts of one garment are not independent.

    Args:
        thresholds: for ``motivation`` and ``barrier``.

    Raises:
        InputError: a task is missing, or its rows or labels are not as many as the truth's.
    """
    if not truth:
        raise InputError("no rows to score", field="truth")
    wanted = {task: np.stack([encode(row.labels)[task] for row in truth]) for task in (*SINGLE, *MULTI)}
    given = {task: _task(predictions, task, len(names)).argmax(1) for task, names in SINGLE.items()}
    for task, names in MULTI.items():
        if task not in thresholds:
            raise InputError(f"no threshold for {task}", hint="give a number or one for each label", field=task)
        given[task] = decide(task, _task(predictions, task, len(names)), thresholds[task])
    chance = purchase_probability(predictions)
    for task, array in [*given.items(), ("purchase_probability", chance)]:
        if len(array) != len(truth):
            raise InputError(f"{task} has {len(array)} rows, the truth {len(truth)}", field=task)

    ids = np.asarray([row.group for row in truth])
    spoken = np.asarray([row.language for row in truth])
    juster = np.asarray([row.labels["juster"] for row in truth]) / 10
    out = []
    slices = {"": np.full(len(truth), fill_value=True)} | {f"/{one}": spoken == one for one in np.unique(spoken)}
    for suffix, rows in slices.items():
        bootstrap = Bootstrap(groups=ids[rows], resamples=resamples, seed=seed)
        figures = [
            partial(macro_f1, wanted["intent"][rows].argmax(1), given["intent"][rows]),
            partial(micro_f1, wanted["motivation"][rows], given["motivation"][rows]),
            *(
                partial(accuracy, wanted[task][rows].argmax(1), given[task][rows])
                for task in ("next_action", "timing", "sentiment")
            ),
            partial(spearman, juster[rows], chance[rows]),
            partial(micro_f1, wanted["barrier"][rows], given["barrier"][rows]),
        ]
        for name, figure in zip(FIGURES, figures, strict=True):
            out.append(replace(figure(bootstrap=bootstrap), name=name + suffix))
    return out


def _task(predictions: Predictions, task: str, labels: int) -> NDArray[Any]:
    if task not in predictions:
        raise InputError(f"predictions have no {task}", field=task)
    array = predictions[task]
    if array.ndim != 2 or array.shape[1] != labels:
        raise InputError(f"{task} has shape {array.shape}, needs [rows, {labels}]", field=task)
    if not np.isfinite(array).all():
        raise InputError(f"{task} is not finite in row {int(np.argwhere(~np.isfinite(array))[0][0])}", field=task)
    return array

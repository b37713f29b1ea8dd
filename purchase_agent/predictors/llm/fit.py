"""Calibration of a language model's answers on labelled texts that it answered.

Scales are the likeliest under a penalty that holds them near doing nothing (slope 1, shift 0), so that few texts change
little. Thresholds maximise F1 of each label; conformal marks cover each intent in 90 % of its cases (Sadinle et al.
2019). After Platt 1999 and Guo et al. 2017.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv

from purchase_agent.labels import FLAGS, INTENTS
from purchase_agent.predictors.calibrate import Floats, sigmoid, softmax
from purchase_agent.predictors.llm.layout import LABELS, MANY, label_keys
from purchase_agent.predictors.llm.marks import LlmMarks, Scale
from purchase_agent.predictors.platt import log_odds

FEWEST = 30
"""Texts with a label of the field; with fewer the field is left as it is."""
COVERAGE = 0.9
_EDGE = 1e-6
_PULL = 4.0  # on the slope, as 1 over a variance; 1 on each shift
_GRID = np.arange(0.15, 0.86, 0.025)
_FEWEST_OF_LABEL = 5


def fit_marks(
    base: LlmMarks, scores: Sequence[Mapping[str, Floats]], labels: Sequence[Mapping[str, Any]],
    languages: Sequence[str], calibrated_on: str,
) -> LlmMarks:  # fmt: skip
    """Marks for the model and prompt of ``base``.

    Args:
        scores: of each text, field -> probabilities as the server told them.
        labels: of each text, the labels that are known, as ``LabelledText.labels``.
        languages: ``en`` or ``zh`` of each text.
    """
    scales: dict[str, Scale] = {}
    for name in LABELS:
        rows, truth = known(name, labels)
        if len(rows) >= FEWEST:
            given = np.stack([scores[row][name] for row in rows])
            scales[name] = (_fit_many if name in MANY else _fit_single)(given, truth)
    marks = base.model_copy(update={"scales": scales, "rows": len(labels), "calibrated_on": calibrated_on})
    told = [marks.row(one) for one in scores]
    thresholds = dict(marks.thresholds)
    for name in sorted(MANY):
        rows, truth = known(name, labels)
        if len(rows) >= FEWEST:
            thresholds[name] = _thresholds(np.stack([told[row][name] for row in rows]), truth)
    return marks.model_copy(update={"thresholds": thresholds, "conformal": _conformal(marks, told, labels, languages)})


def error_bound(errors: int, cases: int, chance: float) -> float:
    """The share of errors that is exceeded with at most ``chance``, given what was seen (Clopper and Pearson 1934)."""
    if errors >= cases:
        return 1.0
    return float(betaincinv(errors + 1, cases - errors, 1 - chance))


def known(name: str, labels: Sequence[Mapping[str, Any]]) -> tuple[list[int], Floats]:
    """Rows whose label of a field is known, and it: places [rows], or 0/1 [rows, labels] where several may hold."""
    keys = label_keys(name)
    rows = [row for row, one in enumerate(labels) if all(key in one for key in keys)]
    given = [labels[row] for row in rows]
    if name == "flags":
        return rows, np.asarray([[float(one[flag]) for flag in FLAGS] for one in given])
    if name in MANY:
        return rows, np.asarray([[float(label in one[name]) for label in LABELS[name]] for one in given])
    return rows, np.asarray([LABELS[name].index(str(one[keys[0]])) for one in given], np.float64)


def _fit_single(given: Floats, truth: Floats) -> Scale:
    logs = np.log(np.maximum(given, _EDGE))
    target = np.eye(logs.shape[1])[truth.astype(int)]

    def cost(at: Floats) -> tuple[float, Floats]:
        p = softmax(at[0] * logs + at[1:])
        loss = -np.log(np.maximum((p * target).sum(1), 1e-12)).sum() + _held(at)
        slope = ((p - target) * logs).sum() + _PULL * (at[0] - 1)
        return loss, np.concatenate([[slope], (p - target).sum(0) + at[1:]])

    return _least(cost, logs.shape[1])


def _fit_many(given: Floats, truth: Floats) -> Scale:
    odds = log_odds(given, _EDGE)

    def cost(at: Floats) -> tuple[float, Floats]:
        score = at[0] * odds + at[1:]
        p = sigmoid(score)
        loss = (np.logaddexp(0, score) - truth * score).sum() + _held(at)
        slope = ((p - truth) * odds).sum() + _PULL * (at[0] - 1)
        return loss, np.concatenate([[slope], (p - truth).sum(0) + at[1:]])

    return _least(cost, odds.shape[1])


def _held(at: Floats) -> float:
    return float(0.5 * (_PULL * (at[0] - 1) ** 2 + (at[1:] ** 2).sum()))


def _least(cost: Any, labels: int) -> Scale:
    start = np.concatenate([[1.0], np.zeros(labels)])
    bounds = [(0.0, 10.0), *[(-10.0, 10.0)] * labels]  # a slope below 0 would turn the model's answers round
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return Scale(slope=round(float(found.x[0]), 5), shift=[round(float(one), 5) for one in found.x[1:]])


def _thresholds(p: Floats, truth: Floats) -> list[float]:
    """For each label the mark of the best F1; one half where too few texts have it."""
    out = []
    for label in range(p.shape[1]):
        positive = truth[:, label] >= 0.5
        if positive.sum() < _FEWEST_OF_LABEL:
            out.append(0.5)
            continue
        told = p[:, label][:, None] >= _GRID
        score = 2 * (told & positive[:, None]).sum(0) / np.maximum(told.sum(0) + positive.sum(), 1)
        out.append(round(float(np.median(_GRID[score == score.max()])), 3))
    return out


def _conformal(
    marks: LlmMarks, told: Sequence[Mapping[str, Floats]], labels: Sequence[Mapping[str, Any]],
    languages: Sequence[str],
) -> dict[str, list[float]]:  # fmt: skip
    """For each language the mark of each intent; that of ``marks`` where too few texts have the intent."""
    out = {}
    for language, plain in marks.conformal.items():
        values = []
        for place, intent in enumerate(INTENTS):
            of = [
                told[row]["intent"][place]
                for row, one in enumerate(labels)
                if one.get("intent") == intent and languages[row] == language
            ]
            rank = int(np.floor((1 - COVERAGE) * (len(of) + 1)))
            values.append(float(np.sort(of)[rank - 1]) if rank >= 1 else plain[place])
        out[language] = values
    return out

"""Fits ``calibration.json`` on predictions for texts that the model was not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from purchase_agent.predictors.calibrate import (
    LANGUAGES,
    MULTI,
    OUTPUTS,
    SINGLE,
    Calibration,
    LanguageCalibration,
    Monotone,
    Readings,
    SigmoidScale,
    SoftmaxScale,
    calibrate,
    scaled,
)  # fmt: skip
from purchase_agent.training.text_scores import decide

Floats = NDArray[np.float64]
_PENALTY = 0.02  # on the biases: they mend prevalence, not rows


def _tensor(values: NDArray[np.floating]) -> Tensor:
    return torch.tensor(np.asarray(values, np.float64))


def _minimise(parameters: list[Tensor], loss: object) -> None:
    optimizer = torch.optim.LBFGS(parameters, max_iter=80, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        value: Tensor = loss()  # type: ignore[operator]
        value.backward()
        return value

    optimizer.step(closure)


def _softmax_scale(encoder: Floats, ngrams: Floats, target: Floats) -> SoftmaxScale:
    e, n, t = _tensor(encoder), _tensor(ngrams), _tensor(target)
    scale = torch.tensor([1.0, 0.2], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(encoder.shape[1], dtype=torch.float64, requires_grad=True)

    def loss() -> Tensor:
        scores = torch.log_softmax(scale[0] * e + scale[1] * n + bias, 1)
        return -(t * scores).sum(1).mean() + _PENALTY * (bias**2).mean()

    _minimise([scale, bias], loss)
    return SoftmaxScale(encoder=scale[0].item(), ngrams=max(scale[1].item(), 0.0), bias=bias.tolist())


def _sigmoid_scale(encoder: Floats, ngrams: Floats, target: Floats) -> SigmoidScale:
    e, n, t = _tensor(encoder), _tensor(ngrams), _tensor(target)
    scale = torch.tensor([1.0, 0.2], dtype=torch.float64, requires_grad=True)
    shift = torch.zeros(encoder.shape[1], dtype=torch.float64, requires_grad=True)

    def loss() -> Tensor:
        scores = scale[0] * e + scale[1] * n + shift
        each = torch.nn.functional.binary_cross_entropy_with_logits(scores, t, reduction="none")
        return each.mean(0).sum() + _PENALTY * (shift**2).mean()

    _minimise([scale, shift], loss)
    return SigmoidScale(encoder=scale[0].item(), ngrams=max(scale[1].item(), 0.0), shift=shift.tolist())


def isotonic(x: Floats, y: Floats, knots: int = 24) -> Monotone:
    """Non-decreasing fit of ``y`` on ``x`` by pooling adjacent violators, thinned to ``knots`` mean points."""
    order = np.argsort(x, kind="stable")
    means: list[float] = []
    sizes: list[int] = []
    places: list[float] = []
    for chunk_x, chunk_y in zip(np.array_split(x[order], 200), np.array_split(y[order], 200), strict=True):
        if not len(chunk_x):
            continue
        means.append(float(chunk_y.mean()))
        places.append(float(chunk_x.mean()))
        sizes.append(len(chunk_x))
        while len(means) > 1 and means[-2] >= means[-1]:
            size = sizes[-2] + sizes[-1]
            means[-2:] = [(means[-2] * sizes[-2] + means[-1] * sizes[-1]) / size]
            places[-2:] = [(places[-2] * sizes[-2] + places[-1] * sizes[-1]) / size]
            sizes[-2:] = [size]
    kept = np.unique(np.linspace(0, len(means) - 1, min(knots, len(means))).round().astype(int))
    xs = [0.0, *(places[i] for i in kept), 1.0]
    ys = [max(means[0] - places[0] * 0.5, 0.0), *(means[i] for i in kept), min(means[-1] + 0.02, 1.0)]
    return Monotone(x=[round(v, 5) for v in xs], y=[round(v, 5) for v in ys])


def fit(
    encoder: Mapping[str, Floats],
    ngrams: Mapping[str, Floats],
    target: Mapping[str, Floats],
    languages: Sequence[str],
    *,
    coverage: float = 0.9,
    name: str = "shipped",
) -> Calibration:
    """Calibration of out-of-fold scores against labels (soft where two readings differ)."""
    language_of = np.asarray(languages)
    juster = (target["juster"] * np.arange(11)).sum(1) / 10
    per_language = {}
    for language in LANGUAGES:
        rows = language_of == language
        e, n = ({task: scores[rows] for task, scores in part.items()} for part in (encoder, ngrams))
        scale = _softmax_scale(e["juster"], n["juster"], target["juster"][rows])
        expected = (scaled(scale, e["juster"], n["juster"]) * np.arange(11)).sum(1) / 10
        purchase = isotonic(expected, juster[rows])
        single = {task: _softmax_scale(e[task], n[task], target[task][rows]) for task in SINGLE}
        multi = {task: _sigmoid_scale(e[task], n[task], target[task][rows]) for task in MULTI}
        per_language[language] = LanguageCalibration(single=single, multi=multi, juster=scale, purchase=purchase)
    prior = {task: [float(v) for v in target[task].mean(0)] for task in ("intent", "next_action", "timing")}
    flat = {task: [0.5] * target[task].shape[1] for task in MULTI}
    draft = Calibration(
        calibrated_on=name,
        languages=per_language,
        thresholds=flat,
        conformal=dict.fromkeys(LANGUAGES, [0.0] * OUTPUTS["intent"]),
        prior=prior,
    )
    readings = calibrate(encoder, ngrams, languages, draft)
    conformal = {}
    for language in LANGUAGES:
        rows = language_of == language
        truth = target["intent"][rows].argmax(1)
        conformal[language] = [
            conformal_threshold(readings.intent[rows][truth == label, label], coverage)
            for label in range(OUTPUTS["intent"])
        ]
    return draft.model_copy(update={"thresholds": thresholds(readings, target), "conformal": conformal})


def conformal_threshold(true_probability: Floats, coverage: float) -> float:
    """Largest probability mark that still covers: split conformal prediction with the finite-sample correction."""
    rank = int(np.floor((1 - coverage) * (len(true_probability) + 1)))
    return float(np.sort(true_probability)[max(rank - 1, 0)]) if rank >= 1 else 0.0


def thresholds(readings: Readings, target: Mapping[str, Floats]) -> dict[str, list[float]]:
    """Marks that give the best micro-F1 of a task: one for all labels first, then label by label where it gains."""
    out = {}
    grid = np.arange(0.15, 0.65, 0.025)
    for task in MULTI:
        truth = target[task] >= 0.5
        probability: Floats = getattr(readings, task)

        def score(marks: Floats, task: str = task, truth: NDArray[np.bool_] = truth, p: Floats = probability) -> float:
            told = decide(task, p, marks)
            return float(2 * (told & truth).sum() / max(told.sum() + truth.sum(), 1))

        best = max((np.full(truth.shape[1], mark) for mark in grid), key=score)
        if task == "flags":
            for label in range(truth.shape[1]):
                best = max((np.where(np.arange(truth.shape[1]) == label, mark, best) for mark in grid), key=score)
        out[task] = [round(float(mark), 3) for mark in best]
    return out


def neutral() -> Calibration:
    """Raw scores of the encoder as they are, for a model that is not calibrated yet."""

    def plain(size: int) -> SoftmaxScale:
        return SoftmaxScale(encoder=1.0, ngrams=0.0, bias=[0.0] * size)

    language = LanguageCalibration(
        single={task: plain(OUTPUTS[task]) for task in SINGLE},
        multi={task: SigmoidScale(encoder=1.0, ngrams=0.0, shift=[0.0] * OUTPUTS[task]) for task in MULTI},
        juster=plain(OUTPUTS["juster"]),
        purchase=Monotone(x=[0.0, 1.0], y=[0.0, 1.0]),
    )
    return Calibration(
        calibrated_on="none",
        languages=dict.fromkeys(LANGUAGES, language),
        thresholds={task: [0.5] * OUTPUTS[task] for task in MULTI},
        conformal=dict.fromkeys(LANGUAGES, [0.5] * OUTPUTS["intent"]),
        prior={task: [1 / OUTPUTS[task]] * OUTPUTS[task] for task in ("intent", "next_action", "timing")},
    )

"""Turns raw scores into calibrated probabilities, sets and labels. Parameters come from a file, fitted elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from purchase_agent.labels import ACTIONS, BARRIERS, HORIZONS, INTENTS, MOTIVATIONS, SENTIMENTS, TIMINGS

Floats = NDArray[np.float64]

OUTPUTS: dict[str, int] = {
    "intent": len(INTENTS), "sentiment": len(SENTIMENTS), "next_action": len(ACTIONS), "timing": len(TIMINGS),
    "motivation": len(MOTIVATIONS), "barrier": len(BARRIERS), "flags": 2, "juster": 11,
}  # fmt: skip
"""Raw scores of the text model: task -> how many, in the order of the columns."""
SINGLE = ("intent", "sentiment", "next_action", "timing")
MULTI = ("motivation", "barrier", "flags")
LANGUAGES = ("en", "zh")


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SoftmaxScale(_Parameters):
    """p = softmax(ngrams * n-gram logits + encoder * encoder logits), after Guo et al. 2017 (temperature)."""

    encoder: float
    ngrams: float
    bias: list[float]


class SigmoidScale(_Parameters):
    """p = sigmoid(encoder * encoder logit + ngrams * n-gram logit + shift), after Platt 1999; one per label."""

    encoder: float
    ngrams: float
    shift: list[float]


class Monotone(_Parameters):
    """Piecewise linear non-decreasing map through the knots (isotonic regression, Zadrozny and Elkan 2002)."""

    x: list[float]
    y: list[float]

    def __call__(self, values: Floats) -> Floats:
        return np.interp(values, self.x, self.y)


class LanguageCalibration(_Parameters):
    """All parameters for texts of one language."""

    single: dict[str, SoftmaxScale]
    multi: dict[str, SigmoidScale]
    juster: SoftmaxScale
    purchase: Monotone


class Calibration(_Parameters):
    """``calibration.json`` of a text model.

    Args:
        thresholds: for each multi-label task, the probability from which a label is told.
        conformal: an intent belongs to the set from this probability on (split conformal prediction, Sadinle et al.
            2019), one for each language; covers 90 % of texts like those it was fitted on.
        prior: share of each label among the training texts, in the order of the labels.
    """

    calibrated_on: str
    languages: dict[str, LanguageCalibration]
    thresholds: dict[str, list[float]]
    conformal: dict[str, Annotated[float, Field(ge=0, le=1)]]
    prior: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Readings:
    """Calibrated probabilities of texts, each [texts, labels of the task]; ``purchase`` [texts]."""

    intent: Floats
    sentiment: Floats
    next_action: Floats
    timing: Floats
    motivation: Floats
    barrier: Floats
    flags: Floats
    purchase: Floats

    def __len__(self) -> int:
        return len(self.purchase)

    def row(self, place: int) -> dict[str, Floats]:
        return {name: getattr(self, name)[place] for name in self.__slots__}


def softmax(scores: Floats) -> Floats:
    """Along the last axis."""
    shifted = np.exp(scores - scores.max(-1, keepdims=True))
    out: Floats = shifted / shifted.sum(-1, keepdims=True)
    return out


def sigmoid(scores: Floats) -> Floats:
    out: Floats = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
    return out


def split(scores: NDArray[np.floating]) -> dict[str, Floats]:
    """[texts, all outputs] -> task -> [texts, its outputs]."""
    out, start = {}, 0
    for task, size in OUTPUTS.items():
        out[task] = scores[:, start : start + size].astype(np.float64)
        start += size
    return out


def timing_bins(timing: Floats, purchase: Floats) -> Floats:
    """Timing distribution whose first three bins sum to the purchase probability.

    The text says how the mass within 30 days lies (now, 7, 30 days) and how the rest lies (90 days, later, not
    expected, no sign); how much lies within 30 days is the purchase probability. So bins, CDF and purchase
    probability are one distribution. ``timing`` [texts, 7] in the order of ``TIMINGS``, ``purchase`` [texts].
    """
    soon, rest = timing[:, :3] + 1e-6, timing[:, 3:] + 1e-6
    soon = soon / soon.sum(1, keepdims=True) * purchase[:, None]
    rest = rest / rest.sum(1, keepdims=True) * (1 - purchase[:, None])
    return np.concatenate([soon, rest], 1)


def cdf_of(bins: Floats) -> Floats:
    """P(bought within each of ``HORIZONS`` days) of one row of timing bins, [4]."""
    return np.cumsum(bins[: len(HORIZONS)])


def calibrate(
    encoder: Mapping[str, Floats], ngrams: Mapping[str, Floats], languages: Sequence[str], calibration: Calibration
) -> Readings:
    """Raw scores of both parts to calibrated probabilities; each row depends on itself only."""
    count = len(languages)
    out = {task: np.empty((count, size)) for task, size in OUTPUTS.items() if task != "juster"}
    purchase = np.empty(count)
    for language, parameters in calibration.languages.items():
        rows = np.asarray([(name if name in calibration.languages else "en") == language for name in languages], bool)
        if not rows.any():
            continue
        for task, single in parameters.single.items():
            out[task][rows] = softmax(
                single.encoder * encoder[task][rows] + single.ngrams * ngrams[task][rows] + np.asarray(single.bias)
            )
        for task, multi in parameters.multi.items():
            out[task][rows] = sigmoid(
                multi.encoder * encoder[task][rows] + multi.ngrams * ngrams[task][rows] + np.asarray(multi.shift)
            )
        scale = parameters.juster
        points = softmax(
            scale.encoder * encoder["juster"][rows] + scale.ngrams * ngrams["juster"][rows] + np.asarray(scale.bias)
        )
        purchase[rows] = parameters.purchase((points * np.arange(11)).sum(1) / 10)
    out["timing"] = timing_bins(out["timing"], purchase)
    return Readings(purchase=purchase, **out)


def told_motivations(probabilities: Floats, thresholds: Sequence[float]) -> NDArray[np.bool_]:
    """Which motivations are told, [texts, labels].

    Those that reach their threshold; ``unknown`` stands alone: where nothing else does, and where it reaches its own
    and is the most probable.
    """
    unknown = MOTIVATIONS.index("unknown")
    told: NDArray[np.bool_] = probabilities >= np.asarray(thresholds)
    alone = told[:, unknown] & (probabilities.argmax(1) == unknown)
    told[:, unknown] = False
    alone |= ~told.any(1)
    told[alone] = False
    told[alone, unknown] = True
    return told

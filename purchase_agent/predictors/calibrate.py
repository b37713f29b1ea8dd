"""Turns raw scores into calibrated probabilities, sets and labels. Parameters come from a file, fitted elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

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
SOON = 3
"""The first bins of ``TIMINGS`` lie within 30 days."""
_SECOND = 0.98  # of the largest timing bin, at most, has any other
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
        conformal: for each language, the probability from which each intent belongs to the set: split conformal
            prediction label by label (Sadinle et al. 2019), so that each intent is covered in 90 % of its cases,
            however often it occurs.
        prior: share of each label among the training texts, in the order of the labels.
    """

    calibrated_on: str
    languages: dict[str, LanguageCalibration]
    thresholds: dict[str, list[float]]
    conformal: dict[str, list[Annotated[float, Field(ge=0, le=1)]]]
    prior: dict[str, list[float]]


class Marks(Protocol):
    """What a draft needs of a calibration, that of the local text model or of a language model's answers."""

    @property
    def thresholds(self) -> Mapping[str, Sequence[float]]: ...
    @property
    def conformal(self) -> Mapping[str, Sequence[float]]: ...
    @property
    def prior(self) -> Mapping[str, Sequence[float]]: ...


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

    How much mass lies within 30 days is the purchase probability; the text says how the mass lies on either side. So
    bins, CDF and purchase probability are one distribution. The bin that the text speaks for most keeps its probability
    and stays the largest, as far as the mass on its side allows; the others share what is left by what the text says.

    Args:
        timing: [texts, 7] calibrated on its own, in the order of ``TIMINGS``.
        purchase: [texts].
    """
    rows = zip(timing, purchase, strict=True)
    placed = [_placed(row + 1e-6, float(chance)) for row, chance in rows]
    return np.stack(placed) if placed else np.empty((0, len(TIMINGS)))


def _placed(timing: Floats, purchase: float) -> Floats:
    chosen = int(timing.argmax())
    soon = chosen < SOON
    near, far = (slice(SOON), slice(SOON, None)) if soon else (slice(SOON, None), slice(SOON))
    mass = purchase if soon else 1 - purchase
    count = SOON if soon else len(timing) - SOON
    # Between an equal share of its side (a little more, to be the largest) and nearly all of it.
    told = float(np.clip(timing[chosen], mass / (1 + _SECOND * (count - 1)), 0.97 * mass))
    out = timing.copy()
    out[chosen] = 0.0
    out[near] = _shared(out[near], mass - told, _SECOND * told)
    out[far] = _shared(out[far], 1 - mass, _SECOND * told)
    out[chosen] = told
    return out


def _shared(weights: Floats, mass: float, most: float) -> Floats:
    """``mass`` shared in proportion to ``weights``, no share over ``most`` unless all together cannot hold it."""
    out: Floats = weights / weights.sum() * mass
    if most * np.count_nonzero(weights) < mass:
        return out
    while (over := out > most + 1e-12).any():
        excess = (out[over] - most).sum()
        out[over] = most
        room = (out < most - 1e-12) & (weights > 0)
        if not room.any():
            break
        out[room] += excess * out[room] / out[room].sum()
    return out


def cdf_of(bins: Floats) -> Floats:
    """P(bought within each of ``HORIZONS`` days) of one row of timing bins, [4]."""
    return np.cumsum(bins[: len(HORIZONS)])


def scaled(scale: SoftmaxScale, encoder: Floats, ngrams: Floats) -> Floats:
    """Probabilities [texts, labels] of one task from the scores of both parts."""
    return softmax(scale.encoder * encoder + scale.ngrams * ngrams + np.asarray(scale.bias))


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
            out[task][rows] = scaled(single, encoder[task][rows], ngrams[task][rows])
        for task, multi in parameters.multi.items():
            out[task][rows] = sigmoid(
                multi.encoder * encoder[task][rows] + multi.ngrams * ngrams[task][rows] + np.asarray(multi.shift)
            )
        points = scaled(parameters.juster, encoder["juster"][rows], ngrams["juster"][rows])
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

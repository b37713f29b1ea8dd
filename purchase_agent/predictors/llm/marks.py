"""Calibration of a language model's answers: for one model and one prompt, kept in a file of its own.

Until one is fitted the log-probabilities count as they are, and every answer says ``calibrated_on: none``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from purchase_agent.errors import ModelFileError
from purchase_agent.labels import INTENTS
from purchase_agent.predictors.calibrate import Floats, sigmoid, softmax, timing_bins
from purchase_agent.predictors.llm.layout import LABELS, MANY
from purchase_agent.predictors.platt import log_odds

FOLDER = "llm"
NONE = "none"
_EDGE = 1e-6
_SET_FROM = 0.1  # without a fitted conformal set: labels at least this probable


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Scale(_Parameters):
    """One label of several: softmax(slope * log p + shift). Of labels that may hold together each by itself:
    sigmoid(slope * log-odds + shift). ``shift`` has one number for each label."""

    slope: float
    shift: list[float]


class LlmMarks(_Parameters):
    """What a fit on labelled texts found.

    Attributes:
        model, prompt: what it holds for, the name the server gives and the SHA-256 of the prompt.
        calibrated_on: as answers tell it; ``none`` before any fit.
        rows: labelled texts that it was fitted on.
        scales: field -> its scale; a field that is missing is left as it is.
        thresholds, conformal, prior: as of ``Calibration``.
    """

    model: str
    prompt: str
    calibrated_on: str = NONE
    rows: int = 0
    scales: dict[str, Scale] = {}
    thresholds: dict[str, list[float]]
    conformal: dict[str, list[float]]
    prior: dict[str, list[float]]

    def row(self, scores: Mapping[str, Floats]) -> dict[str, Floats]:
        """One calibrated reading, as of ``Readings.row``, from the scores of an answer that has all fields."""
        out = self.scaled(scores)
        chance = float(out.pop("purchase") @ np.arange(11) / 10)
        out["purchase"] = np.asarray(chance)
        out["timing"] = timing_bins(out["timing"][None], np.asarray([chance]))[0]
        return out

    def scaled(self, scores: Mapping[str, Floats]) -> dict[str, Floats]:
        """Each field calibrated by itself."""
        return {name: self._scaled(name, values) for name, values in scores.items()}

    def _scaled(self, name: str, values: Floats) -> Floats:
        scale = self.scales.get(name)
        if scale is None:
            return values
        if name in MANY:
            return sigmoid(scale.slope * log_odds(values, _EDGE) + np.asarray(scale.shift))
        return softmax(scale.slope * np.log(np.maximum(values, _EDGE)) + np.asarray(scale.shift))


def neutral(model: str, prompt: str, prior: Mapping[str, list[float]]) -> LlmMarks:
    """Nothing fitted: probabilities as the server told them, labels told from one half on."""
    thresholds = {name: [0.5] * len(LABELS[name]) for name in sorted(MANY)}
    conformal = {language: [_SET_FROM] * len(INTENTS) for language in ("en", "zh")}
    return LlmMarks(model=model, prompt=prompt, thresholds=thresholds, conformal=conformal, prior=dict(prior))


def marks_file(models_dir: Path, model: str, prompt: str) -> Path:
    """Where the calibration of a model and a prompt lies."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", model.strip("/"))[-60:].strip("-.") or "model"
    exact = hashlib.sha256(f"{model}\n{prompt}".encode()).hexdigest()[:12]
    return models_dir / FOLDER / f"{readable}-{exact}.json"


def save_marks(models_dir: Path, marks: LlmMarks) -> Path:
    """Writes a calibration where predictions look for it; returns the file."""
    path = marks_file(models_dir, marks.model, marks.prompt)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(marks.model_dump_json(indent=1), encoding="utf-8")
    return path


def load_marks(folders: Sequence[Path], plain: LlmMarks) -> LlmMarks:
    """The calibration fitted for the model and prompt of ``plain``, from the first model folder that has one; ``plain``
    itself where none has.

    Raises:
        ModelFileError: there is a file and it cannot be read.
    """
    found = (marks_file(folder, plain.model, plain.prompt) for folder in folders)
    path = next((one for one in found if one.is_file()), None)
    if path is None:
        return plain
    try:
        return LlmMarks.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelFileError(f"{path} cannot be used: {error}", hint="run calibrate again or delete it") from error

"""Calibrates out-of-fold scores without what they are judged on, and reports every figure of the text model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.labels import FLAGS, INTENTS
from purchase_agent.metrics import Score, ece, ece_multilabel, macro_f1, set_coverage, set_size
from purchase_agent.predictors.calibrate import LANGUAGES, Calibration, Readings, calibrate, split
from purchase_agent.training import calibration, targets
from purchase_agent.training.corpus import Row, fold_of
from purchase_agent.training.text_scores import Predictions, scores

Floats = NDArray[np.float64]
_PARITY_CASES = 50
_PARTS = 5  # calibration is fitted on four fifths of the out-of-fold rows and judged on the fifth


def predictions_of(readings: Readings) -> Predictions:
    """Readings in the form that the scorer takes."""
    tasks = ("intent", "sentiment", "next_action", "timing", "motivation", "barrier", "flags")
    return {task: getattr(readings, task) for task in tasks} | {"purchase_probability": readings.purchase}


def fitted(raw: Mapping[str, NDArray[np.floating[Any]]], rows: Sequence[Row], name: str = "shipped") -> Calibration:
    """Calibration fitted on all of ``rows``."""
    return calibration.fit(
        split(raw["encoder"]), split(raw["ngrams"]), _targets(rows), [row.language for row in rows], name=name
    )


def cross_fitted(raw: Mapping[str, NDArray[np.floating[Any]]], rows: Sequence[Row]) -> tuple[Readings, Floats, Floats]:
    """Readings of every row with a calibration fitted on the other fifths, its thresholds and its conformal marks.

    Returns:
        readings [rows]; motivation and barrier thresholds [rows, labels of both]; conformal marks [rows, intents].
    """
    part = np.asarray([fold_of(row, 9973) // 7 % _PARTS for row in rows])
    marks = np.zeros((len(rows), 22))
    conformal = np.zeros((len(rows), len(INTENTS)))
    out: dict[str, Floats] = {}
    for fifth in range(_PARTS):
        inside, outside = np.flatnonzero(part == fifth), np.flatnonzero(part != fifth)
        found = fitted({k: v[outside] for k, v in raw.items()}, [rows[i] for i in outside.tolist()])
        spoken = [rows[i].language for i in inside.tolist()]
        read = calibrate(split(raw["encoder"][inside]), split(raw["ngrams"][inside]), spoken, found)
        for name in Readings.__slots__:
            values = getattr(read, name)
            out.setdefault(name, np.zeros((len(rows), *values.shape[1:])))[inside] = values
        marks[inside] = [*found.thresholds["motivation"], *found.thresholds["barrier"]]
        conformal[inside] = [found.conformal.get(one, found.conformal["en"]) for one in spoken]
    return Readings(**out), marks, conformal


def report(
    rows: Sequence[Row], readings: Readings, marks: Mapping[str, Sequence[float]] | Floats, conformal: Floats
) -> dict[str, Any]:
    """Every figure for real texts, written texts and both, each with its interval, in all and for each language."""
    origins = np.asarray([row.origin for row in rows])
    out: dict[str, Any] = {}
    for name, chosen in (
        ("real", origins == "real"), ("written", origins == "written"), ("both", np.ones(len(rows), bool)),
    ):  # fmt: skip
        places = np.flatnonzero(chosen)
        if not len(places):
            continue
        some = [rows[i] for i in places.tolist()]
        part = Readings(**{one: getattr(readings, one)[places] for one in Readings.__slots__})
        thresholds = (
            {"motivation": np.median(marks[places, :14], 0), "barrier": np.median(marks[places, 14:], 0)}
            if isinstance(marks, np.ndarray)
            else marks
        )
        figures = {one.name: plain(one) for one in scores(some, predictions_of(part), thresholds)}
        out[name] = {
            "figures": figures,
            "calibration": calibration_figures(some, part, conformal[places]),
            "parity": _parity(some, part),
        }
    return out


def _parity(rows: Sequence[Row], readings: Readings) -> dict[str, Any]:
    """Intent macro-F1 of each language over the classes with at least ``_PARITY_CASES`` cases."""
    out = {}
    truth = np.asarray([INTENTS.index(row.labels["intent"]) for row in rows])
    for language in LANGUAGES:
        places = np.flatnonzero([row.language == language for row in rows])
        if len(places) and np.bincount(truth[places]).max() >= _PARITY_CASES:
            said = readings.intent[places].argmax(1)
            out[language] = plain(macro_f1(truth[places], said, minimum_count=_PARITY_CASES))
    return out


def calibration_figures(rows: Sequence[Row], readings: Readings, conformal: Floats) -> dict[str, Any]:
    """ECE of each task and coverage of the intent sets, in all and for each language."""
    truth = _targets(rows, second=False)
    spoken = np.asarray([row.language for row in rows])
    out = {}
    for name, chosen in (("all", np.ones(len(rows), bool)), *((one, spoken == one) for one in LANGUAGES)):
        places = np.flatnonzero(chosen)
        if len(places) < 100:
            continue
        for task in targets.SINGLE:
            values = getattr(readings, task)[places]
            values = values / values.sum(1, keepdims=True)
            out[f"ece/{task}/{name}"] = plain(ece(truth[task][places].argmax(1), values))
        for task in targets.MULTI:
            out[f"ece/{task}/{name}"] = plain(ece_multilabel(truth[task][places], getattr(readings, task)[places]))
        for index, flag in enumerate(FLAGS):
            out[f"ece/{flag}/{name}"] = plain(ece(truth["flags"][places, index], readings.flags[places, index]))
        juster = np.asarray([rows[i].labels["juster"] for i in places.tolist()]) / 10
        out[f"gap/purchase_probability/{name}"] = _gap(readings.purchase[places], juster)
        sets = readings.intent[places] >= conformal[places]
        sets[np.arange(len(places)), readings.intent[places].argmax(1)] = True
        out[f"coverage/intent/{name}"] = plain(set_coverage(truth["intent"][places].argmax(1), sets.astype(float)))
        out[f"set_size/intent/{name}"] = plain(set_size(sets.astype(float)))
    return out


def _gap(predicted: Floats, juster: Floats) -> dict[str, Any]:
    """Mean distance of the mean prediction from the mean answer on Juster's scale, over ten equal bins."""
    parts = np.array_split(np.argsort(predicted, kind="stable"), 10)
    value = sum(len(part) * abs(predicted[part].mean() - juster[part].mean()) for part in parts) / len(juster)
    return {"value": round(float(value), 4), "n": len(juster), "unit": "chance"}


def _targets(rows: Sequence[Row], *, second: bool = True) -> dict[str, Floats]:
    if second:
        return {task: array.astype(np.float64) for task, array in targets.stack(rows).items()}
    encoded = [targets.encode(row.labels) for row in rows]
    return {task: np.stack([one[task] for one in encoded]).astype(np.float64) for task in encoded[0]}


def plain(score: Score) -> dict[str, Any]:
    """A figure as JSON: floats to four decimals, what is not a number as null."""
    values = {k: (round(v, 4) if isinstance(v, float) else v) for k, v in asdict(score).items() if k != "name"}
    return {k: (None if isinstance(v, float) and np.isnan(v) else v) for k, v in values.items()}

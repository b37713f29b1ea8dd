"""One answer scored: for each task what was told beside what holds, and what the answer itself is worth.

A scorer that crashes makes a record that says so. It makes no wrong answer, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from purchase_agent.eval.cases.sample import Record, Sample
from purchase_agent.eval.scoring.consistency import breaches
from purchase_agent.eval.scoring.tasks import Marks, Task, Told
from purchase_agent.prediction import Prediction

ANSWER = "answer"
"""The score of the answer itself: ``schema_valid``, ``breaches``, ``quotes`` and ``verbatim``."""
_DIGITS = 6


def scores_of(
    sample: Sample, output: Mapping[str, Any] | None, tasks: Sequence[Task], marks: Marks
) -> tuple[Record, Record | None]:
    """Scores by task, and the error of the first scorer that crashed.

    A task whose truth is not known, or of which nothing is told, has no score.
    """
    scores: Record = {}
    error: Record | None = None
    if output is None:
        return scores, None
    if "status" in output:
        try:
            scores[ANSWER] = _answer(sample, output)
        except Exception as crash:  # noqa: BLE001 -- whatever it is, it is a record
            error = failed("scorer", ANSWER, crash)
    if output.get("status", "ok") != "ok":
        return scores, error
    for task in tasks:
        try:
            told = task.told(output, marks)
            scores[task.name] = _score(task, sample.target.get(task.name), told)
        except Exception as crash:  # noqa: BLE001 -- whatever it is, it is a record
            error = error or failed("scorer", task.name, crash)
    return scores, error


def failed(kind: str, what: str, crash: BaseException) -> Record:
    """An error as a record; it holds no shopper's words."""
    return {"type": kind, "message": f"{what}: {type(crash).__name__}: {str(crash)[:200]}"}


def _score(task: Task, truth: Any, told: Told) -> Record:
    out: Record = {"value": told.value}
    if told.chances is not None:
        out["chances"] = np.round(told.chances, _DIGITS).tolist()
    if told.set is not None:
        out["set"] = list(told.set)
    if truth is None:
        return out
    if task.kind == "number":
        return out | {"off": round(abs(float(truth) - float(told.value)), _DIGITS)}
    return out | {"right": bool(told.value == task.held(truth))}


def _answer(sample: Sample, output: Mapping[str, Any]) -> Record:
    try:
        Prediction.model_validate(output)
        valid = True
    except ValidationError:
        valid = False
    try:
        broken = breaches(output)
    except (KeyError, TypeError, AttributeError):
        broken, valid = ["not_a_prediction"], False
    texts = {one.get("id", ""): one["text"] for one in sample.input.get("texts", ())}
    quotes = [one for one in output.get("evidence", ()) if one.get("quote")]
    verbatim = sum(
        one.get("start") is not None and texts.get(one["source"], "")[one["start"] : one["end"]] == one["quote"]
        for one in quotes
    )
    return {"schema_valid": valid, "breaches": broken, "quotes": len(quotes), "verbatim": verbatim}

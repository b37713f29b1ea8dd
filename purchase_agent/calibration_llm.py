"""The language model behind the endpoint held against labelled texts; and which texts a cascade may leave to the local
model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import numpy as np

from purchase_agent.chat.request import Failure
from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper, Text
from purchase_agent.labelled import LabelledText
from purchase_agent.predictors.base import Case
from purchase_agent.predictors.calibrate import Floats
from purchase_agent.predictors.cascade import RULE_FILE, Rule
from purchase_agent.predictors.llm.fit import FEWEST, error_bound, fit_marks, known
from purchase_agent.predictors.llm.layout import LABELS, MANY
from purchase_agent.predictors.llm.marks import LlmMarks, save_marks
from purchase_agent.predictors.llm.predictor import LlmPredictor, Reading
from purchase_agent.predictors.local import LocalPredictor
from purchase_agent.predictors.prepare import prepare

MARKS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""Thresholds that a cascade's rule is chosen from; fixed beforehand, so that the bound is exact."""


Told = Callable[[str, int, int], None]
"""Called with (stage, texts done, texts in all)."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a calibration of the language model found: ``before`` and ``after`` are log-losses of each field on texts
    that the scales were not fitted on (each half in turn); ``failed``: texts without an answer, by kind."""

    marks: LlmMarks
    file: Path
    answered: int
    failed: dict[str, int]
    before: dict[str, float]
    after: dict[str, float]


class Written(Protocol):
    """A text and where it was written."""

    @property
    def text(self) -> str: ...
    @property
    def channel(self) -> str: ...


def cases_of(rows: Sequence[Written]) -> list[Case]:
    """Each text as a shopper of its own."""
    now = datetime.now(UTC)
    texts = [Text.model_validate({"text": row.text, "channel": row.channel}) for row in rows]
    return [prepare(Shopper(shopper_id=f"row{place}", texts=(one,)), now) for place, one in enumerate(texts)]


def ask_all(
    llm: LlmPredictor, rows: Sequence[Written], deadline_s: float, at_once: int, told: Told
) -> tuple[dict[int, Reading], dict[str, int]]:
    """The model's readings by the places of the texts, and how many were not answered, by kind.

    Args:
        deadline_s: for each group of ``at_once`` texts.
    """
    cases = [(place, case) for place, case in enumerate(cases_of(rows)) if case.texts]
    readings: dict[int, Reading] = {}
    failed: Counter[str] = Counter({"not_readable": len(rows) - len(cases)})
    for start in range(0, len(cases), at_once):
        group = cases[start : start + at_once]
        looks = llm.local.look([case for _, case in group])
        for (place, _), one in zip(group, llm.read(looks, monotonic() + deadline_s), strict=True):
            if isinstance(one, Failure):
                failed[one.kind] += 1
            else:
                readings[place] = one
        told("asking", min(start + at_once, len(cases)), len(cases))
    return readings, dict(+failed)


def calibrate_llm(
    llm: LlmPredictor, rows: Sequence[LabelledText], models_dir: Path, *,
    deadline_s: float, at_once: int, told: Told,
) -> Fitted:  # fmt: skip
    """Asks the endpoint for each text and fits the calibration of its model and prompt; written where predictions find
    it.

    Args:
        deadline_s: for each group of ``at_once`` texts.

    Raises:
        InputError: fewer than ``FEWEST`` texts were answered, with the reasons.
    """
    readings, failed = ask_all(llm, rows, deadline_s, at_once, told)
    if len(readings) < FEWEST:
        reasons = ", ".join(f"{kind} {count}" for kind, count in failed.items()) or "too few texts"
        raise InputError(
            f"{len(readings)} of {len(rows)} texts were answered ({reasons})", hint=f"give {FEWEST} or more"
        )
    places = sorted(readings)
    models = {readings[place].model for place in places}
    if len(models) > 1:
        raise InputError(f"the endpoint answered as several models: {', '.join(sorted(models))}", hint="set LLM_MODEL")
    scores = [readings[place].scores for place in places]
    labels = [rows[place].labels() for place in places]
    languages = [readings[place].shown.language for place in places]
    base = llm.plain_marks(models.pop())
    marks = fit_marks(base, scores, labels, languages, f"own:{datetime.now(UTC):%Y-%m}")
    after: list[dict[str, Floats]] = [{} for _ in places]
    for side in (0, 1):
        half = fit_marks(base, scores[side::2], labels[side::2], languages[side::2], "one half")
        after[1 - side :: 2] = [half.scaled(one) for one in scores[1 - side :: 2]]
    file = save_marks(models_dir, marks)
    return Fitted(marks, file, len(places), failed, _losses(scores, labels), _losses(after, labels))


def fit_rule(
    local: LocalPredictor, rows: Sequence[LabelledText], models_dir: Path, *, most_errors: float, confidence: float
) -> Rule:
    """The largest part of the texts that the local model may answer with at most ``most_errors`` wrong intents.

    For each of ``MARKS`` the exact upper bound of Clopper and Pearson 1934 on the error of the texts at or above it,
    the remaining chance shared among the marks (Bonferroni), so that the bound holds for whichever is chosen.

    Raises:
        InputError: fewer than ``FEWEST`` texts with an intent.
    """
    pairs = [(case, row) for case, row in zip(cases_of(rows), rows, strict=True) if case.texts and row.intent]
    if len(pairs) < FEWEST:
        raise InputError(f"{len(pairs)} texts with an intent, at least {FEWEST} are needed", field="labels")
    answers = local.predict([case for case, _ in pairs], "none")
    sure = np.asarray([max(one.intent.probabilities.values()) for one in answers if one.intent is not None])
    wrong = np.asarray(
        [one.intent.label != row.intent for one, (_, row) in zip(answers, pairs, strict=True) if one.intent is not None]
    )
    chosen, share = None, 0.0
    for mark in MARKS:
        inside = sure >= mark
        if error_bound(int(wrong[inside].sum()), int(inside.sum()), (1 - confidence) / len(MARKS)) <= most_errors:
            chosen, share = mark, float(inside.mean())
            break
    rule = Rule(
        text_model=local.model.version, local_from=chosen, most_errors=most_errors, confidence=confidence,
        rows=len(pairs), local_share=round(share, 4), calibrated_on=f"own:{datetime.now(UTC):%Y-%m}",
    )  # fmt: skip
    file = models_dir / RULE_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(rule.model_dump_json(indent=1), encoding="utf-8")
    return rule


def _losses(scores: Sequence[Mapping[str, Floats]], labels: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Mean log-loss of each field with a single label, over texts whose label is known."""
    out = {}
    for name in LABELS:
        rows, truth = known(name, labels)
        if name not in MANY and rows:
            told = [float(scores[row][name][int(place)]) for row, place in zip(rows, truth, strict=True)]
            out[name] = round(float(-np.log(np.maximum(told, 1e-6)).mean()), 4)
    return out

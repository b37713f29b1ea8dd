"""The text model beside the baselines that could embarrass it: same folds, same texts, one run.

Majority, TF-IDF of words and characters with logistic regression, and the frozen base encoder with logistic regression
are trained in every fold on the rows the model was trained on. The model's out-of-fold scores come from the work
folder of ``purchase-agent train text``, which makes them where they are missing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from purchase_agent.eval.baselines import Baseline, Embedder, FrozenEncoder, Majority, TfidfLogistic
from purchase_agent.metrics import Bootstrap, accuracy, macro_f1, paired_difference
from purchase_agent.training import judge, targets
from purchase_agent.training.corpus import Row, fold_of
from purchase_agent.training.text import FOLDS, GIVEN, MEASURED, Run
from purchase_agent.training.text_scores import FIGURES, Predictions, scores

Figures = dict[str, dict[str, Any]]


def baselines() -> dict[str, Callable[[], Baseline]]:
    """Name -> a fresh baseline; the frozen encoder embeds each text once for all folds."""
    return {
        "majority": Majority,
        "tfidf + logistic regression": TfidfLogistic,
        "frozen encoder + logistic regression": partial(FrozenEncoder, Embedder()),
    }


def out_of_fold(
    name: str, make: Callable[[], Baseline], run: Run, tested: Sequence[Row]
) -> tuple[Predictions, dict[str, float]]:
    """Predictions of a baseline for ``tested``, each by the fold model trained without it; kept in the work folder."""
    file = run.work / f"baseline-{name.split(maxsplit=1)[0]}.npz"
    if file.exists():
        with np.load(file, allow_pickle=False) as saved:
            found = dict(saved)
        return found, {task: float(found.pop(f"threshold-{task}")) for task in ("motivation", "barrier")}
    place = {id(row): index for index, row in enumerate(tested)}
    out: dict[str, np.ndarray] = {}
    thresholds: list[dict[str, float]] = []
    for fold in MEASURED:
        test = [row for row in tested if fold_of(row, FOLDS) == fold]
        held = {row.group for row in test}
        train = [row for row in run.rows if row.group not in held]
        fitted = make().fit(train)
        predicted = fitted.predict(test)
        thresholds.append({task: float(np.mean(mark)) for task, mark in fitted.thresholds_.items()})
        places = [place[id(row)] for row in test]
        for task, values in predicted.items():
            out.setdefault(task, np.zeros((len(tested), *values.shape[1:])))[places] = values
        sys.stderr.write(f"  without fold {fold}\n")
    told = {task: float(np.mean([marks[task] for marks in thresholds])) for task in ("motivation", "barrier")}
    np.savez(file, **out, **{f"threshold-{task}": np.asarray(mark) for task, mark in told.items()})  # type: ignore[arg-type]
    return out, told


def compare(data: Path, work: Path, out: Path | None) -> str:
    """Table of every figure for the model and the baselines, and the paired differences from the strongest baseline."""
    run = Run(data, work, None, 7, lambda *_: None)
    tested: list[Row] = []
    parts = []
    for fold in MEASURED:
        rows, part = run.out_of_fold(fold)
        tested += rows
        parts.append(part)
    raw = {name: np.concatenate([part[name] for part in parts]) for name in ("encoder", "ngrams")}
    readings, marks, _ = judge.cross_fitted(raw, tested)
    thresholds = {"motivation": np.median(marks[:, :14], 0), "barrier": np.median(marks[:, 14:], 0)}
    answers: dict[str, tuple[Predictions, Any]] = {"this model": (judge.predictions_of(readings), thresholds)}
    for name, make in baselines().items():
        sys.stderr.write(f"{name}\n")
        answers[name] = out_of_fold(name, make, run, tested)
    lines, saved = [], {}
    for origin in GIVEN:
        chosen = np.flatnonzero([row.origin == origin for row in tested])
        rows = [tested[i] for i in chosen]
        figures = {
            name: {one.name: one for one in scores(rows, {k: v[chosen] for k, v in found.items()}, marked)}
            for name, (found, marked) in answers.items()
        }
        lines += [f"\n{origin} texts, each scored by a model trained without its fold, n={len(rows)}"]
        for suffix in ("", "/en", "/zh"):
            for figure in FIGURES:
                cells = [
                    f"{name}: {figures[name][figure + suffix]}" for name in figures if figure + suffix in figures[name]
                ]
                lines += [f"  {cell}" for cell in cells]
        saved[origin] = {n: {k: judge.plain(v) for k, v in f.items()} for n, f in figures.items()}
        lines += _paired(rows, answers, chosen)
    if out is not None:
        out.write_text(json.dumps(saved, indent=1), encoding="utf-8")
    return "\n".join(lines)


def _paired(rows: Sequence[Row], answers: dict[str, tuple[Predictions, Any]], chosen: np.ndarray) -> list[str]:
    bootstrap = Bootstrap(groups=np.asarray([row.group for row in rows]))
    ours, theirs = (answers[name][0] for name in ("this model", "tfidf + logistic regression"))
    lines = []
    for task, metric in (
        ("intent", macro_f1),
        ("next_action", accuracy),
        ("timing", accuracy),
        ("sentiment", accuracy),
    ):
        truth = np.stack([targets.encode(row.labels)[task] for row in rows]).argmax(1)
        a, b = (found[task][chosen].argmax(1) for found in (ours, theirs))
        lines.append(f"  this model - tfidf, {task}: {paired_difference(metric, truth, a, b, bootstrap=bootstrap)}")
    return lines

"""``train behaviour``: from event streams to a model folder, fitted, pooled and judged on different shoppers.

Shoppers are split once, by a hash of their id: six eighths fit the words and the trees, one fits how the two are pooled
and one is only judged on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from purchase_agent.errors import InputError
from purchase_agent.metrics import Bootstrap, brier, ece, log_loss, pr_auc, roc_auc
from purchase_agent.predictors.behaviour import FILES, NEXT, BehaviourCalibration, BehaviourModel, Pool, pooled
from purchase_agent.predictors.event_tokens import ASKED
from purchase_agent.predictors.model_folder import seal
from purchase_agent.training import behaviour_fit, trees
from purchase_agent.training.behaviour_model import BehaviourSettings, started
from purchase_agent.training.checkpoint import claim, digest
from purchase_agent.training.moments import UNKNOWN, Moments, sample
from purchase_agent.training.progress import Progress
from purchase_agent.training.streams import Stream

FEWEST_SHOPPERS = 200
FEWEST_EVENTS = 2_000
MOMENTS_OF_ONE = 12  # of a shopper, for trees, pool and figures


def part_of(user: str) -> str:
    """``fit``, ``pool`` or ``test``: where a shopper's events are used."""
    number = int(hashlib.sha256(f"behaviour:{user}".encode()).hexdigest()[:8], 16) % 8
    return {6: "pool", 7: "test"}.get(number, "fit")


def split(streams: Iterable[Stream]) -> dict[str, list[Stream]]:
    """The streams by part.

    Raises:
        InputError: too few shoppers or events to learn from, with the counts.
    """
    parts: dict[str, list[Stream]] = {"fit": [], "pool": [], "test": []}
    for stream in streams:
        if stream.steps:
            parts[part_of(f"{stream.source}/{stream.user}")].append(stream)
    shoppers = sum(map(len, parts.values()))
    events = sum(len(stream.steps) for part in parts.values() for stream in part)
    if shoppers < FEWEST_SHOPPERS or events < FEWEST_EVENTS:
        raise InputError(
            f"too little to learn from: {shoppers} shoppers with {events} events",
            hint=f"at least {FEWEST_SHOPPERS} shoppers and {FEWEST_EVENTS} events are needed; the shipped model "
            "answers until then",
        )
    return parts


def train_behaviour(
    streams: Iterable[Stream], out: Path, work: Path, seed: int, progress: Progress, *,
    name: str, calibrated_on: str, start: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Trains, pools, judges and writes the model folder ``out``; started again with the same ``work``, it resumes.

    Args:
        start: a model folder whose words are trained on, instead of from scratch.
        calibrated_on: told in every answer, such as ``own:2026-11``.

    Returns:
        The figures, which also lie in ``out/metrics.json``.
    """
    parts = split(streams)
    settings = BehaviourSettings(seed=seed)
    claim(
        work,
        {
            "data": digest(stream for some in parts.values() for stream in some),
            "start": str(start.resolve()) if start is not None else "none",
            "settings": digest([settings]),
        },
    )
    begin = started(start, settings) if start is not None else None
    model = behaviour_fit.fit_words(
        parts["fit"], settings, work / "words.safetensors", progress, parts["pool"], start=begin
    )
    progress("trees", 0, 1, {})
    learnt = sample(parts["fit"], MOMENTS_OF_ONE, seed)
    found = behaviour_fit.fit_trees(learnt, trees.TreeSettings(columns_share=0.3, seed=seed))
    progress("trees", 1, 1, {})
    behaviour_fit.write(model, found, out)
    neutral = behaviour_fit.neutral(name, calibrated_on)
    (out / "calibration.json").write_text(neutral.model_dump_json(indent=1), encoding="utf-8")
    seal(out, FILES, {"version": name})
    runtime = BehaviourModel(out)
    pool = sample(parts["pool"], MOMENTS_OF_ONE, seed + 1)
    marks = behaviour_fit.calibrate_on(
        pool, runtime.word_scores(pool.prompts), runtime.tree_scores(pool.rows), name, calibrated_on
    )
    (out / "calibration.json").write_text(marks.model_dump_json(indent=1), encoding="utf-8")
    facts = {"shoppers": {part: len(some) for part, some in parts.items()}, "settings": asdict(settings)}
    seal(out, FILES, {"version": name, **facts})
    trained_on: dict[str, dict[str, int]] = {}
    for stream in (stream for some in parts.values() for stream in some):
        counts = trained_on.setdefault(stream.source or "events", {"shoppers": 0, "steps": 0})
        counts["shoppers"] += 1
        counts["steps"] += len(stream.steps)
    report = {
        **facts,
        "trained_on": trained_on,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "test": judged(BehaviourModel(out), sample(parts["test"], MOMENTS_OF_ONE, seed + 2)),
    }
    (out / "metrics.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    return report


def judged(model: BehaviourModel, moments: Moments) -> dict[str, Any]:
    """Figures of the pool and of each of its parts, on moments that nothing was fitted on."""
    words, others = model.word_scores(moments.prompts), model.tree_scores(moments.rows)
    marks = model.calibration
    alone = {
        "pool": marks,
        "words": _only(marks, (1.0, 0.0)),
        "trees": _only(marks, (0.0, 1.0)),
    }
    out: dict[str, Any] = {"moments": len(moments)}
    for kind, some in alone.items():
        chances = pooled(words, others, moments.in_session.tolist(), some)
        out[kind] = figures(moments, chances.asked)
    known = moments.next_word != UNKNOWN
    out["next_action_log_loss"] = {
        kind: round(float(-np.mean(_next_scores(words[0], others[0], some)[known, moments.next_word[known]])), 4)
        for kind, some in alone.items()
    }
    return out


def _next_scores(words: np.ndarray, others: np.ndarray, marks: Any) -> np.ndarray:
    score = marks.next.score(words, others)
    score = score - score.max(1, keepdims=True)
    return score - np.log(np.exp(score).sum(1, keepdims=True))


def _only(marks: BehaviourCalibration, weights: tuple[float, float]) -> BehaviourCalibration:
    """The calibration as if one part answered alone."""
    asked = {question: Pool(weights=weights, bias=(0.0,)) for question in marks.asked}
    following = Pool(weights=weights, bias=tuple([0.0] * len(NEXT)))
    return marks.model_copy(update={"next": following, "asked": asked})


def figures(moments: Moments, chances: np.ndarray) -> dict[str, Any]:
    """Log-loss, Brier, AUC, PR-AUC and ECE of each question where it could be answered."""
    out: dict[str, Any] = {}
    for place, question in enumerate(ASKED):
        rows = (moments.answers[:, place] != UNKNOWN) & np.isfinite(chances[:, place])
        truth, chance = moments.answers[rows, place], chances[rows, place]
        if len(truth) == 0 or truth.min() == truth.max():
            continue
        bootstrap = Bootstrap(groups=moments.users[rows], resamples=200, seed=0)
        out[question] = {"n": len(truth), "rate": round(float(truth.mean()), 4), "mean": round(float(chance.mean()), 4)}
        for name, score in (
            ("log_loss", log_loss), ("brier", brier), ("roc_auc", roc_auc), ("pr_auc", pr_auc), ("ece", ece),
        ):  # fmt: skip
            found = score(truth, chance, bootstrap=bootstrap)
            out[question][name] = {k: round(getattr(found, k), 4) for k in ("value", "low", "high")}
    return out

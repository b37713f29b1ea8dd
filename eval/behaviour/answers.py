"""Ours on Taobao: the word model and the trees beside a spline logistic regression, pooled on the validation part.

What is learnt here is learnt from ``train`` streams, what is chosen and pooled from ``validate`` streams; the shoppers'
later events are read only up to and with the event of each case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from transformers import GPT2LMHeadModel

from purchase_agent.eval.behaviour.baselines import loss
from purchase_agent.eval.behaviour.columns import Columns, SplineLogistic, Table
from purchase_agent.eval.behaviour.sessions import intents, near_intents
from purchase_agent.eval.behaviour.taobao import CLASSES, Cases, Shoppers, next_actions
from purchase_agent.eval.behaviour.words import fit_words, next_scores, session_scores
from purchase_agent.events import History
from purchase_agent.labels import ACTIONS
from purchase_agent.predictors.behaviour import BehaviourModel
from purchase_agent.training.behaviour_fit import fit_pool
from purchase_agent.training.progress import Progress
from purchase_agent.training.streams import Stream

Floats = NDArray[np.float64]
OURS, WORDS_ALONE, TREES_ALONE, CURVES_ALONE = "ours", "words alone", "trees alone", "curves alone"
WITHOUT_WORDS = "trees and curves, no words"
SHIPPED = "shipped weights, no retraining"
_PULLS = (0.0003, 0.001, 0.003)
_TREES = {
    "learning_rate": 0.05, "max_iter": 100, "max_leaf_nodes": 8, "l2_regularization": 20.0, "min_samples_leaf": 50,
    "max_features": 0.3,
}  # fmt: skip
_BAGS = 2
_HISTORIES_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked: cases to learn from, cases to pool on, and how words answer; ``labels`` is 1 for yes or no."""

    labels: int
    learnt: Callable[[Shoppers], Cases]
    pooled: Callable[[Shoppers], Cases]
    read: Callable[[GPT2LMHeadModel, Shoppers, Cases], Floats]


NEXT_ACTION = Task(
    len(CLASSES), partial(next_actions, part="train"), partial(next_actions, part="validate"), next_scores
)


def intent_task(length: int) -> Task:
    """Whether a purchase follows a prefix: learnt after the first events of sessions, pooled on prefixes."""
    return Task(
        1, partial(near_intents, part="train"), partial(intents, part="validate", length=length), session_scores
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What answers start from: the streams, the columns of all shoppers and the word model of the training streams."""

    train: Sequence[Stream]
    validate: Sequence[Stream]
    table: Table
    words: GPT2LMHeadModel
    seed: int

    @staticmethod
    def learnt(
        train: Sequence[Stream], validate: Sequence[Stream], shoppers: Shoppers, seed: int, progress: Progress,
        start: Path | None = None,
    ) -> Known:  # fmt: skip
        """Trains the words, from the shipped weights in ``start`` on where there are any."""
        words = fit_words(train, seed, progress, start=start)
        return Known(train, validate, Table(shoppers, train), words, seed)


def answer(known: Known, task: Task, shoppers: Shoppers, cases: Cases) -> dict[str, Floats]:
    """Ours and each part alone -> chances of the labels [cases, labels], of yes [cases] where ``labels`` is 1."""
    before = {stream.user: stream.steps for stream in known.validate}
    learnt = task.learnt({stream.user: stream.steps for stream in known.train})
    pool = task.pooled(before)
    rows = known.table.rows(learnt), known.table.rows(pool), known.table.rows(cases)
    trees = _trees(rows, learnt, known.seed)
    curves = _curves(rows, learnt, pool)
    # Equal shares: a third weight would be fitted on few purchases.
    others = [_scores(0.5 * (np.log(a) + np.log(b)), task.labels) for a, b in zip(trees, curves, strict=True)]
    words = [task.read(known.words, before, pool), task.read(known.words, shoppers, cases)]
    marks = fit_pool(words[0], others[0], pool.truth, task.labels)
    pooled = marks.score(words[1], others[1])
    return {
        OURS: _chances(pooled),
        WORDS_ALONE: _chances(words[1]),
        TREES_ALONE: _chances(_scores(np.log(trees[1]), task.labels)),
        CURVES_ALONE: _chances(_scores(np.log(curves[1]), task.labels)),
        WITHOUT_WORDS: _chances(others[1]),
    }


def shipped(folder: Path, shoppers: Shoppers, cases: Cases, *, intent: bool) -> Floats:
    """What the shipped model says: [cases, CLASSES], or [cases] chances of a purchase in the session."""
    model = BehaviourModel(folder)
    kept = [ACTIONS.index("leave" if name == "end" else name) for name in CLASSES]
    out = []
    pairs = list(zip(cases.users.tolist(), cases.place.tolist(), strict=True))
    for start in range(0, len(pairs), _HISTORIES_AT_ONCE):
        some = [shoppers[user][: place + 1] for user, place in pairs[start : start + _HISTORIES_AT_ONCE]]
        said = model.read([History(steps[-1].at, steps) for steps in some])
        out.append(said.asked[:, 0] if intent else said.next_action[:, kept])
    chances = np.concatenate(out)
    return chances if intent else chances / chances.sum(1, keepdims=True)


def _trees(rows: tuple[Columns, Columns, Columns], learnt: Cases, seed: int) -> list[Floats]:
    """Chances of the pooling and of the asked cases by trees that see a third of the columns at each split."""
    models = [
        HistGradientBoostingClassifier(**_TREES, early_stopping=False, random_state=seed + bag).fit(
            rows[0], learnt.truth
        )
        for bag in range(_BAGS)
    ]
    return [np.clip(sum(model.predict_proba(part) for model in models) / _BAGS, 1e-6, 1) for part in rows[1:]]


def _curves(rows: tuple[Columns, Columns, Columns], learnt: Cases, pool: Cases) -> list[Floats]:
    """As ``_trees``, by the spline logistic regression whose pull does best on the pooling cases."""
    models = [SplineLogistic(pull).fit(rows[0], learnt.truth) for pull in _PULLS]
    best = min(models, key=lambda one: loss(one.predict(rows[1]), pool.truth))
    return [np.clip(best.predict(part), 1e-6, 1) for part in rows[1:]]


def _scores(logs: Floats, labels: int) -> Floats:
    """Log-probabilities [rows, labels], or log-odds [rows, 1] from those of no and yes."""
    return logs if labels > 1 else logs[:, 1:] - logs[:, :1]


def _chances(scores: Floats) -> Floats:
    if scores.shape[1] == 1:
        return 1 / (1 + np.exp(-scores[:, 0]))
    raised = np.exp(scores - scores.max(1, keepdims=True))
    out: Floats = raised / raised.sum(1, keepdims=True)
    return out

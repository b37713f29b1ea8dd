"""The baselines that the behaviour model has to beat: shares, Markov chains, and boosted trees on counts.

Each learns from the training part. What it has to choose (a chain's smoothing, the size of trees) is chosen by log-loss
on the validation part; the test part is only predicted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from purchase_agent.eval.behaviour.taobao import CLASSES, END, Cases, Shoppers
from purchase_agent.events import SESSION_GAP_S, Step

Floats = NDArray[np.float64]
Columns = NDArray[np.float32]

SMOOTHING = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
TREES: tuple[dict[str, float], ...] = (
    {"learning_rate": 0.1, "max_iter": 100},  # the library's own
    {"learning_rate": 0.05, "max_iter": 80, "max_leaf_nodes": 8, "l2_regularization": 5, "min_samples_leaf": 50},
    {"learning_rate": 0.05, "max_iter": 150, "max_leaf_nodes": 8, "l2_regularization": 5, "min_samples_leaf": 50},
)
SAMPLED: tuple[dict[str, float], ...] = (
    {
        "learning_rate": 0.05, "max_iter": 100, "max_leaf_nodes": 8, "l2_regularization": 20, "min_samples_leaf": 50,
        "max_features": 0.3,
    },
)  # fmt: skip
"""The setting of our own trees: what ours gains over it comes from its columns and curves."""


def prior(truth: NDArray[np.int64], labels: int, rows: int) -> Floats:
    """[rows, labels] shares of the training labels."""
    counts = np.bincount(truth, minlength=labels) + 0.5
    return np.tile(counts / counts.sum(), (rows, 1))


class Markov:
    """The next action given the last ``order`` ones of the session, each order smoothed by the one below it.

    A session's beginning counts as a state, so a first event differs from one after many.
    """

    def __init__(self, order: int, smoothing: float) -> None:
        self.order = order
        self.smoothing = smoothing

    def fit(self, shoppers: Shoppers, cases: Cases) -> Markov:
        self.counts_: list[Counter[tuple[tuple[int, ...], int]]] = [Counter() for _ in range(self.order + 1)]
        self.totals_: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(self.order + 1)]
        for state, label in zip(_states(shoppers, cases, self.order), cases.truth.tolist(), strict=True):
            for order in range(self.order + 1):
                self.counts_[order][state[:order], label] += 1
                self.totals_[order][state[:order]] += 1
        return self

    def predict(self, shoppers: Shoppers, cases: Cases) -> Floats:
        """[cases, CLASSES]"""
        known: dict[tuple[int, ...], Floats] = {}
        rows = []
        for state in _states(shoppers, cases, self.order):
            if state not in known:
                known[state] = self._shares(state)
            rows.append(known[state])
        return np.stack(rows)

    def _shares(self, state: tuple[int, ...]) -> Floats:
        out = np.full(len(CLASSES), 1 / len(CLASSES))
        for order in range(self.order + 1):
            seen = np.asarray([self.counts_[order][state[:order], label] for label in range(len(CLASSES))])
            out = (seen + self.smoothing * out) / (self.totals_[order][state[:order]] + self.smoothing)
        return out


def _states(shoppers: Shoppers, cases: Cases, order: int) -> list[tuple[int, ...]]:
    """The last ``order`` actions of each case's session, newest first; ``END`` stands before the first."""
    found: dict[str, list[tuple[int, ...]]] = {}
    for user in dict.fromkeys(cases.users.tolist()):
        state: tuple[int, ...] = (END,) * order
        last: Step | None = None
        found[user] = []
        for step in shoppers[user]:
            if last is None or step.at - last.at > SESSION_GAP_S:
                state = (END,) * order
            state = (CLASSES.index(step.action), *state)[:order]
            found[user].append(state)
            last = step
    return [found[user][place] for user, place in zip(cases.users.tolist(), cases.place.tolist(), strict=True)]


def markov(order: int, shoppers: Shoppers, train: Cases, validate: Cases) -> Markov:
    """The chain whose smoothing does best on the validation part."""
    fitted = [Markov(order, smoothing).fit(shoppers, train) for smoothing in SMOOTHING]
    return min(fitted, key=lambda one: loss(one.predict(shoppers, validate), validate.truth))


def boosted(
    rows: tuple[Columns, Columns, Columns], train: NDArray[np.int64], validate: NDArray[np.int64], seed: int,
    settings: Sequence[dict[str, float]] = TREES,
) -> Floats:  # fmt: skip
    """Probabilities of the labels for the last of ``rows`` (of the training, validation and test part).

    The trees are those of ``settings`` that do best on the validation part.
    """
    models = [
        HistGradientBoostingClassifier(**setting, early_stopping=False, random_state=seed).fit(rows[0], train)
        for setting in settings
    ]
    best = min(models, key=lambda one: loss(one.predict_proba(rows[1]), validate))
    out: Floats = best.predict_proba(rows[2])
    return out


def loss(chances: Floats, truth: NDArray[np.int64]) -> float:
    """Mean log-loss of [rows, labels]."""
    return float(-np.log(np.clip(chances[range(len(truth)), truth], 1e-7, 1)).mean())

"""All columns of an event in one table, and the spline logistic regression that reads them beside the trees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import SplineTransformer, StandardScaler

from purchase_agent.eval.behaviour.popularity import Popularity
from purchase_agent.eval.behaviour.rhythm import rhythm
from purchase_agent.eval.behaviour.taobao import Cases, Shoppers
from purchase_agent.predictors.event_features import FEATURES, features
from purchase_agent.training.streams import Stream

Floats = NDArray[np.float64]
Columns = NDArray[np.float32]
_KNOTS = 4
_FEW = 8  # distinct values up to which a column is no curve
_FARTHEST = 5.0  # standard deviations


class Table:
    """Columns after every event of every shopper; those of ``event_features`` come first.

    A row is made from its event and those before, and from the training streams of others.
    """

    def __init__(self, shoppers: Shoppers, train: Sequence[Stream]) -> None:
        popularity = Popularity(train)
        self._rows = {
            user: np.concatenate([features(steps), rhythm(steps), popularity.columns(user, steps)], 1)
            for user, steps in shoppers.items()
        }

    def rows(self, cases: Cases) -> Columns:
        """[cases, columns]"""
        return np.stack([self._rows[user][place] for user, place in zip(cases.users, cases.place, strict=True)])

    def plain(self, cases: Cases) -> Columns:
        """[cases, FEATURES]: without the shopper's rhythm and popularity."""
        return self.rows(cases)[:, : len(FEATURES)]


class SplineLogistic:
    """Multinomial logistic regression on standardised columns and on their piecewise linear curves.

    Strongly pulled to the base rates: shoppers are few and their rows alike.
    """

    def __init__(self, c: float) -> None:
        self.c = c

    def fit(self, rows: Columns, truth: NDArray[np.int64], weights: Floats | None = None) -> SplineLogistic:
        distinct = np.asarray([len(np.unique(column)) for column in rows.T])
        self.kept_, self.curved_ = np.flatnonzero(distinct > 1), np.flatnonzero(distinct > _FEW)
        self.plain_ = StandardScaler().fit(rows[:, self.kept_])
        self.curves_ = SplineTransformer(_KNOTS, degree=1, knots="quantile").fit(rows[:, self.curved_])
        made = self._made(rows)
        self.scale_ = StandardScaler().fit(made)
        self.model_ = LogisticRegression(C=self.c, max_iter=300, tol=1e-3)
        self.model_.fit(self._scaled(made), truth, weights)
        return self

    def predict(self, rows: Columns) -> Floats:
        """[rows, labels]"""
        out: Floats = self.model_.predict_proba(self._scaled(self._made(rows)))
        return out

    def _made(self, rows: Columns) -> Floats:
        plain = np.clip(self.plain_.transform(rows[:, self.kept_]), -_FARTHEST, _FARTHEST)
        return np.concatenate([plain, self.curves_.transform(rows[:, self.curved_])], 1)

    def _scaled(self, made: Floats) -> Floats:
        out: Floats = np.clip(self.scale_.transform(made), -2 * _FARTHEST, 2 * _FARTHEST)
        return out

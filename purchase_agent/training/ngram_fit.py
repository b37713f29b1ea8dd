"""Fits the n-gram part: balanced logistic regressions over hashed n-grams, and a ridge for Juster's scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression, Ridge

from purchase_agent.predictors.calibrate import OUTPUTS
from purchase_agent.predictors.ngrams import NgramModel, features
from purchase_agent.training import targets
from purchase_agent.training.corpus import Row

Floats = NDArray[np.float32]
_SPREAD = 2.0  # of Juster's scale around the ridge's answer, in points
_FEWEST = 5  # true cases below which a label keeps its prior


def fit(rows: Sequence[Row], *, buckets: int = 2**16, c: float = 3.0, seed: int = 7) -> NgramModel:
    """Weights of all ``OUTPUTS``, in that order.

    Each label is one against the rest, weighted as often as its class is rare. The eleven points of Juster's scale get
    the log-density of a normal distribution around the ridge's answer, which is linear in the features, too.
    """
    found = [features(row.text, row.channel, buckets) for row in rows]
    seen = np.zeros(buckets, np.float32)
    for places, _ in found:
        seen[places] += 1
    idf = (np.log((1 + len(rows)) / (1 + seen)) + 1).astype(np.float32)
    idf[seen < 2] = 0.0  # a bucket that one text fills says nothing of others
    idf = idf.astype(np.float16).astype(np.float32)
    matrix = _matrix(found, idf, buckets)
    target = targets.stack(rows)
    columns, biases = [], []
    for task in OUTPUTS:
        if task == "juster":
            continue
        for wanted in target[task].T >= 0.5:
            weight, bias = _label(matrix, wanted, c, seed)
            columns.append(weight)
            biases.append(bias)
    ridge = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-3)
    points = np.arange(targets.JUSTER_POINTS, dtype=np.float32)
    ridge.fit(matrix, target["juster"] @ points)
    columns += [ridge.coef_.astype(np.float32) * point / _SPREAD**2 for point in points]
    biases += [float((ridge.intercept_ * point - point**2 / 2) / _SPREAD**2) for point in points]
    weights = np.stack(columns, 1)
    scale = np.maximum(np.abs(weights).max(0) / 127, 1e-8).astype(np.float32)
    return NgramModel(idf, np.round(weights / scale).astype(np.int8), scale, np.asarray(biases, np.float32))


def _matrix(found: Sequence[tuple[NDArray[np.int64], Floats]], idf: Floats, buckets: int) -> csr_matrix:
    data, indices, ends = [], [], [0]
    for places, values in found:
        weighted = values * idf[places]
        data.append(weighted / (np.sqrt((weighted * weighted).sum()) or 1.0))
        indices.append(places)
        ends.append(ends[-1] + len(places))
    return csr_matrix((np.concatenate(data), np.concatenate(indices), np.asarray(ends)), shape=(len(found), buckets))


def _label(matrix: csr_matrix, wanted: NDArray[np.bool_], c: float, seed: int) -> tuple[Floats, float]:
    cases = int(wanted.sum())
    if cases < _FEWEST:
        share = (cases + 0.5) / (len(wanted) + 1)
        return np.zeros(matrix.shape[1], np.float32), float(np.log(share / (1 - share)))
    model = LogisticRegression(
        C=c, class_weight="balanced", solver="liblinear", dual=True, tol=0.1, random_state=seed
    ).fit(matrix, wanted)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])

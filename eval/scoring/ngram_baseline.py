"""TF-IDF of words and characters with logistic regression, in numpy and scipy alone: a baseline that needs no extra.

Hashed n-grams of words (1-2) and of characters within words (1-4), logarithmic counts, rows of length one; a
multinomial or, for labels that may hold together, independent logistic regression, rare labels weighing more by the
square root of how rare they are. Nothing is tuned.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]

_BUCKETS = 1 << 16
_PULL = 0.3  # of the squared weights, beside the sum of losses
_WORD = re.compile(r"[\u3400-\u9fff]|\w+")
_MOST_CHARACTERS = 600


class Ngrams:
    """Hashed counts of texts; ``weighted`` knows how rare an n-gram is among the texts it learns from."""

    def __init__(self, texts: Sequence[str]) -> None:
        rows, places, counts = [], [], []
        for row, text in enumerate(texts):
            found = Counter(zlib.crc32(one.encode()) % _BUCKETS for one in _grams(text))
            rows += [row] * len(found)
            places += list(found)
            counts += [1.0 + float(np.log(count)) for count in found.values()]
        self._counts = csr_matrix((counts, (rows, places)), shape=(len(texts), _BUCKETS))

    def weighted(self, learnt: NDArray[np.intp]) -> csr_matrix:
        """All rows, weighted by how few of the rows ``learnt`` hold an n-gram; what none holds is dropped."""
        part = self._counts[learnt]
        held = np.asarray((part > 0).sum(0)).ravel()
        rare = np.where(held > 1, np.log((1 + len(learnt)) / (1 + held)) + 1, 0.0)
        kept = np.flatnonzero(rare)
        out = self._counts[:, kept].multiply(rare[kept]).tocsr()
        length = np.sqrt(np.asarray(out.multiply(out).sum(1)).ravel())
        return out.multiply((1 / np.maximum(length, 1e-12))[:, None]).tocsr()


def fit_predict(
    features: csr_matrix, truth: Floats, learnt: NDArray[np.intp], asked: NDArray[np.intp], *, one: bool
) -> Floats:
    """Chances [asked, labels] of a model that learns from the rows ``learnt`` of ``truth`` [rows, labels] 0/1.

    Args:
        one: whether exactly one label holds.
    """
    x, y = features[learnt], truth[learnt]
    labels = y.shape[1]
    share = np.maximum(y.mean(0), 1 / len(y))
    weight = (y / np.sqrt(share)).sum(1) if one else np.ones(len(y))
    weight = weight / weight.mean()
    start = np.zeros((x.shape[1] + 1, labels))
    start[-1] = np.log(share) if one else np.log(share / np.maximum(1 - share, 1 / len(y)))

    def cost(flat: Floats) -> tuple[float, Floats]:
        values = flat.reshape(start.shape)
        score = x @ values[:-1] + values[-1]
        if one:
            score = score - score.max(1, keepdims=True)
            p = np.exp(score)
            total = p.sum(1, keepdims=True)
            p = p / total
            loss = weight @ (np.log(total[:, 0]) - (score * y).sum(1))
        else:
            p = 1 / (1 + np.exp(-np.clip(score, -30, 30)))
            loss = float((np.logaddexp(0, score) - score * y).sum())
        error = (p - y) * weight[:, None]
        slopes = np.vstack([x.T @ error + _PULL * values[:-1], error.sum(0)])
        return float(loss + _PULL / 2 * (values[:-1] ** 2).sum()), slopes.ravel()

    found = minimize(cost, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 40, "maxcor": 5}).x
    values = found.reshape(start.shape)
    score = features[asked] @ values[:-1] + values[-1]
    if one:
        p = np.exp(score - score.max(1, keepdims=True))
        return np.asarray(p / p.sum(1, keepdims=True))
    return np.asarray(1 / (1 + np.exp(-np.clip(score, -30, 30))))


def _grams(text: str) -> list[str]:
    words = _WORD.findall(text[:_MOST_CHARACTERS].casefold())
    out = [f"w {one}" for one in words] + [f"w {a} {b}" for a, b in pairwise(words)]
    for word in words:
        padded = f" {word} "
        out += [padded[at : at + size] for size in (2, 3, 4) for at in range(len(padded) - size + 1)]
    return out

"""How far answers hang on the order of the letters: figures from the same texts asked under several orders.

A model that reads the labels gives a text the same distribution over labels, whichever letter stands for which. What a
letter gains is the mean probability on it, less what its label gets from the same texts where another letter stands
for it: 0 for a model that reads labels, 1 for the letter that a model always writes. After Zheng et al. 2024 (selection
bias of multiple choice); the mean over orders is their remedy. Intervals draw groups of texts; the orders are fixed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from string import ascii_uppercase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.metrics import Bootstrap, Score, accuracy
from purchase_agent.predictors.llm.layout import LABELS, MANY

Floats = NDArray[np.float64]
Order = dict[str, tuple[int, ...]]
"""Field -> the place in ``LABELS`` of the label that each letter stands for."""
Scores = Sequence[Mapping[str, Floats]]
"""Of each text, field -> probabilities in the order of ``LABELS``."""

SINGLE = tuple(name for name in LABELS if name not in MANY)
"""Fields of one letter."""


def orders_of(count: int, seed: int) -> list[Order]:
    """The order of the labels, then ``count`` others.

    In each field no label has one letter twice among as many orders as the field has labels; then they begin anew.
    """
    rows = {name: _others(len(LABELS[name]), random.Random(f"{seed}:{name}")) for name in SINGLE}
    own = {name: tuple(range(len(LABELS[name]))) for name in SINGLE}
    return [own, *({name: next(rows[name]) for name in SINGLE} for _ in range(count))]


def figures(
    orders: Sequence[Order], told: Sequence[Scores], again: Scores, truth: Sequence[Mapping[str, int]],
    groups: Sequence[str],
) -> dict[str, Any]:  # fmt: skip
    """Field -> figures with their intervals.

    Args:
        told: under each of ``orders``, of which the first is the labels' own, the probabilities of each text.
        again: under the labels' own order once more: what moves there has other reasons than the order.
        truth: of each text, field -> place of its label, where it is known.
        groups: of each text; texts of a group are drawn together.

    Returns:
        ``letters``: for each letter ``share`` and ``gain``; ``bias``: half the sum of the gains' sizes;
        ``variation`` and ``flips``: of two answers to a text where the field's orders differ, total variation and
        whether another label is on top; ``again_variation`` and ``again_flips``; where labels are known ``accuracy``
        with ``own``, ``others`` (mean of the other orders), ``difference``, ``averaged`` and ``each``.
    """
    out: dict[str, Any] = {}
    for name in SINGLE:
        stacked = np.stack([[one[name] for one in part] for part in told])
        repeated = np.stack([one[name] for one in again])
        drawn = Bootstrap(groups=groups)
        places = np.asarray([order[name] for order in orders])
        out[name] = {
            **_letters(stacked, places, drawn),
            **_moved(stacked, places, drawn),
            "again_variation": _mean("again_variation", _variation(stacked[0], repeated), drawn),
            "again_flips": _mean("again_flips", _flips(stacked[0], repeated), drawn),
        }
        rows = [row for row, labels in enumerate(truth) if name in labels]
        if rows:
            given = np.asarray([truth[row][name] for row in rows])
            out[name]["accuracy"] = _right(stacked[:, rows], given, Bootstrap(groups=[groups[row] for row in rows]))
    return out


def _others(size: int, rng: random.Random) -> Iterator[tuple[int, ...]]:
    """Orders without end: labels stand in a drawn circle, and each letter goes on by a step that was not taken yet."""
    while True:
        circle = rng.sample(range(size), size)
        for step in rng.sample(range(1, size), size - 1):
            after = dict(zip(circle, circle[step:] + circle[:step], strict=True))
            yield tuple(after[label] for label in range(size))


def _letters(told: Floats, places: NDArray[np.intp], drawn: Bootstrap) -> dict[str, Any]:
    """``told`` [orders, texts, labels]; ``places`` [orders, letters]."""
    on_letter = np.stack([part[:, order] for part, order in zip(told, places, strict=True)])
    gains = np.zeros(on_letter.shape)
    for own, order in enumerate(places):
        elsewhere = (places != order).astype(np.float64)  # [orders, letters]: another letter stands for that label
        beside = np.einsum("otk,ok->tk", told[:, :, order], elsewhere) / elsewhere.sum(0)
        gains[own] = on_letter[own] - beside
    gain, share = gains.mean(0), on_letter.mean(0)
    letters = {
        letter: {"share": _mean("share", share[:, at], drawn), "gain": _mean("gain", gain[:, at], drawn)}
        for at, letter in enumerate(ascii_uppercase[: gain.shape[1]])
    }
    bias = drawn.score(
        "bias", "share", len(gain), lambda weights: 0.5 * np.abs(weights @ gain / weights.sum(1, keepdims=True)).sum(1)
    )
    return {"letters": letters, "bias": asdict(bias)}


def _moved(told: Floats, places: NDArray[np.intp], drawn: Bootstrap) -> dict[str, Any]:
    pairs = [(a, b) for a, b in combinations(range(len(told)), 2) if (places[a] != places[b]).any()]
    variation = np.mean([_variation(told[a], told[b]) for a, b in pairs], 0)
    flips = np.mean([_flips(told[a], told[b]) for a, b in pairs], 0)
    return {"variation": _mean("variation", variation, drawn), "flips": _mean("flips", flips, drawn)}


def _variation(a: Floats, b: Floats) -> Floats:
    found: Floats = 0.5 * np.abs(a - b).sum(-1)
    return found


def _flips(a: Floats, b: Floats) -> Floats:
    found: Floats = (a.argmax(-1) != b.argmax(-1)).astype(np.float64)
    return found


def _right(told: Floats, truth: NDArray[np.intp], drawn: Bootstrap) -> dict[str, Any]:
    hits = (told.argmax(-1) == truth).astype(np.float64)
    others = hits[1:].mean(0)
    return {
        "own": _mean("accuracy", hits[0], drawn),
        "others": _mean("accuracy", others, drawn),
        "difference": _mean("accuracy_difference", others - hits[0], drawn),
        "averaged": asdict(accuracy(truth, told.mean(0).argmax(-1), bootstrap=drawn)),
        "each": [_mean("accuracy", one, drawn) for one in hits],
    }


def _mean(name: str, values: Floats, drawn: Bootstrap) -> dict[str, Any]:
    found: Score = drawn.score(name, "share", len(values), lambda weights: weights @ values / weights.sum(1))
    return asdict(found)

"""Rows of one task beside each other: every figure with its interval, and ours against the best baseline of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.metrics import Bootstrap, Score, paired_difference

Metric = Callable[..., Score]
_LOWER_IS_BETTER = ("log_loss", "brier")


def compared(
    truth: NDArray[np.int64], said: Mapping[str, NDArray[np.float64]], metrics: Mapping[str, Metric],
    ours: str, baselines: Sequence[str], bootstrap: Bootstrap,
) -> tuple[dict[str, Any], dict[str, Any]]:  # fmt: skip
    """Row -> figure -> score, and figure -> ours minus the baseline that does best in it, on the same resamples.

    Args:
        said: row -> what it says of the cases.
        ours, baselines: names of rows; of the baselines those that are there count.
    """
    rows = {
        name: {figure: metric(truth, one, bootstrap=bootstrap) for figure, metric in metrics.items()}
        for name, one in said.items()
    }
    differences = {}
    for figure, metric in metrics.items():
        sign = 1 if figure in _LOWER_IS_BETTER else -1
        best = min((name for name in rows if name in baselines), key=lambda name: sign * rows[name][figure].value)
        between = paired_difference(metric, truth, said[ours], said[best], bootstrap=bootstrap)
        differences[figure] = {"against": best, **plain(between)}
    return {name: {figure: plain(score) for figure, score in one.items()} for name, one in rows.items()}, differences


def plain(score: Score) -> dict[str, float]:
    """A score for JSON."""
    told_of = asdict(score)
    return {key: round(float(told_of[key]), 5) for key in ("value", "low", "high")}


def cell(score: Mapping[str, Any], *, signed: bool = False) -> str:
    """A score for people."""
    form = "+.4f" if signed else ".4f"
    return f"{score['value']:{form}} [{score['low']:{form}}, {score['high']:{form}}]"

"""Platt's scaling: a slope and an offset in log-odds that make chances agree with what was seen (Platt 1999)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from purchase_agent.errors import InputError

Floats = NDArray[np.float64]

_EDGE: Final = 1e-6
_STEPS = 100
_FLAT = 1e-9
_PULL = np.asarray([4.0, 1.0])
"""Penalty, as 1 over a variance: the slope lies about 1 by half, the offset about 0 by one."""


@dataclass(frozen=True, slots=True)
class Platt:
    """``log-odds -> slope * log-odds + offset``."""

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, chance: ArrayLike) -> Floats:
        """Chances of any shape, scaled."""
        out: Floats = 1 / (1 + np.exp(-(self.slope * log_odds(chance) + self.offset)))
        return out


def log_odds(chance: ArrayLike, edge: float = _EDGE) -> Floats:
    """Of chances of any shape, held off 0 and 1 by ``edge``."""
    p = np.clip(np.asarray(chance, np.float64), edge, 1 - edge)
    out: Floats = np.log(p) - np.log1p(-p)
    return out


def fit_platt(truth: ArrayLike, chance: ArrayLike) -> Platt:
    """The likeliest scaling of [n] chances of what happened (1) or not (0) [n], held near doing nothing.

    The penalty counts as a few cases do, so it is lost among hundreds. Newton's method on a convex cost.

    Raises:
        InputError: the columns differ, or not both outcomes occur.
    """
    y, x = np.asarray(truth, np.float64), log_odds(chance)
    if y.shape != x.shape or y.ndim != 1 or not 0 < y.sum() < len(y):
        raise InputError(f"{len(y)} outcomes, {y.sum():.0f} of them 1, for {len(x)} chances", field="outcomes")
    inputs = np.stack([x, np.ones_like(x)], 1)
    plain = np.asarray([1.0, 0.0])
    at, cost = plain, _cost(plain, inputs, y)
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-inputs @ at))
        slope = inputs.T @ (p - y) + _PULL * (at - plain)
        curve = (inputs * (p * (1 - p))[:, None]).T @ inputs + np.diag(_PULL)
        step = np.linalg.solve(curve, slope)
        length = 1.0
        while (now := _cost(at - length * step, inputs, y)) > cost and length > _FLAT:
            length /= 2
        if now >= cost:
            break
        at, cost = at - length * step, now
        if np.abs(step).max() < _FLAT:
            break
    return Platt(float(at[0]), float(at[1]))


def _cost(at: Floats, inputs: Floats, y: Floats) -> float:
    score = inputs @ at
    pull = at - np.asarray([1.0, 0.0])
    return float((np.logaddexp(0, score) - y * score).sum() + 0.5 * (_PULL * pull**2).sum())

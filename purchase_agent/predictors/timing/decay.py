"""The integral of (alpha + t)^-p (beta + t)^-q over an interval: what the Pareto/NBD's hypergeometric functions are.

Their usual form takes differences of 2F1 near its singular point, overflows for frequent buyers and needs a case for
alpha >= beta and one for alpha < beta. The integral itself has no such cases: with y = ln(min(alpha, beta) + t) its
integrand is log-concave, so the part that counts is one hump, cut where it has sunk to nothing and summed by
Gauss-Legendre. All terms are positive. Tests hold it against 2F1, against its own parts and, where alpha = beta,
against its formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from purchase_agent.predictors.timing.columns import blocks
from purchase_agent.predictors.timing.history import Floats


class Precision(NamedTuple):
    """How a hump is summed: nodes, and how far the logarithm may sink below its start before it is cut."""

    nodes: int
    sunk: float


EXACT = Precision(32, 34.0)
"""Relative error below 1e-9, 1e-13 where parameters are usual."""
BRIEF = Precision(16, 20.0)
"""Relative error about 1e-8: for the steps of a search, at half the time."""

_NEAR = 1.0  # a cut this much lower is as good
_STEPS = 60  # of Newton towards the cut, of which 4 are usual
_ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Hump:
    """The integral of each row and what is needed to differentiate it.

    Attributes:
        log: [n] logarithm of the integral, -inf where the interval is empty.
        log_alpha, log_beta: [n] means of ln(alpha + t) and ln(beta + t), weighted by the integrand.
        per_alpha, per_beta: [n] means of 1 / (alpha + t) and 1 / (beta + t), weighted alike.
    """

    log: Floats
    log_alpha: Floats
    log_beta: Floats
    per_alpha: Floats
    per_beta: Floats


def log_integral(p: Floats, q: float, alpha: float, beta: float, low: Floats, high: Floats) -> Floats:
    """[n] logarithm of the integral from ``low`` [n] to ``high`` [n], with ``p`` [n] and ``q`` above 0."""
    out = np.empty(len(low))
    for part in blocks(len(low), _ROWS_AT_ONCE):
        out[part] = _nodes(p[part], q, alpha, beta, low[part], high[part], EXACT).log
    return out


def hump(
    p: Floats, q: float, alpha: float, beta: float, low: Floats, high: Floats, precision: Precision = EXACT
) -> Hump:
    """``log_integral`` together with the weighted means that its derivatives are made of."""
    out = np.empty((5, len(low)))
    for part in blocks(len(low), _ROWS_AT_ONCE):
        at = _nodes(p[part], q, alpha, beta, low[part], high[part], precision)
        out[0, part] = at.log
        for row, values in enumerate((at.log_a, at.log_b, 1 / at.a, 1 / at.b), start=1):
            out[row, part] = np.einsum("ij,ij->i", at.share, values)
    return Hump(*out)


@cache
def _rule(nodes: int) -> tuple[Floats, Floats]:
    places, weights = np.polynomial.legendre.leggauss(nodes)
    return (places + 1) / 2, weights / 2


class _Nodes(NamedTuple):
    """Log integral [n]; at the nodes [n, nodes]: their shares of it, alpha + t, beta + t and both logarithms."""

    log: Floats
    share: Floats
    a: Floats
    b: Floats
    log_a: Floats
    log_b: Floats


def _nodes(p: Floats, q: float, alpha: float, beta: float, low: Floats, high: Floats, precision: Precision) -> _Nodes:
    least = min(alpha, beta)
    more_a, more_b = alpha - least, beta - least
    start = np.log(least + low)
    width = _cut(p, q, more_a, more_b, start, np.log(least + high), precision.sunk) - start
    places, weights = _rule(precision.nodes)
    y = start[:, None] + width[:, None] * places
    past = np.exp(y)
    a, b = (past, past + more_b) if alpha <= beta else (past + more_a, past)
    log_a, log_b = (y, np.log(b)) if alpha <= beta else (np.log(a), y)
    height = y - p[:, None] * log_a - q * log_b
    top = height.max(axis=1)
    share = np.exp(height - top[:, None]) * weights
    whole = share.sum(axis=1)
    with np.errstate(divide="ignore"):  # an empty interval: the logarithm of 0
        log = top + np.log(whole * width)
    return _Nodes(log, share / whole[:, None], a, b, log_a, log_b)


def _cut(p: Floats, q: float, more_a: float, more_b: float, start: Floats, end: Floats, sunk: float) -> Floats:
    """Where the log of the integrand lies ``sunk`` below its start, or ``end``; y runs from ``start`` to ``end``.

    The log is concave in y: from beyond the cut Newton's steps come nearer and never pass it.
    """

    def height(y: Floats) -> tuple[Floats, Floats]:
        past = np.exp(y)
        a, b = past + more_a, past + more_b
        return y - p * np.log(a) - q * np.log(b), 1 - (p / a + q / b) * past

    floor = height(start)[0] - sunk
    cut = end.copy()
    for _ in range(_STEPS):
        now, slope = height(cut)
        beyond = now < floor - _NEAR
        if not beyond.any():
            break
        cut[beyond] -= ((now - floor) / slope)[beyond]
    return cut

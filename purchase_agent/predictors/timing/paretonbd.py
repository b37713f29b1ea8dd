"""Pareto/NBD: a customer buys at his own steady rate until he leaves, at any moment, with his own steady risk.

Sources: D. C. Schmittlein, D. G. Morrison, R. Colombo (1987), "Counting Your Customers: Who Are They and What Will They
Do Next?", Management Science 33(1); P. S. Fader, B. G. S. Hardie (2005), "A Note on Deriving the Pareto/NBD Model and
Related Expressions". Rates vary among customers as Gamma(r, alpha), risks as Gamma(s, beta). The likelihood's
hypergeometric functions are taken as the integral that they stand for, see ``decay``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from purchase_agent.predictors.timing.columns import check_parameters, counts, horizons, rising, rising_slope
from purchase_agent.predictors.timing.decay import BRIEF, hump, log_integral
from purchase_agent.predictors.timing.history import Floats, Histories
from purchase_agent.predictors.timing.rows import Rows


@dataclass(frozen=True, slots=True)
class ParetoNbd:
    """The model with its four parameters, all above 0; ``alpha`` and ``beta`` in units of ``unit`` days (7: weeks)."""

    r: float
    alpha: float
    s: float
    beta: float
    unit: float = 1.0

    def __post_init__(self) -> None:
        check_parameters({name: getattr(self, name) for name in ("r", "alpha", "s", "beta", "unit")})

    def log_likelihood(self, h: Histories) -> Floats:
        """[n] log density of each history, its times measured in ``unit`` days."""
        place = counts(h.x)
        age = h.T / self.unit
        stays = self._stays(h, age)
        left = np.log(self.s) + self._left(h)
        known = rising(self.r, int(place.max(initial=0)))[place]
        known += self.r * np.log(self.alpha) + self.s * np.log(self.beta)
        out: Floats = known + np.logaddexp(stays, left)
        return out

    def p_alive(self, h: Histories) -> Floats:
        """[n] chance that the customer has not left."""
        log_odds_left = np.log(self.s) + self._left(h) - self._stays(h, h.T / self.unit)
        out: Floats = np.exp(-np.logaddexp(0, log_odds_left))
        return out

    def cdf(self, h: Histories, days: ArrayLike) -> Floats:
        """[n, k] chance of at least one purchase within ``days`` [k] after the day of the histories.

        1 - L(x, t_x, T + h) / L(x, t_x, T), written as the integral of the density of the next purchase: it grows with
        the days and stays in [0, 1] to the last digit that floats have.
        """
        ahead = horizons(days, self.unit)
        age = h.T / self.unit
        order = np.argsort(ahead, kind="stable")
        out = np.empty((len(h), len(ahead)))
        before, sum_so_far = age, np.zeros(len(h))
        base = self._stays(h, age) - np.log(self.r + h.x)
        alive = self.p_alive(h)
        for column in order:  # from one horizon to the next, so that the sums cannot fall
            upto = age + ahead[column]
            part = log_integral(self.r + h.x + 1, self.s, self.alpha, self.beta, before, upto)
            sum_so_far = sum_so_far + np.exp(part - base)
            out[:, column] = np.minimum(sum_so_far, 1.0) * alive
            before = upto
        return out

    def expected_purchases(self, h: Histories, days: ArrayLike) -> Floats:
        """[n, k] mean number of purchases within ``days`` [k]."""
        age = (h.T / self.unit)[:, None]
        reach = np.log1p(horizons(days, self.unit) / (self.beta + age))
        power = (self.s - 1) * reach
        small = np.abs(power) < 1e-9  # there the mean is its limit, to all digits that count
        stay = np.where(small, reach, -np.expm1(-power) / np.where(small, 1.0, power) * reach)
        rate = (self.r + h.x[:, None]) / (self.alpha + age)
        return rate * (self.beta + age) * stay * self.p_alive(h)[:, None]

    def _stays(self, h: Histories, until: Floats) -> Floats:
        return -(self.r + h.x) * np.log(self.alpha + until) - self.s * np.log(self.beta + until)

    def _left(self, h: Histories) -> Floats:
        low, high = h.t_x / self.unit, h.T / self.unit
        return log_integral(self.r + h.x, self.s + 1, self.alpha, self.beta, low, high)


def total(parameters: Floats, rows: Rows) -> tuple[float, Floats]:
    """Weighted sum of the rows' log-likelihoods and its derivatives [4] by (r, alpha, s, beta)."""
    r, alpha, s, beta = map(float, parameters)
    x, age, weight, most = rows.x, rows.age, rows.weight, len(rows.per_count) - 1
    log_a, log_b = np.log(alpha + age), np.log(beta + age)
    stays = -(r + x) * log_a - s * log_b
    gone = hump(r + x, s + 1, alpha, beta, rows.t_x, age, BRIEF)
    log_left = np.log(s) + gone.log
    either = np.logaddexp(stays, log_left)
    left = weight * np.exp(log_left - either)
    here = weight - left
    everyone = weight.sum()
    slopes = [
        rows.per_count @ rising_slope(r, most) + everyone * np.log(alpha) - here @ log_a - left @ gone.log_alpha,
        everyone * r / alpha - (here * (r + x)) @ (1 / (alpha + age)) - (left * (r + x)) @ gone.per_alpha,
        everyone * np.log(beta) - here @ log_b + left.sum() / s - left @ gone.log_beta,
        everyone * s / beta - s * (here @ (1 / (beta + age))) - (s + 1) * (left @ gone.per_beta),
    ]
    rest = everyone * (r * np.log(alpha) + s * np.log(beta))
    return float(rows.per_count @ rising(r, most) + rest + weight @ either), np.array(slopes)

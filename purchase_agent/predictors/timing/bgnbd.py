"""BG/NBD: a customer buys at his own steady rate and may leave for good right after any repeat purchase.

Source: P. S. Fader, B. G. S. Hardie, K. L. Lee (2005), "'Counting Your Customers' the Easy Way: An Alternative to the
Pareto/NBD Model", Marketing Science 24(2). Rates vary among customers as Gamma(r, alpha), chances to leave as
Beta(a, b). The chance of no purchase until T + h is L(x, t_x, T + h) / L(x, t_x, T), which has no special functions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from purchase_agent.errors import MissingExtraError
from purchase_agent.predictors.timing.columns import blocks, check_parameters, counts, horizons, rising, rising_slope
from purchase_agent.predictors.timing.history import Floats, Histories
from purchase_agent.predictors.timing.rows import Rows

_ROWS_AT_ONCE = 4096
_NEAR_ONE = 1e-5  # the mean number of purchases is 0 / 0 at a = 1


@dataclass(frozen=True, slots=True)
class BgNbd:
    """The model with its four parameters, all above 0; ``alpha`` is in units of ``unit`` days (7: weeks)."""

    r: float
    alpha: float
    a: float
    b: float
    unit: float = 1.0

    def __post_init__(self) -> None:
        check_parameters({name: getattr(self, name) for name in ("r", "alpha", "a", "b", "unit")})

    def log_likelihood(self, h: Histories) -> Floats:
        """[n] log density of each history, its times measured in ``unit`` days."""
        place = counts(h.x)
        most = int(place.max(initial=0))
        now = np.log(self.alpha + h.T / self.unit)
        since = now - np.log(self.alpha + h.t_x / self.unit)
        left = _log_odds(self.a, self.b, most)[place] + (self.r + h.x) * since
        known = _table(self.r, self.a, self.b, most)[place] + self.r * np.log(self.alpha)
        out: Floats = known - (self.r + h.x) * now + np.logaddexp(0, left)
        return out

    def p_alive(self, h: Histories) -> Floats:
        """[n] chance that the customer has not left; 1 where he has not come back yet, as he could not leave."""
        out = np.empty(len(h))
        for part in blocks(len(h), _ROWS_AT_ONCE):
            x, last = h.x[part], self.alpha + h.t_x[part] / self.unit
            since = np.log(self.alpha + h.T[part] / self.unit) - np.log(last)
            left = np.log(self.a) - np.log(self.b + np.maximum(x - 1, 0)) + (self.r + x) * since
            out[part] = np.where(x > 0, np.exp(-np.logaddexp(0, left)), 1.0)
        return out

    def cdf(self, h: Histories, days: ArrayLike) -> Floats:
        """[n, k] chance of at least one purchase within ``days`` [k] after the day of the histories."""
        ahead, alive = horizons(days, self.unit), self.p_alive(h)
        out = np.empty((len(h), len(ahead)))
        for part in blocks(len(h), _ROWS_AT_ONCE):
            reach = np.log1p(ahead / (self.alpha + h.T[part] / self.unit)[:, None])
            out[part] = -np.expm1(-(self.r + h.x[part])[:, None] * reach) * alive[part, None]
        return out

    def expected_purchases(self, h: Histories, days: ArrayLike) -> Floats:
        """[n, k] mean number of purchases within ``days`` [k]: eq. 10 of the paper, twice transformed.

        After Euler's and Pfaff's transformations the hypergeometric function has the counts in its lower parameter
        only, so frequent buyers make its series shorter. Where ``a`` is so large that it overflows all the same,
        chances to leave hardly differ among customers and their mean is used.

        Raises:
            MissingExtraError: scipy, which has that function, is not installed.
        """
        if abs(self.a - 1) < _NEAR_ONE:  # both sides of the gap: the mean is off by its square
            sides = [BgNbd(self.r, self.alpha, 1 + side, self.b, self.unit) for side in (-2 * _NEAR_ONE, 2 * _NEAR_ONE)]
            below, above = (side.expected_purchases(h, days) for side in sides)
            return (below + above) / 2
        try:
            from scipy.special import hyp2f1
        except ImportError as error:
            raise MissingExtraError("the mean number of purchases", "train") from error
        x = h.x[:, None]
        past = horizons(days, self.unit) / (self.alpha + h.T / self.unit)[:, None]
        whole = self.a + self.b + x - 1
        with np.errstate(over="ignore", invalid="ignore"):
            series = hyp2f1(self.a - 1, self.a + self.b - 1 - self.r, whole, past / (1 + past))
            mean: Floats = whole / (self.a - 1) * (1 - (1 + past) ** (1 - self.a) * series)
        leaves = self.a / (self.a + self.b + x)
        plain = -np.expm1(-(self.r + x) * np.log1p(leaves * past)) / leaves
        return np.where(np.isfinite(mean), mean, plain) * self.p_alive(h)[:, None]


def total(parameters: Floats, rows: Rows) -> tuple[float, Floats]:
    """Weighted sum of the rows' log-likelihoods and its derivatives [4] by (r, alpha, a, b)."""
    r, alpha, a, b = map(float, parameters)
    most = len(rows.per_count) - 1
    never, back = slice(rows.never), slice(rows.never, None)
    weight, age = rows.weight[never], rows.age[never]
    never_grown, never_per = weight @ np.log1p(age / alpha), weight @ (1 / (alpha + age))

    weight, x = rows.weight[back], rows.x[back]
    now, last = alpha + rows.age[back], alpha + rows.t_x[back]
    grown = np.log1p(rows.age[back] / alpha)  # ln(now / alpha): no difference of large numbers
    since = grown - np.log1p(rows.t_x[back] / alpha)
    odds = _log_odds(a, b, most)[rows.place[back]] + (r + x) * since  # log odds to have left
    less = np.exp(-np.abs(odds))  # of the two chances, that of left and stayed, their ratio
    gone = weight * np.where(odds > 0, 1, less) / (1 + less)
    either = np.maximum(odds, 0) + np.log(1 + less)

    counted = weight * (r + x)
    of_ab = rising_slope(a + b, most)
    value = (
        rows.per_count @ _table(r, a, b, most) - (weight @ x) * np.log(alpha) - r * never_grown - counted @ grown
        + weight @ either
    )  # fmt: skip
    gone_by_count = np.bincount(rows.place[back], weights=gone, minlength=most + 1)[1:]
    slopes = [
        rows.per_count @ rising_slope(r, most) - never_grown - weight @ grown + gone @ since,
        rows.weight.sum() * r / alpha - r * never_per - counted @ (1 / now) + (gone * (r + x)) @ (1 / now - 1 / last),
        gone_by_count.sum() / a - rows.per_count @ of_ab,
        rows.per_count @ (rising_slope(b, most) - of_ab) - gone_by_count @ (1 / (b + np.arange(most))),
    ]
    return float(value), np.array(slopes)


def _table(r: float, a: float, b: float, most: int) -> Floats:
    """[most + 1] what a number of repeat purchases adds to the log-likelihood, whenever they were."""
    return rising(r, most) + rising(b, most) - rising(a + b, most)


def _log_odds(a: float, b: float, most: int) -> Floats:
    """[most + 1] log odds to leave right after the last of so many repeat purchases; never after none."""
    return np.concatenate([[-np.inf], np.log(a) - np.log(b + np.arange(most))])

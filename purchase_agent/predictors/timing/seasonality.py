"""How a shop's calendar speeds purchases up and slows them down: weekdays (and closed ones), months, holidays.

The closed forms know no calendar. Here each day has a factor, 1 on average over the history, and a model is asked for
operational time: the sum of the factors of the days ahead in place of their number (a closed Sunday adds almost none,
a busy December adds more). Day numbers count from 1970-01-01.

Factors are ratios of the repeat purchases seen to those that a fitted model expects of the same customers, so growth
of the shop and customers leaving do not look like seasons. Each is shrunk towards 1 twice: by ``strength`` purchases
as expected, and by its occasions, for a month seen in one year may have been that year's: of the logarithm of an
effect seen on m occasions, m / (m + 1) stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from purchase_agent.errors import InputError
from purchase_agent.predictors.timing.history import Days, Floats, Histories

_WEEKDAY_OF_DAY_0 = 3  # 1970-01-01 was a Thursday; Monday is 0
_DAYS_A_MONTH = 365.25 / 12
_ROUNDS = 50  # of adjusting one family of factors to the others; they settle in a few
_FARTHEST = 36_525.0  # days ahead
_CLOSED = 10.0  # purchases that an open weekday would have had


class Expects(Protocol):
    """A fitted model: either closed form."""

    def expected_purchases(self, h: Histories, days: ArrayLike) -> Floats:
        """[n, k] mean number of purchases within ``days`` [k]."""
        ...


@dataclass(frozen=True, slots=True)
class Holiday:
    """A named event and the days it falls on, past and ahead; ``factor`` multiplies those days."""

    name: str
    days: tuple[int, ...]
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Seasonality:
    """Factors of a day: of its weekday (Monday first), its month (January first) and its holidays, times ``level``.

    ``closed`` are the weekdays (Monday 0) on which nobody ever bought; their factor is small, never 0, so that a first
    purchase on such a day is unlikely and not impossible.
    """

    weekday: tuple[float, ...] = (1.0,) * 7
    month: tuple[float, ...] = (1.0,) * 12
    holidays: tuple[Holiday, ...] = ()
    level: float = 1.0
    closed: tuple[int, ...] = ()

    def factor(self, days: ArrayLike) -> Floats:
        """[k] factors of day numbers [k]."""
        when = np.asarray(days, dtype=np.int64)
        out: Floats = np.array(self.weekday)[_weekdays(when)] * np.array(self.month)[_months(when)] * self.level
        for holiday in self.holidays:
            out[np.isin(when, holiday.days)] *= holiday.factor
        return out

    def ahead(self, as_of_day: int, days: ArrayLike) -> Floats:
        """[k] operational days in the ``days`` [k] that follow ``as_of_day``; give these to a model's ``cdf``.

        Raises:
            InputError: days are negative or a century away.
        """
        until = np.atleast_1d(np.asarray(days, dtype=np.float64))
        if not ((until >= 0) & (until <= _FARTHEST)).all():
            raise InputError(f"days ahead are not from 0 to {_FARTHEST:.0f}", field="days")
        last = int(np.ceil(until.max(initial=0)))
        clock = np.concatenate([[0.0], np.cumsum(self.factor(as_of_day + 1 + np.arange(last)))])
        passed: Floats = np.interp(until, np.arange(last + 1), clock)
        return passed


def fit_seasonality(
    h: Histories, model: Expects, *, holidays: Mapping[str, ArrayLike] | None = None, strength: float = 10.0
) -> Seasonality:
    """The calendar of the shop whose histories these are, from no day after theirs.

    Args:
        h: histories in days from 1970-01-01, all customers of the shop.
        model: fitted to ``h``.
        holidays: name -> its day numbers, past ones to learn from and coming ones to apply it to.
        strength: purchases as expected that are added to what is seen of each factor.

    Raises:
        InputError: ``strength`` is not above 0.
    """
    if not 0 < strength < np.inf:
        raise InputError(f"strength is {strength}, not above 0", field="strength")
    named = [
        Holiday(name, tuple(np.asarray(days, np.int64).ravel().tolist())) for name, days in (holidays or {}).items()
    ]
    if not len(h):
        return Seasonality(holidays=tuple(named))
    days = np.arange(int(h.first.min()), h.as_of_day + 1)
    seen = np.bincount(h.days - days[0], minlength=len(days))
    new = np.bincount(h.first - days[0], minlength=len(days))
    repeats = (seen - new).astype(np.float64)
    expected = _expected(model, new)
    expected *= repeats.sum() / max(expected.sum(), np.finfo(np.float64).tiny)
    weekday = _Family(_weekdays(days), 7)
    families = [weekday, _Family(_months(days), 12, _DAYS_A_MONTH)]
    families += [_Family(np.isin(days, one.days).astype(np.int64), 2, none_first=True) for one in named]
    factors = _adjusted(repeats, expected, families, strength)
    level = repeats.sum() / (expected @ _product(families, factors)) if repeats.any() else 1.0
    return Seasonality(
        tuple(factors[0].tolist()),
        tuple(factors[1].tolist()),
        tuple(replace(one, factor=float(own[1])) for one, own in zip(named, factors[2:], strict=True)),
        float(level),
        tuple(np.flatnonzero((weekday.sums(seen) == 0) & (weekday.sums(expected) >= _CLOSED)).tolist()),
    )


def _expected(model: Expects, new: NDArray[np.intp]) -> Floats:
    """[days] repeat purchases that the model expects of each day's customers, from their first days alone."""
    none = np.zeros(1)
    stranger = Histories(0, [""], none, none, none, none, np.zeros(1, np.int64), np.array([0, 1]))
    mean = model.expected_purchases(stranger, np.arange(len(new)))[0]
    by_age = np.concatenate([[0.0], np.maximum(np.diff(mean), 0)])
    return np.convolve(new.astype(np.float64), by_age)[: len(new)]


@dataclass(frozen=True, slots=True, eq=False)
class _Family:
    """Factors of one kind: which of them each day has [days], how many there are, how many days are one occasion."""

    which: Days
    size: int
    span: float = 1.0
    none_first: bool = False  # the first stands for no effect at all

    def sums(self, values: ArrayLike) -> Floats:
        return np.bincount(self.which, weights=values, minlength=self.size).astype(np.float64)


def _adjusted(repeats: Floats, expected: Floats, families: Sequence[_Family], strength: float) -> list[Floats]:
    """Factors of each family given those of all others, in turns."""
    factors = [np.ones(family.size) for family in families]
    for _ in range(_ROUNDS):
        for own, family in enumerate(families):
            others = expected * _product(families, factors) / factors[own][family.which]
            ratio = (family.sums(repeats) + strength) / (family.sums(others) + strength)
            occasions = np.bincount(family.which, minlength=family.size) / family.span
            factors[own] = ratio ** (occasions / (occasions + 1))
            if family.none_first:
                factors[own][0] = 1.0
    return factors


def _product(families: Sequence[_Family], factors: Sequence[Floats]) -> Floats:
    out: Floats = np.prod([own[family.which] for own, family in zip(factors, families, strict=True)], axis=0)
    return out


def _weekdays(days: Days) -> Days:
    return (days + _WEEKDAY_OF_DAY_0) % 7


def _months(days: Days) -> Days:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12

"""Maximum likelihood for both closed forms, fast enough to be done anew for every cut of a backtest.

Customers with the same (x, t_x, T) are one row with a weight. L-BFGS-B works on the logarithms of the parameters, with
derivatives in closed form: from several starts on a sample that has some of every kind of customer, then from the best
end on all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from purchase_agent.errors import InputError, MissingExtraError
from purchase_agent.predictors.timing import bgnbd, paretonbd
from purchase_agent.predictors.timing.bgnbd import BgNbd
from purchase_agent.predictors.timing.history import Floats, Histories
from purchase_agent.predictors.timing.paretonbd import ParetoNbd
from purchase_agent.predictors.timing.rows import Rows, grouped

Model = TypeVar("Model", BgNbd, ParetoNbd)
_Total = Callable[[Floats, Rows], tuple[float, Floats]]

_REACH = 12.0  # a parameter may end up e^12 times as large or as small as where it began
_FLAT = 1e-4  # slope of the mean log-likelihood by a logarithm: on a ridge rounding leaves this, elsewhere 1e-8
_SAMPLE, _SAMPLE_REPEATERS = 1000, 100  # rows
_ROUGH: dict[str, float] = {"maxiter": 200, "ftol": 1e-7, "gtol": 1e-4, "maxcor": 10}
_FINE: dict[str, float] = {"maxiter": 500, "maxfun": 1000, "ftol": 1e-15, "gtol": 1e-8, "maxcor": 10}


@dataclass(frozen=True, slots=True)
class Fitted(Generic[Model]):
    """A model and how it was found.

    Attributes:
        model: the parameters, in units of ``model.unit`` days.
        log_likelihood: of all customers together, without the penalty.
        converged: the slope is flat in every direction that a bound does not stop.
        at_bounds: parameters that ran to the end of what is searched: the data hardly speak of them.
        customers, repeaters, repeats: rows, rows with a repeat purchase, repeat purchases.
        groups: rows that differ.
        evaluations: of the likelihood, all starts together.
    """

    model: Model
    log_likelihood: float
    converged: bool
    at_bounds: tuple[str, ...]
    customers: int
    repeaters: int
    repeats: int
    groups: int
    evaluations: int


def fit_bgnbd(h: Histories, *, penalty: float = 0.0, unit: float = 1.0) -> Fitted[BgNbd]:
    """The BG/NBD under which these histories are likeliest.

    Args:
        h: histories that end at one day.
        penalty: ``penalty`` times the squared distance of each parameter's logarithm from a plain start (r, a, b: 1;
            alpha: the mean age) is taken off the log-likelihood of all customers. 0 is maximum likelihood; 0.1 to 1
            holds the parameters of a short history and is lost among thousands of customers.
        unit: days that one unit of time has.

    Raises:
        InputError: nobody repeats, or an argument is out of range.
        MissingExtraError: scipy is not installed.
    """
    age = _mean_age(h, penalty, unit)
    plain = np.array([1.0, age, 1.0, 1.0])
    starts = [plain * start for start in ([1.0, 1.0, 1.0, 1.0], [0.3, 0.3, 0.3, 1.0], [3.0, 1.0, 0.1, 3.0])]
    return _fit(h, penalty, unit, BgNbd, ("r", "alpha", "a", "b"), bgnbd.total, plain, starts)


def fit_pareto(h: Histories, *, penalty: float = 0.0, unit: float = 1.0) -> Fitted[ParetoNbd]:
    """The Pareto/NBD under which these histories are likeliest.

    Args:
        h: histories that end at one day.
        penalty: as in ``fit_bgnbd``, from r = s = 1 and alpha = beta = the mean age.
        unit: days that one unit of time has.

    Raises:
        InputError: nobody repeats, or an argument is out of range.
        MissingExtraError: scipy is not installed.
    """
    age = _mean_age(h, penalty, unit)
    plain = np.array([1.0, age, 1.0, age])
    starts = [plain * start for start in ([1.0, 1.0, 1.0, 1.0], [0.3, 0.3, 0.3, 0.3], [1.0, 0.3, 0.3, 3.0])]
    return _fit(h, penalty, unit, ParetoNbd, ("r", "alpha", "s", "beta"), paretonbd.total, plain, starts)


def _mean_age(h: Histories, penalty: float, unit: float) -> float:
    for name, value, fine in (("penalty", penalty, penalty >= 0), ("unit", unit, unit > 0)):
        if not (fine and np.isfinite(value)):
            raise InputError(f"{name} is {value}", field=name)
    if not h.x.any():
        raise InputError(
            f"none of {len(h)} customers bought on a second day (as of day {h.as_of_day})",
            hint="timing needs customers who came back: give a longer history or more customers",
        )
    return float(h.T.mean() / unit)


def _fit(
    h: Histories,
    penalty: float,
    unit: float,
    kind: Callable[[float, float, float, float, float], Model],
    names: Sequence[str],
    total: _Total,
    plain: Floats,
    starts: Sequence[Floats],
) -> Fitted[Model]:
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise MissingExtraError("fitting purchase timing", "train") from error
    rows = grouped(h, unit)
    centre = np.log(plain)
    low, high = centre - _REACH, centre + _REACH
    evaluations = 0

    def search(rows: Rows, start: Floats, options: dict[str, float]) -> Any:
        nonlocal evaluations
        everyone = rows.weight.sum()

        def cost(logs: Floats) -> tuple[float, Floats]:
            parameters, off = np.exp(logs), logs - centre
            value, slopes = total(parameters, rows)
            return (
                (penalty * float(off @ off) - value) / everyone,
                (2 * penalty * off - slopes * parameters) / everyone,
            )

        bounds = list(zip(low, high, strict=True))
        end = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        evaluations += end.nfev
        return end

    few = _sample(rows)
    best = min((search(few, np.log(start), _ROUGH) for start in starts), key=lambda end: float(end.fun))
    best = search(rows, best.x, _FINE)
    logs: Floats = best.x
    stuck = (logs <= low) | (logs >= high)
    parameters = np.exp(logs)
    first, second, third, fourth = map(float, parameters)
    return Fitted(
        kind(first, second, third, fourth, unit),
        total(parameters, rows)[0],
        bool((np.abs(best.jac[~stuck]) < _FLAT).all()),
        tuple(name for name, held in zip(names, stuck, strict=True) if held),
        len(h),
        int((h.x > 0).sum()),
        int(h.x.sum()),
        len(rows),
        evaluations,
    )


def _sample(rows: Rows) -> Rows:
    """Rows enough to come near the best parameters; all, where those who came back would be too few."""
    if len(rows) <= _SAMPLE:
        return rows
    few = rows.thinned(_SAMPLE)
    return few if len(few) - few.never >= _SAMPLE_REPEATERS else rows

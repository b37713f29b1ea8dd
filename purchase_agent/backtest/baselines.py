"""What one would say without the models: the rate of the window before, and the two closed forms fitted on the past."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from purchase_agent.backtest.moments import DAY_S, Floats, Moment, waits
from purchase_agent.errors import InputError, MissingExtraError
from purchase_agent.event_files import Shoppers
from purchase_agent.events import Step, day_of
from purchase_agent.predictors.timing.fit import fit_bgnbd, fit_pareto
from purchase_agent.predictors.timing.history import build

PRIOR, BG_NBD, PARETO_NBD = "base rate of the window before", "BG/NBD", "Pareto/NBD"
_FORMS: dict[str, Callable[..., Any]] = {BG_NBD: fit_bgnbd, PARETO_NBD: fit_pareto}
_PENALTY = 0.1  # holds the parameters of a short history; lost among thousands of customers


@dataclass(frozen=True, slots=True)
class Before:
    """Who bought in the window that ended at a moment: of all known at its start, and of those who never had bought."""

    shoppers: int
    rate: float
    newcomers: float


def before(shoppers: Shoppers, at: float, days: int) -> Before:
    """Rates in the window of ``days`` before a moment; half a buyer is added, so that none is 0."""
    start = at - days * DAY_S
    ids = [name for name, steps in shoppers.steps.items() if steps[0].at <= start]
    came = waits(shoppers.steps, ids, start) <= days
    new = np.asarray([not _bought(shoppers.steps[name], start) for name in ids], bool)
    rate = (came.sum() + 0.5) / (len(ids) + 1)
    # Where hardly anybody was new, the rate of all tells more than one of three shoppers.
    newcomers = (came[new].sum() + rate) / (new.sum() + 1)
    return Before(len(ids), float(rate), float(newcomers))


def closed_forms(moment: Moment, zone: str, days: Sequence[int]) -> tuple[dict[str, Floats], list[str]]:
    """Name -> [n, days] chances as fitted on the purchases up to a moment, and why one is missing.

    NaN where a shopper never had bought: these forms say nothing of him.
    """
    found: dict[str, Floats] = {}
    notes: list[str] = []
    past = build(moment.purchase_days, day_of(moment.at, zone))
    for name, fit in _FORMS.items():
        try:
            form = fit(past, penalty=_PENALTY).model
        except (InputError, MissingExtraError) as error:
            notes.append(f"{name} is left out: {error}")
            continue
        found[name] = np.full((len(moment.ids), len(days)), np.nan)
        found[name][moment.bought] = form.cdf(past, days)
    return found, notes


def _bought(steps: list[Step], at: float) -> bool:
    return any(steps[place].action == "purchase" for place in range(bisect_right(steps, at, key=lambda step: step.at)))

"""What a timing model is made of, and how its parts become one CDF: used alike to fit it and to answer with it.

Four parts tell how likely a purchase is: BG/NBD, Pareto/NBD, a linear hazard and boosted trees. The last two are
conditional hazards of the intervals between horizons, chained into a CDF; an interval that they were not fitted for
goes on as the closed forms do. At each horizon the parts are pooled in log-odds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from purchase_agent.labels import HORIZONS
from purchase_agent.predictors.timing import features
from purchase_agent.predictors.timing.bgnbd import BgNbd
from purchase_agent.predictors.timing.features import FORMS, NAMES, Past, log_odds
from purchase_agent.predictors.timing.history import Floats
from purchase_agent.predictors.timing.paretonbd import ParetoNbd

YEAR = 365
DAYS: tuple[int, ...] = (*HORIZONS, YEAR)
"""Days ahead of the CDF. The last is never pooled: it goes on as the closed forms do."""
LEARNED: tuple[str, ...] = ("linear", "trees")
PARTS: tuple[str, ...] = (*LEARNED, *FORMS)
_BENT: tuple[str, ...] = ("age", "paretonbd_30", "paretonbd_active")
"""Columns whose slope is another one for those who bought once."""
_SURE = 1 - 1e-9
_ONCE = "mean_gap"  # not known of them


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Linear(_Part):
    """Log-odds of a purchase in an interval: a linear function of standardised columns, their squares, and of whether
    somebody bought once only. A column is not followed beyond ``low`` and ``high`` (standardised), where few were seen.
    """

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def score(self, columns: NDArray[np.float32], names: Sequence[str]) -> Floats:
        """[n] of columns [n, names]."""
        rows = design(columns, names, *map(np.asarray, (self.centre, self.scale, self.low, self.high)))
        # Row by row: a product of matrices would round a row otherwise in another batch.
        out: Floats = (rows * np.asarray(self.weights)).sum(1) + self.bias
        return out


class Pooling(_Part):
    """Of one horizon: ``weights`` of the log-odds of each of ``PARTS``, and a ``bias``."""

    weights: tuple[float, ...]
    bias: float

    def score(self, parts: Mapping[str, Floats], column: int) -> Floats:
        """[n] pooled log-odds from each part's [n, DAYS]."""
        out = np.full(len(parts[PARTS[0]]), self.bias)
        for weight, name in zip(self.weights, PARTS, strict=True):
            out += weight * parts[name][:, column]
        return out


class Form(_Part):
    """Four parameters of a closed form, in days."""

    parameters: tuple[float, float, float, float]


class Parameters(_Part):
    """``timing.json``.

    ``columns`` of ``features.NAMES`` go into the hazards; ``linear`` has one for each interval that was fitted, from
    the first on, and ``trees`` of the ONNX file as many columns for each of ``bags``. ``day_factor``: how busy each
    weekday of the shop is, Monday first; ``spent_scale``: its usual logarithm of an amount. ``drift``: by horizon, how
    far ln(observed / predicted) rate strayed from 0 at past cuts, beyond chance.
    """

    name: str
    calibrated_on: str
    bgnbd: Form
    paretonbd: Form
    columns: tuple[str, ...]
    day_factor: tuple[float, ...]
    spent_scale: float | None
    linear: tuple[Linear, ...]
    bags: int
    tree_offsets: tuple[float, ...]
    pooling: tuple[Pooling, ...]
    drift: dict[str, float]


@dataclass(frozen=True, slots=True)
class Basis:
    """What columns rest on: closed forms fitted and, for one shop, its weekdays and its prices."""

    bgnbd: BgNbd
    paretonbd: ParetoNbd
    day_factor: tuple[float, ...] = (1.0,) * 7
    spent_scale: float | None = None

    @classmethod
    def of(cls, told: Parameters) -> Basis:
        """The one that ``timing.json`` tells."""
        return cls(
            BgNbd(*told.bgnbd.parameters), ParetoNbd(*told.paretonbd.parameters), told.day_factor, told.spent_scale
        )


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Of n rows: ``forms`` name -> CDF [n, DAYS]; ``active`` [n] chance of being a customer still, of the
    Pareto/NBD; ``table`` [n, names]."""

    forms: dict[str, Floats]
    active: Floats
    table: NDArray[np.float32]


def columns_of(past: Past, basis: Basis, names: Sequence[str]) -> Columns:
    """Everything that the parts need to know of rows."""
    h = past.histories()
    models: dict[str, BgNbd | ParetoNbd] = dict(zip(FORMS, (basis.bgnbd, basis.paretonbd), strict=True))
    busy = busy_days(past, np.asarray(basis.day_factor))
    forms = {name: -np.expm1(np.log1p(-np.minimum(model.cdf(h, DAYS), _SURE)) * busy) for name, model in models.items()}
    active = {name: model.p_alive(h) for name, model in models.items()}
    found = features.rhythm(past) | features.closed(forms, active)
    found |= features.calendar(past, np.asarray(basis.day_factor), basis.spent_scale)
    return Columns(forms, active[FORMS[1]], features.table(found, names))


def busy_days(past: Past, day_factor: Floats) -> Floats:
    """[n, DAYS] how busy the days ahead are beside as many usual ones: closed forms know no closed day."""
    day_factor = day_factor / day_factor.mean()
    ahead = day_factor[(np.arange(7)[:, None] + 1 + np.arange(YEAR)) % 7]  # by the weekday of the as-of day
    usual = np.cumsum(ahead, 1)[:, np.asarray(DAYS) - 1] / np.asarray(DAYS)
    out: Floats = usual[features.weekday(past.as_of)]
    return out


def hazard_columns(*, own: bool) -> tuple[str, ...]:
    """Columns of the hazards: all for one's own shop, those that mean the same in all for a shop that nobody knows."""
    return NAMES if own else tuple(name for name in NAMES if name not in features.CALENDAR)


def design(
    columns: NDArray[np.float32], names: Sequence[str], centre: Floats, scale: Floats, low: Floats, high: Floats
) -> Floats:
    """[n, terms] of the linear hazard from columns [n, names]; a column that is not known is at its centre."""
    rows = np.clip((columns.astype(np.float64) - centre) / scale, low, high)
    once = np.isnan(rows[:, [names.index(_ONCE)]])
    rows = np.where(np.isnan(rows), 0.0, rows)
    bent = rows[:, [names.index(name) for name in _BENT]] * once
    return np.concatenate([rows, rows * rows / 2, once, bent], 1)


def chained(hazards: Sequence[Floats], forms: Mapping[str, Floats]) -> Floats:
    """[n, DAYS] CDF from log-odds [n] of a purchase in each interval; further intervals as the closed forms go on."""
    n = len(next(iter(forms.values())))
    survived = np.zeros((n, len(DAYS)))
    so_far = np.zeros(n)
    usual = {name: np.log(np.maximum(1 - cdf, 1e-9)) for name, cdf in forms.items()}
    for place in range(len(DAYS)):
        if place < len(hazards):
            so_far = so_far - np.logaddexp(0, hazards[place])
        else:
            steps = [logs[:, place] - (logs[:, place - 1] if place else 0) for logs in usual.values()]
            so_far = so_far + sum(steps) / len(steps)
        survived[:, place] = so_far
    out: Floats = -np.expm1(survived)
    return out


def part_log_odds(columns: Columns, linear: Sequence[Floats], trees: Sequence[Floats]) -> dict[str, Floats]:
    """Part -> log-odds [n, DAYS]; ``linear`` and ``trees`` are hazards of the intervals fitted, each [n]."""
    cdfs = {"linear": chained(linear, columns.forms), "trees": chained(trees, columns.forms), **columns.forms}
    return {name: log_odds(cdfs[name]) for name in PARTS}


def pooled(parts: Mapping[str, Floats], pooling: Sequence[Pooling], forms: Mapping[str, Floats]) -> Floats:
    """[n, DAYS] the CDF, which never falls."""
    scores = [one.score(parts, column) for column, one in enumerate(pooling)]
    chances = np.stack([1 / (1 + np.exp(-score)) for score in scores], 1)
    chances = np.maximum.accumulate(chances, 1)
    stays = [np.maximum(1 - cdf, 1e-9) for cdf in forms.values()]
    goes_on = np.mean([left[:, -1] / left[:, -2] for left in stays], 0)
    year = 1 - (1 - chances[:, -1]) * np.minimum(goes_on, 1.0)
    return np.concatenate([chances, year[:, None]], 1)

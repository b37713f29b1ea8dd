"""The learned parts of the timing model: closed forms, a linear hazard and boosted trees, fitted at past cuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from purchase_agent.labels import HORIZONS
from purchase_agent.predictors.timing.features import Past
from purchase_agent.predictors.timing.fit import fit_bgnbd, fit_pareto
from purchase_agent.predictors.timing.history import Floats, Histories
from purchase_agent.predictors.timing.parts import (
    LEARNED,
    Basis,
    Columns,
    Linear,
    columns_of,
    design,
    hazard_columns,
    part_log_odds,
)
from purchase_agent.predictors.timing.seasonality import fit_seasonality
from purchase_agent.training import trees
from purchase_agent.training.timing_rows import Shop, part_of, rows_at

LEVELS = (20.0, 60.0, 180.0)
"""Days in which what a past cut says of the level of a hazard loses half its weight: the one is taken that would have
served best at past cuts."""
_MEMORY = 75.0  # the same for all else that is learnt
_PENALTY = 0.1  # of the closed forms: holds parameters that a shop's data do not speak of
_RIDGE = 20.0  # rows' worth of pull on each linear weight
_STEPS, _SMALLEST = 40, 1e-3  # of Newton's method
_KNOWN = 0.01  # share of rows that must have a column
_OTHERS = 10  # rows without a purchase for each with one; the rest is thinned and weighs more
_MOST = 150_000  # rows that a hazard of one interval is fitted on
_EDGE_SHARE = 0.02  # per cent of rows at either end of a column that are not followed
_FEWEST_BOUGHT = 30  # rows with a purchase below which an interval is not fitted

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class HazardSettings:
    """How hazards are fitted.

    ``own``: one shop's calendar and prices are columns, and its newest level counts. ``rows``: customers at cuts that
    are looked at, all shops together; ``bags``: forests whose mean is told, each of another resample of customers.
    ``warm_up``: days before the first cut. ``horizons``: the first of HORIZONS, those that the shops were watched long
    enough for.
    """

    own: bool = True
    rows: int = 300_000
    bags: int = 3
    warm_up: int = 30
    horizons: tuple[int, ...] = HORIZONS
    trees: trees.TreeSettings = field(
        default_factory=lambda: trees.TreeSettings(rounds=100, leaves=4, rows_per_leaf=50, ridge=20.0)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Hazards:
    """Fitted parts. ``forests`` [bags][intervals]; ``shifts`` level -> [LEARNED, intervals] added to the log-odds."""

    basis: Basis
    names: tuple[str, ...]
    linear: tuple[Linear, ...]
    forests: tuple[tuple[trees.Boosted, ...], ...]
    shifts: dict[float, Floats]

    def raw(self, past: Past) -> Raw:
        """What the parts say of rows before any level."""
        columns = columns_of(past, self.basis, self.names)
        linear, boosted = [], []
        for place, one in enumerate(self.linear):
            linear.append(one.score(columns.table, self.names))
            boosted.append(np.mean([forest[place].scores(columns.table)[:, 0] for forest in self.forests], 0))
        return Raw(columns, linear, boosted)

    def shift(self, level: float | None) -> Floats:
        """[LEARNED, intervals] at the newest level of the shop, or at its usual one (None)."""
        return np.zeros((len(LEARNED), len(self.linear))) if level is None else self.shifts[level]

    def log_odds(self, raw: Raw, level: float | None) -> dict[str, Floats]:
        """Part -> log-odds [n, DAYS]."""
        linear, boosted = self.shift(level)
        return part_log_odds(
            raw.columns,
            [one + linear[place] for place, one in enumerate(raw.linear)],
            [one + boosted[place] for place, one in enumerate(raw.boosted)],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """Columns of rows, and log-odds [n] of each interval by both learned parts."""

    columns: Columns
    linear: list[Floats]
    boosted: list[Floats]


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Rows of all shops: their columns, weights, and place of a customer among all."""

    table: NDArray[np.float32]
    who: NDArray[np.intp]
    next_in: Ints
    watched: Ints
    weight: Floats


def fit_hazards(shops: Sequence[Shop], seed: int, settings: HazardSettings) -> Hazards:
    """Everything but the pool, from what the shops knew on their last days.

    Intervals are fitted from the first on, for as long as enough purchases were seen in them.
    """
    basis = fit_basis(shops, own=settings.own)
    names = hazard_columns(own=settings.own)
    sample, names = _sampled(shops, basis, names, settings)
    rng = np.random.default_rng(seed)
    people = int(sample.who.max()) + 1
    draws = [np.ones(people), *(rng.poisson(1.0, people).astype(np.float64) for _ in range(settings.bags - 1))]
    linear: list[Linear] = []
    forests: list[list[trees.Boosted]] = [[] for _ in range(settings.bags)]
    shifts: dict[float, list[list[float]]] = {level: [[], []] for level in LEVELS}
    for low, high in pairwise((0, *settings.horizons)):
        there = (sample.watched >= high) & (sample.next_in > low)
        bought = (sample.next_in <= high) & there
        if bought.sum() < _FEWEST_BOUGHT:
            break
        chosen, weight = _thinned(there, bought, sample.weight, rng)
        age = (sample.watched[chosen] - high).astype(np.float64)
        fade = np.exp2(-age / _MEMORY) if settings.own else np.ones(len(age))
        table, truth = sample.table[chosen], bought[chosen].astype(np.int64)
        linear.append(_fit_linear(table, names, truth, weight * fade))
        for draw, forest in zip(draws, forests, strict=True):
            place = _resampled(weight * fade * draw[sample.who[chosen]], rng)
            forest.append(trees.fit(table[place], truth[place], 1, settings.trees))
        scores = (
            linear[-1].score(table, names),
            np.mean([forest[-1].scores(table)[:, 0] for forest in forests], 0),
        )
        for level in LEVELS:
            newest = weight * np.exp2(-age / level)
            for kind, score in enumerate(scores):
                shifts[level][kind].append(solve_shift(score, truth, newest))
    return Hazards(
        basis, names, tuple(linear), tuple(map(tuple, forests)), {key: np.asarray(one) for key, one in shifts.items()}
    )


def fit_basis(shops: Sequence[Shop], *, own: bool) -> Basis:
    """Closed forms of all shops, each with as many customers as the smallest, and the calendar of one's own."""
    pasts = [rows_at(shop, [shop.end_day]) for shop in shops]
    fewest = min(map(len, pasts))
    even = [part_of(one, np.arange(len(one)) * fewest % len(one) < fewest) for one in pasts]
    h = _one([one.past for one in even])
    bgnbd, pareto = fit_bgnbd(h, penalty=_PENALTY).model, fit_pareto(h, penalty=_PENALTY).model
    if not own:
        return Basis(bgnbd, pareto)
    shop = shops[0]
    seen = replace(h, as_of_day=shop.end_day, ids=list(shop.ids), days=shop.days, starts=shop.starts)
    day_factor = fit_seasonality(seen, bgnbd).weekday
    logs = np.log(shop.spent[shop.spent > 0])
    return Basis(bgnbd, pareto, day_factor, float(np.median(logs)) if len(logs) else None)


def solve_shift(score: Floats, truth: Ints, weight: Floats) -> float:
    """What must be added to log-odds so that their mean chance is the rate, half a purchase shrunk."""
    shift = 0.0
    for _ in range(30):
        chance = 1 / (1 + np.exp(-score - shift))
        slope = float(weight @ (chance * (1 - chance)))
        step = float(weight @ (truth - chance)) / (slope + 0.5)
        shift += float(np.clip(step, -1, 1))
        if abs(step) < 1e-7:
            break
    return float(np.clip(shift, -2, 2))


def _one(pasts: Sequence[Past]) -> Histories:
    parts = [past.histories() for past in pasts]
    size = np.concatenate([[0], np.cumsum([len(part.days) for part in parts])])
    starts = [part.starts[:-1] + begin for part, begin in zip(parts, size, strict=False)]
    return Histories(
        0,
        [""] * sum(map(len, parts)),
        np.concatenate([part.x for part in parts]),
        np.concatenate([part.t_x for part in parts]),
        np.concatenate([part.T for part in parts]),
        np.concatenate([part.monetary for part in parts]),
        np.concatenate([part.days for part in parts]),
        np.concatenate([*starts, size[-1:]]).astype(np.int64),
    )


def cuts_of(shop: Shop, rows: int, warm_up: int) -> list[int]:
    """Past days, newest first, evenly spread; they fall on all weekdays alike, and hold about ``rows`` rows."""
    first, last = shop.first_day + warm_up, shop.end_day - 1
    most = max(4, rows // max(len(shop.ids), 1))
    step = max(1, -(-(last - first + 1) // most))
    if step % 7 == 0:
        step += 1
    return list(range(last, first - 1, -step)) or [last]


def _sampled(
    shops: Sequence[Shop], basis: Basis, names: Sequence[str], settings: HazardSettings
) -> tuple[_Sample, tuple[str, ...]]:
    """Rows of all shops, and the columns of ``names`` that enough of them have."""
    each = [rows_at(shop, cuts_of(shop, settings.rows // len(shops), settings.warm_up)) for shop in shops]
    begin = np.concatenate([[0], np.cumsum([len(shop.ids) for shop in shops])])
    total = sum(map(len, each))
    table = np.concatenate([columns_of(one.past, basis, names).table for one in each])
    known = np.isfinite(table).mean(0) >= _KNOWN
    sample = _Sample(
        table[:, known],
        np.concatenate([one.who + start for one, start in zip(each, begin, strict=False)]),
        np.concatenate([one.next_in for one in each]),
        np.concatenate([one.watched for one in each]),
        np.concatenate([np.full(len(one), total / len(each) / len(one)) for one in each]),
    )
    return sample, tuple(name for name, there in zip(names, known, strict=True) if there)


def _thinned(
    there: NDArray[np.bool_], bought: NDArray[np.bool_], weight: Floats, rng: np.random.Generator
) -> tuple[NDArray[np.intp], Floats]:
    """Rows with a purchase, and of the others no more than are needed; their weights."""
    found = int(bought.sum())
    wanted = min(found, _MOST // 4)
    others = int(there.sum()) - found
    share = np.where(bought, wanted / found, min(1.0, min(_OTHERS * wanted, _MOST - wanted) / max(others, 1)))
    place = np.flatnonzero(there & (rng.random(len(there)) < share))
    return place, weight[place] / share[place]


def _resampled(weight: Floats, rng: np.random.Generator) -> NDArray[np.intp]:
    """Places drawn at even steps of the summed weights, as many as there are: the library is slow with weights."""
    upto = np.cumsum(weight)
    return np.searchsorted(upto, (np.arange(len(weight)) + rng.random()) * (upto[-1] / len(weight)))


def _fit_linear(table: NDArray[np.float32], names: Sequence[str], truth: Ints, weight: Floats) -> Linear:
    wide = table.astype(np.float64)
    known = np.isfinite(wide)
    count = np.maximum(known.sum(0), 1)
    filled = np.where(known, wide, 0.0)
    centre = filled.sum(0) / count
    scale = np.sqrt(np.where(known, (wide - centre) ** 2, 0.0).sum(0) / count) + 1e-6
    low, high = (np.nanpercentile(wide, (_EDGE_SHARE, 100 - _EDGE_SHARE), axis=0) - centre) / scale
    rows = design(table, names, centre, scale, low, high)
    weight = weight / weight.mean()
    found = _newton(rows, truth, weight)
    return Linear(
        centre=_told(centre), scale=_told(scale), low=_told(low), high=_told(high), weights=_told(found[:-1]),
        bias=float(found[-1]),
    )  # fmt: skip


def _newton(rows: Floats, truth: Ints, weight: Floats) -> Floats:
    """[terms + 1] weights and bias of the likeliest linear log-odds under a pull to 0, by Newton's method."""
    wide = np.column_stack([rows, np.ones(len(rows))])
    pull = np.append(np.full(rows.shape[1], _RIDGE), 1e-3)
    bought = float(weight @ truth)
    values = np.append(np.zeros(rows.shape[1]), np.log(bought / (weight.sum() - bought)))

    def cost(tried: Floats) -> float:
        score = wide @ tried
        return float(weight @ (np.logaddexp(0, score) - truth * score) + pull[:-1] @ (tried[:-1] ** 2) / 2)

    best = cost(values)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(wide @ values)))
        slope = wide.T @ (weight * (chance - truth)) + pull * np.append(values[:-1], 0.0)
        curve = (wide * (weight * chance * (1 - chance))[:, None]).T @ wide + np.diag(pull)
        step = np.linalg.solve(curve, slope)
        part, found = 1.0, cost(values - step)
        while found > best and part > _SMALLEST:  # where a closed day drives weights far, a whole step overshoots
            part /= 2
            found = cost(values - part * step)
        gained, best, values = best - found, found, values - part * step
        if gained < 1e-4:
            break
    return values


def _told(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)

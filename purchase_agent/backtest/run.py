"""A backtest: the models in use and simple baselines at moments of the past, judged by what then happened.

For each horizon the newest windows that are over are judged, one after the other without overlap. Time grows with the
number of events; beside the histories a row of figures for each shopper and window is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from purchase_agent.backtest.baselines import PRIOR, Before, before, closed_forms
from purchase_agent.backtest.moments import DAY_S, DAYS, EventModels, Floats, Moment, Told, look, seen_until, windows
from purchase_agent.backtest.scores import Row, bootstrap, judged, rate_of
from purchase_agent.errors import InputError
from purchase_agent.event_files import Shoppers
from purchase_agent.labels import HORIZONS
from purchase_agent.metrics import Score, log_loss, paired_difference

FEWEST_SHOPPERS = 100
FEWEST_BUYERS = 30
"""Of a horizon, in all its windows together; as many must not have bought."""
FEWEST_BEFORE = 50
"""Shoppers known when the window before a moment began: fewer tell no base rate."""
MOST_CUTS = 3
MODELS = "models in use"


@dataclass(frozen=True, slots=True)
class Window:
    """What happened after one moment: ``n`` shoppers known by then, of whom a share ``rate`` bought within the horizon.

    ``prior``: the share in the window before; ``seen``: the models in use were fitted on outcomes after the moment.
    """

    at: datetime
    n: int
    buyers: int
    rate: float
    low: float
    high: float
    prior: float
    seen: bool


@dataclass(frozen=True, slots=True)
class Horizon:
    """Rows of one horizon over all its windows, the models in use last.

    ``rate`` is the share of all ``n`` rows that was followed by a purchase; ``difference``: log-loss of the models in
    use less that of ``best``, the best baseline; below 0 the models are better.
    """

    days: int
    n: int
    shoppers: int
    buyers: int
    rate: float
    low: float
    high: float
    windows: tuple[Window, ...]
    rows: tuple[Row, ...]
    best: str
    difference: Score

    @property
    def models(self) -> Row:
        """The row of the models in use."""
        return self.rows[-1]


@dataclass(frozen=True, slots=True)
class Backtest:
    """All horizons that could be judged; ``left_out`` says why another could not."""

    horizons: tuple[Horizon, ...]
    left_out: dict[int, str]
    shoppers: int
    events: int
    since: datetime
    until: datetime
    zone: str
    calibrated_on: str
    versions: dict[str, str]
    notes: tuple[str, ...] = ()

    @property
    def seen(self) -> bool:
        """Whether any figure of the models in use is flattered by their own fitting."""
        return any(one.models.seen for one in self.horizons)


@dataclass(slots=True)
class _Gathered:
    """Rows of one horizon, window by window."""

    windows: list[Window] = field(default_factory=list)
    truth: list[Floats] = field(default_factory=list)
    owners: list[NDArray[np.int64]] = field(default_factory=list)
    chances: dict[str, list[Floats]] = field(default_factory=dict)


def backtest(
    shoppers: Shoppers, models: EventModels, *, horizons: Sequence[int] = HORIZONS, cuts: int = MOST_CUTS,
    told: Told = lambda *_: None,
) -> Backtest:  # fmt: skip
    """Judges the models on these shoppers' past.

    Args:
        models: those in use.
        horizons: in days, of those a reading has.
        cuts: windows of a horizon, at most.
        told: of progress.

    Raises:
        InputError: the history is too short, or has too few shoppers or buyers, at every horizon; with the counts.
    """
    first = np.sort(np.asarray([steps[0].at for steps in shoppers.steps.values()]))
    plan: dict[float, list[int]] = {}
    left_out: dict[int, str] = {}
    for days in horizons:
        # Before the earliest there is one window more, which tells the base rate.
        found = windows(shoppers.since + days * DAY_S, shoppers.until - days * DAY_S, days, cuts)
        if not found:
            left_out[days] = f"{shoppers.days:.1f} days of history, at least {2 * days} are needed"
            continue
        by_then = np.searchsorted(first, [at - days * DAY_S for at in found], side="right")
        found = [at for at, some in zip(found, by_then, strict=True) if some >= FEWEST_BEFORE]
        if not found:
            left_out[days] = (
                f"{by_then[0]} of {len(first)} shoppers were known {2 * days} days before the end; "
                f"at least {FEWEST_BEFORE} are needed"
            )
        for at in found:
            plan.setdefault(at, []).append(days)
    gathered = {days: _Gathered() for days in horizons if days not in left_out}
    codes = {name: place for place, name in enumerate(shoppers.steps)}
    fitted = seen_until(models.calibrated_on)
    notes: dict[str, None] = dict.fromkeys(shoppers.notes)
    for done, at in enumerate(sorted(plan, reverse=True)):
        told("moments", done, len(plan))
        moment = look(shoppers, shoppers.steps, at, models, told)
        forms, missing = closed_forms(moment, shoppers.zone, plan[at])
        notes |= dict.fromkeys(missing)
        owners = np.asarray([codes[name] for name in moment.ids], np.int64)
        for place, days in enumerate(plan[at]):
            past = before(shoppers, at, days)
            of_forms = {name: np.where(moment.bought, all_[:, place], past.newcomers) for name, all_ in forms.items()}
            _gather(gathered[days], moment, days, owners, past, of_forms, seen=at < fitted)
    told("moments", len(plan), len(plan))
    finished = []
    for number, (days, rows) in enumerate(gathered.items()):
        told("figures", number, len(gathered))
        reason = _too_few(rows)
        if reason:
            left_out[days] = reason
        else:
            finished.append(_judged(days, rows))
    told("figures", len(gathered), len(gathered))
    if not finished:
        raise InputError(
            "nothing can be judged: " + "; ".join(f"{days} days: {left_out[days]}" for days in sorted(left_out)),
            hint="give a longer history, or more shoppers",
            field="history",
        )
    return Backtest(
        tuple(finished),
        dict(sorted(left_out.items())),
        len(shoppers.steps),
        sum(map(len, shoppers.steps.values())),
        _moment(shoppers.since),
        _moment(shoppers.until),
        shoppers.zone,
        models.calibrated_on,
        models.versions,
        tuple(notes),
    )


def _gather(
    into: _Gathered, moment: Moment, days: int, owners: NDArray[np.int64], past: Before, forms: dict[str, Floats], *,
    seen: bool,
) -> None:  # fmt: skip
    truth = (moment.wait <= days).astype(np.float64)
    into.windows.append(
        Window(_moment(moment.at), len(truth), int(truth.sum()), *rate_of(truth, owners), past.rate, seen)
    )
    into.truth.append(truth)
    into.owners.append(owners)
    own = np.clip(moment.chances[:, DAYS.index(days)], 0.0, 1.0)
    for name, chance in {PRIOR: np.full(len(truth), past.rate), **forms, MODELS: own}.items():
        into.chances.setdefault(name, []).append(chance)


def _too_few(rows: _Gathered) -> str:
    """Why a horizon cannot be judged; empty where it can."""
    truth, shoppers = np.concatenate(rows.truth), len(np.unique(np.concatenate(rows.owners)))
    buyers, others = int(truth.sum()), int((1 - truth).sum())
    if shoppers >= FEWEST_SHOPPERS and min(buyers, others) >= FEWEST_BUYERS:
        return ""
    return (
        f"{shoppers} shoppers, {buyers} times with a purchase and {others} times without in {len(rows.windows)} "
        f"windows; at least {FEWEST_SHOPPERS} shoppers and {FEWEST_BUYERS} times of each are needed"
    )


def _judged(days: int, found: _Gathered) -> Horizon:
    truth, owners = np.concatenate(found.truth), np.concatenate(found.owners)
    # A closed form that could not be fitted at one of the moments is not compared on the others.
    whole = {name: np.concatenate(some) for name, some in found.chances.items() if len(some) == len(found.truth)}
    own = whole.pop(MODELS)
    seen = sum(window.seen for window in found.windows)
    rows = [judged(name, truth, chance, owners) for name, chance in whole.items()]
    best = min(rows, key=lambda row: row.log_loss.value).name
    difference = paired_difference(log_loss, truth, own, whole[best], bootstrap=bootstrap(owners))
    return Horizon(
        days,
        len(truth),
        len(np.unique(owners)),
        int(truth.sum()),
        *rate_of(truth, owners),
        tuple(found.windows),
        (*rows, judged(MODELS, truth, own, owners, seen)),
        best,
        difference,
    )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)

"""Who buys in which of the coming weeks: known customers by their own timing, and those who come for the first time.

Known customers: the Pareto/NBD (Schmittlein, Morrison and Colombo 1987) fitted on what lies before the origin gives
each one's expected purchase days by week; the shop's level is then moved to what the last weeks had over what the same
model expected of them. New customers: an exponentially weighted mean of first purchases
with a damped trend (Gardner and McKenzie 1985), itself shrunk by how sure it is. With more than a year of history both
follow the weeks of a year ago, shrunk as in ``predictors.timing.seasonality``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from purchase_agent.demand.orders import Codes, Floats, Lines, monday, week_of
from purchase_agent.errors import InputError
from purchase_agent.predictors.timing.fit import fit_pareto
from purchase_agent.predictors.timing.history import Histories

YEAR = 52
_LEVEL_WEEKS, _LEVEL_HALF_LIFE, _LEVEL_PRIOR = 8, 3.0, 5.0
_NEW_HALF_LIFE, _DAMPED, _TREND_FROM = 2.0, 0.6, 8
_CLOSED_BELOW = 5.0  # purchases a week: of a shop that has more, a week without any was closed (chance below 1 %)
_PENALTY = 0.1
_SEASON_PRIOR = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Buyers:
    """Purchase days to come.

    Attributes:
        known: [k] codes of the customers before the origin.
        purchases: [k, weeks] of each.
        newcomers: [weeks] first purchases.
        open: weeks before the origin in which the shop was open.
        first: [shoppers] week of each one's first purchase, a far one where there is none.
    """

    known: Codes
    purchases: Floats
    newcomers: Floats
    open: Codes
    first: Codes


def buyers(sold: Lines, origin: int, weeks: int) -> Buyers:
    """Expected at the beginning of the week ``origin``.

    Args:
        sold: lines before it, one at least.
        weeks: how many, that of the origin first.
    """
    days = _purchase_days(sold)
    first = np.full(int(days[0].max()) + 1, origin, np.int64)
    np.minimum.at(first, days[0], week_of(days[1]))
    week = week_of(days[1])
    start = int(week.min())
    per_week = np.bincount(week - start, minlength=origin - start).astype(np.float64)
    opened = np.flatnonzero((per_week > 0) | (per_week.sum() / max(1, (per_week > 0).sum()) < _CLOSED_BELOW)) + start
    season = _season(per_week, start, origin, weeks)
    known, purchases = _known(days, first, origin, weeks, opened)
    arrivals = np.bincount(first[first < origin] - start, minlength=origin - start)[opened - start].astype(np.float64)
    return Buyers(known, purchases * season, _newcomers(arrivals, weeks) * season, opened, first)


def leaning(purchases: Floats, chances: Floats) -> Floats:
    """Purchases of known customers, led by what was predicted of each; as many in all as before.

    The stored predictions know what a history does not (what he wrote, looked at, was asked) and say who buys and when;
    how many buy is left to the part that the past has tested.

    Args:
        purchases: [k, weeks] by history.
        chances: [k, weeks] by the stored predictions (see ``by_week``), NaN where there is none.
    """
    told = np.isfinite(chances).all(1)
    if not told.any() or purchases[told].sum() <= 0:
        return purchases
    out = purchases.copy()
    both = np.sqrt(np.maximum(purchases[told], 1e-9) * np.maximum(chances[told], 1e-9))
    out[told] = both * (purchases[told].sum() / both.sum())
    return out


def by_week(days: Floats, chances: Floats, begins: Floats) -> Floats:
    """[k, weeks] purchases between one ``begins`` and the next, from chances [k, d] to buy within ``days`` [d].

    A chance F stands for -ln(1 - F) purchases, straight between two days and on from the last ones.
    """
    hazard = -np.log1p(-np.clip(chances, 0.0, 1 - 1e-9))
    at = np.concatenate([[0.0], days])
    upto = np.concatenate([np.zeros((len(hazard), 1)), np.maximum.accumulate(hazard, axis=1)], axis=1)
    place = np.clip(np.searchsorted(at, begins, side="right") - 1, 0, len(days) - 1)
    share = (begins - at[place]) / (at[place + 1] - at[place])
    return np.asarray(np.diff(upto[:, place] * (1 - share) + upto[:, place + 1] * share, axis=1))


def _purchase_days(sold: Lines) -> Codes:
    """[2, purchases] shopper and day, each pair once, by shopper and then by day."""
    span = int(sold.day[-1]) + 1 - (low := int(sold.day[0]))
    keys = np.unique(sold.who * span + (sold.day - low))
    return np.stack([keys // span, keys % span + low])


def _known(days: Codes, first: Codes, origin: int, weeks: int, opened: Codes) -> tuple[Codes, Floats]:
    past = _histories(days, monday(origin) - 1)
    known = np.unique(days[0])
    ends = 7.0 * np.arange(1, weeks + 1)
    try:
        model = fit_pareto(past, penalty=_PENALTY).model
    except InputError:  # nobody came back yet: nobody is promised to
        return known, np.zeros((len(known), weeks))
    purchases = np.diff(model.expected_purchases(past, ends), axis=1, prepend=0.0)
    recent = opened[opened >= origin - _LEVEL_WEEKS]
    recent = recent[recent > week_of(int(days[1].min()))]
    week = week_of(days[1])
    seen = expected = 0.0
    for one in recent.tolist():
        weight = 0.5 ** ((origin - 1 - one) / _LEVEL_HALF_LIFE)
        seen += weight * float(((week == one) & (first[days[0]] < one)).sum())
        then = _histories(days, monday(one) - 1)
        expected += weight * float(model.expected_purchases(then, [7.0]).sum())
    return known, purchases * ((seen + _LEVEL_PRIOR) / (expected + _LEVEL_PRIOR))


def _histories(days: Codes, as_of_day: int) -> Histories:
    """Purchase days that are in order and each once, as the timing models take them."""
    owner, day = days[:, days[1] <= as_of_day]
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    ends = np.append(starts, len(day)).astype(np.int64)
    first, last = day[starts], day[ends[1:] - 1]
    count = np.diff(ends)
    return Histories(
        as_of_day,
        owner[starts].astype(str).tolist(),
        (count - 1).astype(np.float64),
        (last - first).astype(np.float64),
        (as_of_day - first).astype(np.float64),
        np.full(len(starts), np.nan),
        day,
        ends,
    )


def _newcomers(seen: Floats, weeks: int) -> Floats:
    """[weeks] first purchases to come, of those of the open weeks so far."""
    age = np.arange(len(seen))[::-1].astype(np.float64)
    weight = 0.5 ** (age / _NEW_HALF_LIFE)
    level = float(weight @ seen / weight.sum())
    if len(seen) < _TREND_FROM:
        return np.full(weeks, level)
    centre = float(weight @ -age / weight.sum())
    reach = -age - centre
    spread = float(weight @ reach**2)
    slope = float((weight * reach) @ (seen - level)) / spread
    error = np.maximum((seen - level - slope * reach) ** 2, level)
    unsure = float((weight * reach) ** 2 @ error) / spread**2
    if slope:
        slope *= max(0.0, 1 - unsure / slope**2)
    now = level - slope * centre
    ahead = now + slope * np.cumsum(_DAMPED ** np.arange(1, weeks + 1))
    return np.asarray(np.maximum(ahead, 0.1 * level))


def _season(per_week: Floats, start: int, origin: int, weeks: int) -> Floats:
    """[weeks] factors from the same weeks of former years against the eight before the origin's; 1 without a year."""
    logs = []
    for years in range(1, (origin - start) // YEAR + 1):
        then = origin - years * YEAR - start
        if then < _LEVEL_WEEKS:
            break
        base = per_week[then - _LEVEL_WEEKS : then].mean() + _SEASON_PRIOR
        around = [per_week[max(0, then + ahead - 1) : then + ahead + 2].mean() for ahead in range(weeks)]
        logs.append(np.log((np.asarray(around) + _SEASON_PRIOR) / base))
    if not logs:
        return np.ones(weeks)
    return np.asarray(np.exp(np.mean(logs, 0) * len(logs) / (len(logs) + 1)))

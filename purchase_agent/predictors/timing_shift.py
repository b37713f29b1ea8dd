"""Moves a timing distribution towards the days that the shopper told.

The purchases that would come anyway are shared anew: with weight ``strength * certainty`` by the days told, with the
rest as before. A day or span draws its share evenly into it; so does a deadline into the time before it, where its
words need a calendar, and else as the base has that time. How many purchases come is left alone: letting an own
intention add some did not help. Strengths were set on the odd texts and cases of `eval/stated_dates.py`; its even ones
say what they are worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from purchase_agent.labels import HORIZONS
from purchase_agent.predictors.stated_dates import Stated

Floats = NDArray[np.float64]

POINTS: tuple[int, ...] = (*HORIZONS, 365)
"""Days at which the distribution is told."""
INTO, BEFORE = 0.5, 0.8
"""Strength of a day or span, and of a deadline, in words that the text model reads itself (tomorrow, in two weeks)."""
CALENDAR = 0.9
"""Strength of days that need a calendar (a festival, a month, payday): the text model cannot know how far off."""
RELATIVE = frozenset({"today", "tomorrow", "weekday", "weekend", "week", "week_part", "ahead", "within", "some_days"})
_OPENING = time(8)  # before it nobody buys on a day told
_DAY = timedelta(days=1)


def shift(cdf_points: Sequence[float], stated: Sequence[Stated], as_of: datetime) -> list[float]:
    """The CDF at ``POINTS`` (1, 7, 30, 90, 365 days) drawn towards what was told.

    Args:
        cdf_points: P(bought within each of ``POINTS`` days), non-decreasing.
        stated: from ``stated_dates.stated``; days that lie before ``as_of`` are passed over.
        as_of: the moment of the prediction in the shopper's time zone.

    Returns:
        Non-decreasing and ending at ``cdf_points[-1]``; equal to ``cdf_points`` where nothing is told.
    """
    told = _ahead(stated, as_of)
    base = np.asarray(cdf_points, np.float64)
    if not told or base[-1] <= 0:
        return [float(value) for value in base]
    shapes = np.stack([_shape(base / base[-1], one, days) for one, days in told])
    pull, weights = _pull([one for one, _ in told])
    drawn = weights @ shapes
    total = float(base[-1])
    moved = total * ((1 - pull) * base / base[-1] + pull * drawn)
    return [float(value) for value in np.minimum(np.maximum.accumulate(moved), total)]


def between(
    base_points: Sequence[float], told_points: Sequence[float], stated: Sequence[Stated], as_of: datetime
) -> tuple[Floats, Floats]:
    """Days and the CDF at them, which runs through ``told_points``: straight between ``POINTS``, but for the days told.

    Args:
        base_points: the CDF at ``POINTS`` before ``shift``.
        told_points: after it, as it is told.
    """
    told = _ahead(stated, as_of)
    points, through = np.asarray([0.0, *POINTS]), np.asarray([0.0, *told_points], np.float64)
    if not told or base_points[-1] <= 0:
        return points, through
    year = float(POINTS[-1])
    grid = np.unique(np.concatenate([points, np.clip([day for _, days in told for day in days], 0, year)]))
    pull, weights = _pull([one for one, _ in told])
    even = np.stack([np.clip((grid - begin) / (end - begin), 0, 1) for _, (begin, end) in told])
    even[:, -1] = 1.0
    base = np.interp(grid, points, [0.0, *(np.asarray(base_points) / base_points[-1])])
    mixed = (1 - pull) * base + pull * (weights @ even)
    # What is told at the points holds; between two of them the rise is spread as the mixture rises there.
    part = np.clip(np.searchsorted(points, grid, side="right") - 1, 0, len(points) - 2)
    low, high = np.interp(points[part], grid, mixed), np.interp(points[part + 1], grid, mixed)
    even_share = (grid - points[part]) / (points[part + 1] - points[part])
    rising = high - low > 1e-9
    share = np.where(rising, (mixed - low) / np.where(rising, high - low, 1.0), even_share)
    return grid, through[part] + (through[part + 1] - through[part]) * share


def _ahead(stated: Sequence[Stated], as_of: datetime) -> list[tuple[Stated, tuple[float, float]]]:
    """What is told that is not over, with its days from ``as_of`` on."""
    return [(one, days) for one in stated if (days := _offsets(one, as_of)) is not None]


def _pull(told: Sequence[Stated]) -> tuple[float, Floats]:
    """How strongly the days told draw, and the share of each: by certainty; the surest one says how strong they are."""
    weights = np.asarray([one.certainty for one in told])
    strengths = np.asarray([_strength(one) for one in told])
    return float((strengths * weights).max()), weights / weights.sum()


def shift_bins(bins: Floats, stated: Sequence[Stated], as_of: datetime) -> Floats:
    """The same for the seven timing bins; those after ``later`` are left as they are."""
    count = len(POINTS)
    moved = np.asarray(shift(np.cumsum(bins[:count]).tolist(), stated, as_of))
    return np.concatenate([np.diff(moved, prepend=0.0), bins[count:]])


def _strength(one: Stated) -> float:
    if one.form not in RELATIVE:
        return CALENDAR
    return BEFORE if one.is_deadline else INTO


def _offsets(one: Stated, as_of: datetime) -> tuple[float, float] | None:
    """Begin and end of the days told, in days after ``as_of``; None where they are over."""
    begin = max(0.0, (_at(one.earliest, _OPENING, as_of) - as_of) / _DAY)
    end = (_at(one.latest, time(), as_of) + _DAY - as_of) / _DAY
    return (begin, end) if begin < end else None


def _at(day: date, hour: time, as_of: datetime) -> datetime:
    return datetime.combine(day, hour, as_of.tzinfo)


def _shape(base: Floats, one: Stated, days: tuple[float, float]) -> Floats:
    """Share of the purchases within each of ``POINTS``, given that the day told is kept."""
    begin, end = days
    points = np.asarray(POINTS, np.float64)
    even = np.clip((points - begin) / (end - begin), 0, 1)
    even[-1] = 1.0  # what is told for later than a year lies in the last part, which is open
    if not one.is_deadline or one.form not in RELATIVE:
        return even
    knots = np.concatenate([[0.0], points])
    low, high = np.interp([begin, end], knots, np.concatenate([[0.0], base]))
    if high - low < 0.02:  # the base has nothing to say about these days
        return even
    inside: Floats = np.clip((np.interp(np.clip(points, begin, end), knots, [0.0, *base]) - low) / (high - low), 0, 1)
    return inside

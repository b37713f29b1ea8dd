"""A purchase history at a moment as columns: how often, how lately, in what rhythm, on which days and for how much.

Ratios to a customer's own rhythm stand beside plain days, so that shops of different pace look alike. Only purchases on
or before the as-of day are used, and only differences of days, so that histories of different as-of days share a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from purchase_agent.errors import InputError
from purchase_agent.events import History
from purchase_agent.labels import HORIZONS
from purchase_agent.predictors.timing.history import Days, Floats, Histories

_WINDOWS = (7, 30, 90, 365)
_HALVES = (15.0, 60.0, 240.0)  # days in which a purchase loses half its weight
_GAPS = 3  # the newest gaps, each a column
_SOME = 2.0  # purchases spread evenly over the week, added to a customer's own weekdays
_FARTHEST = 9.0  # log-odds: beyond it closed forms are surer than any history can make them
_DIGITS = 4  # of log-odds: what differs by rounding alone must fall on the same side of a tree's threshold
_WEEKDAY_OF_DAY_0 = 3  # 1970-01-01 was a Thursday; Monday is 0

RHYTHM: tuple[str, ...] = (
    "repeats", "age", "recency", "reach", "recency_to_age", "pace", "mean_gap", "longest_gap", "gap_spread",
    "recency_to_mean", "recency_to_longest", "recency_to_last", "recency_to_pace", "share_longer", "due_7", "due_30",
    *(f"gap_{place + 1}_to_mean" for place in range(_GAPS)), "last_gap",
    *(f"bought_{days}" for days in _WINDOWS), *(f"fading_{days:.0f}" for days in _HALVES), "fading_rise",
    "last_to_mean_spent", "spent_spread",
)  # fmt: skip
"""Columns that mean the same in every shop."""
CALENDAR: tuple[str, ...] = ("weekday", "month_position", "own_weekday", "tomorrow", "three_days", "mean_spent")
"""Columns that mean something in one shop only: its days and its prices."""
FORMS: tuple[str, ...] = ("bgnbd", "paretonbd")
CLOSED: tuple[str, ...] = tuple(f"{form}_{what}" for form in FORMS for what in (*HORIZONS, "active"))
"""What the closed forms say: log-odds of a purchase within each horizon, and of being a customer still."""
NAMES: tuple[str, ...] = (*RHYTHM, *CLOSED, *CALENDAR)


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Purchase days before moments; n rows, each with at least one.

    Attributes:
        as_of: [n] day of each moment, in days since 1970.
        ago: [purchases] days from a purchase to its row's moment, from 0 up, row by row, oldest first.
        spent: [purchases] what was paid that day, NaN where it is not known.
        starts: [n + 1] where each row's part begins, and the end of the last one.
    """

    as_of: Days
    ago: Days
    spent: Floats
    starts: Days

    def __len__(self) -> int:
        return len(self.as_of)

    @property
    def row_of(self) -> NDArray[np.intp]:
        """[purchases] the row that each purchase belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def histories(self) -> Histories:
        """The same rows as closed forms take them, all moved to one day: their answers rest on differences only."""
        first, last = self.ago[self.starts[:-1]], self.ago[self.starts[1:] - 1]
        count = np.diff(self.starts)
        return Histories(
            0, [""] * len(self), (count - 1).astype(np.float64), (first - last).astype(np.float64),
            first.astype(np.float64), np.full(len(self), np.nan), -self.ago, self.starts,
        )  # fmt: skip


def past_of(histories: Sequence[History]) -> Past:
    """Histories of shoppers as columns; a day after the as-of day is not used, a day told twice counts once.

    Raises:
        InputError: a history holds no purchase up to its as-of day, or its amounts do not fit its days.
    """
    ago: list[int] = []
    spent: list[float] = []
    starts = [0]
    for place, one in enumerate(histories):
        if one.spent and len(one.spent) != len(one.purchase_days):
            raise InputError(f"history {place} has not one amount for each purchase day", field="spent")
        paid = one.spent or (float("nan"),) * len(one.purchase_days)
        known = dict(
            sorted((day, cost) for day, cost in zip(one.purchase_days, paid, strict=True) if day <= one.as_of_day)
        )
        if not known:
            raise InputError(f"history {place} holds no purchase up to its as-of day", field="purchase_days")
        ago += [one.as_of_day - day for day in known]
        spent += known.values()
        starts.append(len(ago))
    return Past(
        np.asarray([one.as_of_day for one in histories], np.int64), np.asarray(ago, np.int64),
        np.asarray(spent, np.float64), np.asarray(starts, np.int64),
    )  # fmt: skip


def weekday(days: Days) -> Days:
    """[n] Monday 0 to Sunday 6 of days since 1970."""
    return (days + _WEEKDAY_OF_DAY_0) % 7


def rhythm(past: Past) -> dict[str, Floats]:
    """The columns of ``RHYTHM``, each [n]; NaN where a history is too short to have one."""
    begin, end, owner = past.starts[:-1], past.starts[1:], past.row_of
    count = np.diff(past.starts).astype(np.float64)
    age, recency = past.ago[begin].astype(np.float64), past.ago[end - 1].astype(np.float64)
    repeats, reach = count - 1, age - recency
    gaps = past.ago[:-1] - past.ago[1:] if len(past.ago) else past.ago
    within = owner[:-1] == owner[1:]
    gaps, whose = gaps[within].astype(np.float64), owner[:-1][within]
    n = len(past)

    def over(values: Floats | NDArray[np.bool_]) -> Floats:
        return _sums(whose, values, n)

    mean = _over(reach, repeats)
    pace = (age + 1) / count
    spread = np.sqrt(np.maximum(_over(over(gaps * gaps), repeats) - mean * mean, 0))
    longest = np.full(n, np.nan)
    if len(gaps):
        firsts = np.flatnonzero(np.r_[True, whose[1:] != whose[:-1]])
        longest[whose[firsts]] = np.maximum.reduceat(gaps, firsts)
    longer = over(gaps > recency[whose])
    newest = [_gap(past, place) for place in range(_GAPS)]
    out = {
        "repeats": np.log1p(repeats),
        "age": np.log1p(age),
        "recency": np.log1p(recency),
        "reach": np.log1p(reach),
        "recency_to_age": recency / (age + 1),
        "pace": np.log(pace),
        "mean_gap": np.log(mean),
        "longest_gap": np.log(longest),
        "gap_spread": spread / mean,
        "recency_to_mean": np.log1p(recency / mean),
        "recency_to_longest": np.log1p(recency / longest),
        "recency_to_last": np.log1p(recency / newest[0]),
        "recency_to_pace": np.log1p(recency / pace),
        "share_longer": (longer + 1) / (repeats + 2),
        "last_gap": np.log(newest[0]),
    }
    for days in (7, 30):
        soon = over((gaps > recency[whose]) & (gaps <= recency[whose] + days))
        out[f"due_{days}"] = soon / (longer + 1)
    for place, gap in enumerate(newest):
        out[f"gap_{place + 1}_to_mean"] = np.log(gap / mean)
    for days in _WINDOWS:
        out[f"bought_{days}"] = np.log1p(_sums(owner, past.ago < days, n))
    for half in _HALVES:
        # Days too many to count keep their order: the logarithm of what has faded, not what is left.
        faded = _sums(owner, np.exp2(-(past.ago - recency[owner]) / half), n)
        out[f"fading_{half:.0f}"] = np.log(faded) - recency / half * np.log(2)
    out["fading_rise"] = out[f"fading_{_HALVES[1]:.0f}"] - out[f"fading_{_HALVES[2]:.0f}"]
    out |= _money(past)
    return {name: out[name] for name in RHYTHM}


def calendar(past: Past, day_factor: NDArray[np.float64], spent_scale: float | None) -> dict[str, Floats]:
    """The columns of ``CALENDAR``, each [n].

    Args:
        day_factor: [7] how busy each weekday is, Monday first, 1 on average.
        spent_scale: the shop's usual logarithm of an amount; None where it is not known.
    """
    tomorrow = weekday(past.as_of + 1)
    owner, count = past.row_of, np.diff(past.starts)
    same = weekday(past.as_of[owner] - past.ago) == tomorrow[owner]
    own = _sums(owner, same, len(past))
    busy = np.log(np.maximum(day_factor, 1e-3))
    ahead = np.stack([day_factor[weekday(past.as_of + 1 + place)] for place in range(3)], 1)
    when = past.as_of.astype("datetime64[D]")
    month = when.astype("datetime64[M]")
    length = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
    mean = _mean_log_spent(past)
    return {
        "weekday": weekday(past.as_of).astype(np.float64),
        "month_position": ((when - month.astype("datetime64[D]")).astype(np.int64) + 0.5) / length,
        "own_weekday": (own + _SOME / 7) / (count + _SOME),
        "tomorrow": busy[tomorrow],
        "three_days": np.log(np.maximum(ahead.sum(1) / 3, 1e-3)),
        "mean_spent": np.full(len(past), np.nan) if spent_scale is None else mean - spent_scale,
    }


def closed(cdfs: dict[str, Floats], active: dict[str, Floats]) -> dict[str, Floats]:
    """The columns of ``CLOSED``, each [n].

    Args:
        cdfs: form -> [n, HORIZONS and more] chance of a purchase within each horizon.
        active: form -> [n] chance of being a customer still.
    """
    out = {}
    for form in FORMS:
        for place, days in enumerate(HORIZONS):
            out[f"{form}_{days}"] = log_odds(cdfs[form][:, place])
        out[f"{form}_active"] = log_odds(active[form])
    return out


def log_odds(chance: Floats) -> Floats:
    """Log-odds, cut at e^9 to 1 and rounded."""
    low = 1 / (1 + np.exp(_FARTHEST))
    p = np.clip(chance, low, 1 - low)
    out: Floats = np.round(np.log(p) - np.log1p(-p), _DIGITS)
    return out


def table(columns: dict[str, Floats], names: Sequence[str]) -> NDArray[np.float32]:
    """[n, names] as trees take them."""
    return np.stack([columns[name] for name in names], 1).astype(np.float32)


def _gap(past: Past, place: int) -> Floats:
    """[n] the gap before the last purchase (0), the one before that (1) ..; NaN where there is none."""
    end = past.starts[1:] - 1 - place
    there = end - 1 >= past.starts[:-1]
    out = np.full(len(past), np.nan)
    out[there] = past.ago[end[there] - 1] - past.ago[end[there]]
    return out


def _money(past: Past) -> dict[str, Floats]:
    logs = np.log(np.where(past.spent > 0, past.spent, np.nan))
    mean = _mean_log_spent(past)
    known = np.isfinite(logs)
    off = np.where(known, logs - mean[past.row_of], 0.0)
    count = _sums(past.row_of, known, len(past))
    square = _sums(past.row_of, off * off, len(past))
    return {
        "last_to_mean_spent": logs[past.starts[1:] - 1] - mean,
        "spent_spread": np.where(count > 1, np.sqrt(_over(square, count)), np.nan),
    }


def _mean_log_spent(past: Past) -> Floats:
    """[n] mean logarithm of the amounts that are known; NaN where none is."""
    known = past.spent > 0
    logs = np.log(np.where(known, past.spent, 1.0))
    total = _sums(past.row_of, logs, len(past))
    return _over(total, _sums(past.row_of, known, len(past)))


def _sums(rows: NDArray[np.intp], values: Floats | NDArray[np.bool_], n: int) -> Floats:
    """[n] of values that belong to rows."""
    return np.bincount(rows, weights=values, minlength=n).astype(np.float64)


def _over(above: Floats, below: Floats) -> Floats:
    out: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return out

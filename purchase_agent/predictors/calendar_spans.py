"""Days that words of time mean, counted from a given day. A span holds its first and its last day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from purchase_agent.predictors.festivals import Span

JUST_PAST = 60
"""A month or day without a year that ended at most this many days ago is the past one, else the next one."""
_SOUTH = ("Australia/", "Pacific/Auckland", "America/Argentina", "America/Buenos", "America/Sao_Paulo",
          "America/Santiago", "Africa/Johannesburg")  # fmt: skip
_FARTHEST = 3000.0  # days: all beyond a year is one
_SEASON_STARTS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
_PARTS = {"start": (1, 8), "middle": (12, 18), "end": (25, 31)}


def single(today: date, ahead: int) -> Span:
    day = today + timedelta(ahead)
    return day, day


def month_ahead(today: date, months: int) -> tuple[int, int]:
    """Year and month so many months on."""
    years, month = divmod(today.month - 1 + months, 12)
    return today.year + years, month + 1


def month(year: int, number: int, part: str = "") -> Span:
    """A month, or the start (1-8), middle (12-18) or end (from the 25th) of it."""
    last = monthrange(year, number)[1]
    first, end = _PARTS.get(part, (1, last))
    return date(year, number, first), date(year, number, min(end, last))


def named_month(today: date, number: int, part: str = "") -> Span | None:
    """The month of that name which is on or comes next; None where it has just passed."""
    days = month(today.year, number, part)
    if days[1] >= today:
        return days
    return None if (today - days[1]).days <= JUST_PAST else month(today.year + 1, number, part)


def day_of(year: int, number: int, day: int) -> Span | None:
    if not (1 <= number <= 12 and 1 <= day <= monthrange(year, number)[1]):
        return None
    return date(year, number, day), date(year, number, day)


def named_day(today: date, number: int, day: int) -> Span | None:
    """The day of that month and number which is or comes next; None where it has just passed."""
    this = day_of(today.year, number, day)
    if this is None or this[0] >= today:
        return this
    return None if (today - this[0]).days <= JUST_PAST else day_of(today.year + 1, number, day)


def numbered_day(today: date, day: int) -> Span | None:
    """The next day of that number in a month, today counted."""
    for ahead in range(3):
        found = day_of(*month_ahead(today, ahead), day)
        if found is not None and found[0] >= today:
            return found
    return None


def weekday(today: date, number: int, weeks: int | None) -> Span:
    """Monday (0) to Sunday (6): the next one, today counted, or that of the week so many weeks on (weeks from Monday).

    One of this week that has passed is taken for the next one.
    """
    if weeks is None or (weeks == 0 and number < today.weekday()):
        return single(today, (number - today.weekday()) % 7)
    return single(today, number - today.weekday() + 7 * weeks)


def week(today: date, weeks: int) -> Span:
    monday = today - timedelta(today.weekday()) + timedelta(7 * weeks)
    return monday, monday + timedelta(6)


def weekend(today: date, weeks: int) -> Span:
    sunday = week(today, weeks)[1]
    return sunday - timedelta(1), sunday


def season(today: date, name: str, zone: str, year: int | None = None) -> Span:
    """The season of the zone's half of the Earth that is on or comes next, or the one that begins in ``year``."""
    start = (_SEASON_STARTS[name] + (5 if zone.startswith(_SOUTH) else -1)) % 12 + 1
    for begins in (year,) if year is not None else (today.year - 1, today.year, today.year + 1):
        first = date(begins, start, 1)
        last = month(*month_ahead(first, 2))[1]
        if year is not None or last >= today:
            return first, last
    raise AssertionError("a season comes within a year")


def quarter(year: int, number: int) -> Span:
    return date(year, 3 * number - 2, 1), month(year, 3 * number)[1]


def ahead(today: date, count: float, unit: str) -> Span:
    """So many days, weeks, months or years on; the more, the looser."""
    days = min(count * {"day": 1, "week": 7, "month": 30.4, "year": 365.25}[unit], _FARTHEST)
    slack = 0 if unit == "day" and count <= 4 else max(1, round(0.12 * days))
    first, last = round(days) - slack, round(days) + slack
    return today + timedelta(max(first, 0)), today + timedelta(last)

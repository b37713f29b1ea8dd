"""The forecast as it is told: a row for each item or category, one for the shop, and amounts for any number of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np

from purchase_agent.demand.backtest import FEWEST_BEFORE, INTERVAL, Level
from purchase_agent.demand.naive import Naive
from purchase_agent.demand.orders import Floats, Orders, date_of, monday, week_of
from purchase_agent.demand.outlook import Outlook, outlook
from purchase_agent.demand.spread import variance
from purchase_agent.errors import InputError

By = Literal["item", "category"]
Status = Literal["ok", "refused"]
FEWEST_WEEKS = 8
FEWEST_LINES = 30
MOST_WEEKS = 26
_STALE = 28  # days without a sale


@dataclass(frozen=True, slots=True)
class Week:
    """Units of the week that begins on a Monday; of a refused row only ``naive`` is told."""

    begins: date
    units: float | None
    low: float | None
    high: float | None
    naive: float


@dataclass(frozen=True, slots=True)
class Amount:
    """Units bought within some days. ``basis`` says who told them: of a refused row (for this ``reason``) the naive."""

    units: float
    low: float
    high: float
    basis: Literal["forecast", "naive"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """One item, one category or (``level`` total) the shop.

    Attributes:
        status, reason: ``refused`` where the naive did better or nothing could be tested.
        weeks: those of the forecast.
        units, low, high: all weeks together; None where refused. The interval covers 80 % (``INTERVAL``).
        known, new, bulk: what the units are made of: customers known at the time, new ones, and orders beyond the usual
            size; of a refused row, what was refused. ``bulk`` is part of ``units`` only where counting it erred less in
            the past (``bulk_counted``).
            ``blended``: half of the units are the mean of the last four weeks, and the parts are in proportion.
        returned: units that come back in these weeks; ``units`` are before returns.
        wape, naive_wape: of the past; None where nothing was sold in the tested weeks.
        shoppers: who bought it in the last half year.
    """

    level: Level
    id: str
    category: str | None
    status: Status
    reason: str
    weeks: tuple[Week, ...]
    units: float | None
    low: float | None
    high: float | None
    known: float
    new: float
    bulk: float
    bulk_counted: bool
    blended: bool
    returned: float
    naive_units: float
    naive: Naive
    wape: float | None
    naive_wape: float | None
    shoppers: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Demand of the weeks after ``as_of``: the running week is left out unless it begins on that day.

    Attributes:
        status, reason: ``refused`` where the history as a whole is too short, too thin or too old; no rows then.
        rows: of items or categories, most units first; ``total``: of the shop.
        wape, naive_wape, coverage: of the level of the rows, in the past; ``coverage`` of the 80 % interval.
        notes: what had to be left out or assumed, a sentence each.
    """

    as_of: date
    by: By
    zone: str
    status: Status
    reason: str
    rows: tuple[Demand, ...] = ()
    total: Demand | None = None
    wape: float | None = None
    naive_wape: float | None = None
    coverage: float | None = None
    notes: tuple[str, ...] = ()
    _levels: Mapping[Level, Outlook] = field(default_factory=dict, repr=False, compare=False)

    def of(self, name: str) -> Demand | None:
        """The row of an item or category; None where there is none."""
        return next((row for row in self.rows if row.id == name), None)

    def within(self, days: float, name: str | None = None, *, sure: float | None = None) -> Amount | None:
        """Units bought within ``days`` after ``as_of``, of the shop or of one item or category.

        Beyond the weeks of the forecast the last one goes on. ``high`` is the units that suffice with the chance
        ``sure``, where that is given. None where the forecast is refused or the name is unknown.
        """
        found = self._levels.get("total" if name is None else self.by)
        if found is None or (name is not None and not (name and name in found.places)):
            return None
        key = 0 if name is None else found.places[name]
        parts = self._parts(days, len(found.units))
        reason = found.reason(key)
        refused = bool(reason)
        units = float(parts @ (found.naive if refused else found.units)[:, key])
        weeks = parts * (found.naive if refused else found.centre)[:, key]
        some = np.asarray([weeks.sum()])
        spread = variance(np.asarray([weeks @ found.lump[:, key]]), some)
        levels = found.tested.levels if days <= 7 else found.tested.whole
        low, high = levels.interval(some, spread, INTERVAL)
        if sure is not None:
            high = levels.at_least(some, spread, sure)
        least, most = min(units, float(low[0])), max(units, float(high[0]))
        return Amount(units, least, most, "naive" if refused else "forecast", reason)

    def _parts(self, days: float, weeks: int) -> Floats:
        """[weeks] how much of each week counts."""
        since = (self.as_of - date_of(monday(int(week_of(_number(self.as_of)))))).days
        begins = 7.0 * np.arange(weeks) - since
        parts = np.clip((days - begins) / 7, 0, 1) - np.clip(-begins / 7, 0, 1)
        parts[-1] += max(0.0, (days - begins[-1]) / 7 - 1)
        return np.asarray(parts)


def forecast_of(
    orders: Orders, as_of_day: int, *, by: By = "item", weeks: int = 4, zone: str = "UTC",
    chances: Floats | None = None, notes: tuple[str, ...] = (),
) -> Forecast:  # fmt: skip
    """Demand of the ``weeks`` after a day, from what lies before its week.

    Args:
        orders: of the whole history; nothing of ``as_of_day``'s week or later is looked at.
        chances: as in ``model.expected_at``, from that week on.

    Raises:
        InputError: ``by`` or ``weeks`` are none that there are.
    """
    if by not in ("item", "category"):
        raise InputError(f"demand by {by!r}", hint="by item or by category", field="by")
    if not 1 <= weeks <= MOST_WEEKS:
        raise InputError(f"{weeks} weeks ahead", hint=f"from 1 to {MOST_WEEKS}", field="weeks")
    origin = int(week_of(as_of_day))
    lead = 0 if as_of_day == monday(origin) else 1
    notes += tuple(f"left out: {count} rows, {reason}" for reason, count in sorted(orders.left_out.items()))
    reason = _unfit(orders, origin, weeks + lead)
    if reason:
        return Forecast(date_of(as_of_day), by, zone, "refused", reason, notes=notes)
    if chances is not None:
        chances = chances[:, : weeks + lead]
    levels = outlook(orders, origin, weeks + lead, lead, chances)
    found, whole = levels[by], levels["total"]
    begins = tuple(date_of(monday(origin + lead + week)) for week in range(weeks))
    named = [key for key, name in enumerate(found.names) if name and found.last_day[key] >= 0]
    rows = [_demand(orders, found, key, begins, lead) for key in named]
    rows.sort(key=lambda row: (-(row.naive_units if row.units is None else row.units), row.id))
    return Forecast(
        date_of(as_of_day), by, zone, "ok", "", tuple(rows), _demand(orders, whole, 0, begins, lead),
        found.tested.wape, found.tested.naives[found.tested.naive], _known(found.tested.coverage), notes, levels,
    )  # fmt: skip


def _unfit(orders: Orders, origin: int, weeks: int) -> str:
    """Why nothing can be told of a whole history; empty where something can."""
    past = orders.sold.between(orders.first_week, origin)
    if not len(past):
        return "no purchase before this week"
    have, need = origin - orders.first_week, max(FEWEST_WEEKS, weeks + FEWEST_BEFORE)
    if have < need:
        return f"{have} weeks of history; {need} are needed to forecast {weeks} weeks and to test them on the past"
    if len(past) < FEWEST_LINES:
        return f"{len(past)} purchases; at least {FEWEST_LINES} are needed"
    quiet = monday(origin) - 1 - int(past.day[-1])
    if quiet >= _STALE:
        return f"nothing was bought in the last {quiet} days, since {date_of(int(past.day[-1]))}: ask as of that time"
    return ""


def _demand(orders: Orders, found: Outlook, key: int, begins: tuple[date, ...], lead: int) -> Demand:
    reason = found.reason(key)
    tested, parts = found.tested, found.expected
    sold = float(tested.truth[key])
    centre = found.centre[lead:, key]
    naive_ = found.naive[lead:, key]
    weeks = tuple(
        Week(day, None, None, None, float(naive_[place])) if reason else
        Week(day, *(float(cells[lead + place, key]) for cells in (found.units, found.low, found.high, found.naive)))
        for place, day in enumerate(begins)
    )  # fmt: skip
    total = np.asarray([centre.sum()])
    spread = variance(np.asarray([centre @ found.lump[lead:, key]]), total)
    low, high = tested.whole.interval(total, spread, INTERVAL)
    sums = float(found.units[lead:, key].sum())
    told = (sums, min(sums, float(low[0])), max(sums, float(high[0])))
    units, least, most = (None, None, None) if reason else told
    known, new, bulk, returned = (
        float(cells[lead:, key].sum()) for cells in (parts.known, parts.new, parts.bulk, parts.returned)
    )
    modelled = known + new + (bulk if tested.way.bulk else 0.0)
    share = told[0] / modelled if modelled > 0 else 1.0
    return Demand(
        level=found.level,
        id=found.names[key] or found.level,
        category=orders.categories[orders.category_of[key]] or None if found.level == "item" else None,
        status="refused" if reason else "ok",
        reason=reason,
        weeks=weeks,
        units=units,
        low=least,
        high=most,
        known=known * share,
        new=new * share,
        bulk=bulk * share,
        bulk_counted=tested.way.bulk,
        blended=tested.way.blended,
        returned=returned * share,
        naive_units=float(naive_.sum()),
        naive=tested.naive,
        wape=float(tested.error[key]) / sold if sold else None,
        naive_wape=float(tested.naive_error[key]) / sold if sold else None,
        shoppers=int(found.shoppers[key]),
    )


def _number(day: date) -> int:
    return (day - date_of(0)).days


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None

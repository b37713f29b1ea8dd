"""Demand from a store: its events as history, its newest predictions as what is known of each shopper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from purchase_agent.demand.buyers import by_week
from purchase_agent.demand.forecast import MOST_WEEKS, By, Forecast, forecast_of
from purchase_agent.demand.orders import Floats, Orders, Row, date_of, monday, orders_of, week_of
from purchase_agent.demand.remembered import Remembered
from purchase_agent.errors import InputError
from purchase_agent.events import day_of
from purchase_agent.evidence import in_utc
from purchase_agent.store import Reader

HORIZONS = (1, 7, 30, 90)
_FRESH = timedelta(days=7)
"""How old predictions may be at the time asked for."""
_RUN = """
    SELECT run_id, as_of FROM runs WHERE finished_at IS NOT NULL AND as_of IS NOT NULL AND as_of <= ?
    ORDER BY number DESC LIMIT 1
"""
_EVENTS = """
    SELECT shopper_id, type, "at", item_id, category, quantity
    FROM events WHERE type IN ('purchase', 'return_refund') AND "at" < ? ORDER BY "at", shopper_id, event_id
"""
_PREDICTIONS = """
    SELECT shopper_id, p_buy_1, p_buy_7, p_buy_30, p_buy_90 FROM predictions
    WHERE run_id = ? AND status = 'ok' AND target_scope = 'shop' AND p_buy_90 IS NOT NULL
"""
_KEPT = Remembered()
_EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Run:
    id: str
    as_of: datetime


def forecast(
    reader: Reader, *, by: By = "item", weeks: int = 4, as_of: datetime | None = None, zone: str = "UTC"
) -> Forecast:
    """Demand of the next weeks; kept in the process until the store's file changes.

    Args:
        reader: of a store.
        by: whose rows: items or categories; the shop as a whole is always told.
        weeks: ahead, full ones from Monday to Sunday.
        as_of: by default that of the newest finished run; nothing later is looked at.
        zone: the shop's.

    Raises:
        InputError: there is no finished run to take the time from, no such zone, or ``by`` or ``weeks`` is wrong.
        StoreError: the store cannot be read.
    """
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(f"there is no time zone {zone!r}", hint="for example Asia/Shanghai", field="zone") from error
    run = _run(reader, as_of)
    if as_of is None:
        if run is None:
            hint = "score some shoppers into it, or give as_of"
            raise InputError("the store has no finished run", hint=hint, field="as_of")
        as_of = run.as_of
    moment = in_utc(as_of)
    asked = (run.id if run is not None else None, moment, by, weeks, zone)
    return _KEPT.get(reader.path, asked, lambda: _forecast(reader, run, moment, by, weeks, zone))


def _forecast(reader: Reader, run: _Run | None, as_of: datetime, by: By, weeks: int, zone: str) -> Forecast:
    day = day_of(as_of.timestamp(), zone)
    origin = int(week_of(day))
    orders = orders_of(_rows(reader, _midnight(monday(origin), zone), zone))
    notes: tuple[str, ...] = ()
    chances = None
    if run is not None and as_of - run.as_of <= _FRESH and orders.people:
        chances = _chances(reader, run, orders, origin, zone)
        told = int(np.isfinite(chances[:, 0]).sum())
        notes = (f"predictions of {told} of {len(orders.people)} customers (run {run.id}) lead who buys and when",)
    return forecast_of(orders, day, by=by, weeks=weeks, zone=zone, chances=chances, notes=notes)


def _run(reader: Reader, as_of: datetime | None) -> _Run | None:
    found = reader.rows(_RUN, [as_of or _EVER])
    return _Run(found[0]["run_id"], in_utc(found[0]["as_of"])) if found else None


def _midnight(day: int, zone: str) -> datetime:
    return datetime.combine(date_of(day), time(), ZoneInfo(zone)).astimezone(UTC)


def _rows(reader: Reader, end: datetime, zone: str) -> Iterator[Row]:
    """Purchases and returns before ``end``."""
    for part in reader.parts(_EVENTS, [end]):
        for event in part:
            units = 1.0 if event["quantity"] is None else float(event["quantity"])
            if event["type"] == "return_refund":
                units = -abs(units)
            day = day_of(event["at"].timestamp(), zone)
            yield Row(event["shopper_id"], day, event["item_id"], event["category"], units)


def _chances(reader: Reader, run: _Run, orders: Orders, origin: int, zone: str) -> Floats:
    """[shoppers, weeks] purchases as predicted of each, NaN where nothing was."""
    place = {name: code for code, name in enumerate(orders.people)}
    told = np.full((len(place), len(HORIZONS)), np.nan)
    for part in reader.parts(_PREDICTIONS, [run.id]):
        for row in part:
            code = place.get(row["shopper_id"])
            chances = [row[f"p_buy_{days}"] for days in HORIZONS]
            if code is not None and None not in chances:
                told[code] = chances
    since = monday(origin) - day_of(run.as_of.timestamp(), zone)
    begins = np.maximum(0.0, since + 7.0 * np.arange(MOST_WEEKS + 2))
    return by_week(np.asarray(HORIZONS, np.float64), told, begins)

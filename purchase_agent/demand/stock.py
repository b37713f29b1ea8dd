"""What to reorder: the user's stock and lead times against the demand of that time.

An order-up-to policy reviewed every week (Silver, Pyke and Thomas 2017, chapter 7): order where the stock is at or
below the reorder point, the units that suffice over the lead time and the week until the next look with the chance
``service_level``; order up to what suffices so for one week more, in whole packs. Returns are not counted on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from purchase_agent.clean import printable
from purchase_agent.demand.forecast import Forecast
from purchase_agent.errors import InputError
from purchase_agent.readers.records import Record, read_records
from purchase_agent.readers.rejects import Rejected

REVIEW_DAYS = 7
SERVICE_LEVEL = 0.95
LONGEST_LEAD = 365.0
_NEEDED = ("item_id", "stock", "lead_time_days")
_FOR_EVER = 3650.0  # days of cover that are told at most
Basis = Literal["forecast", "naive", "none"]


@dataclass(frozen=True, slots=True)
class Stock:
    """One row of the file: what is there and on order, and how long a new order takes."""

    item: str
    stock: float
    lead_days: float
    pack: float = 1.0
    service_level: float = SERVICE_LEVEL


@dataclass(frozen=True, slots=True)
class Reorder:
    """What to do about one item.

    Attributes:
        basis: ``forecast``; ``naive`` where the forecast of the item is refused (then ``reason`` says why); ``none``
            where nothing is known of it, and all numbers are None.
        point: reorder when the stock is at or below it.
        up_to: stock to have after the order, before packs are rounded.
        quantity: to order now, in whole packs; 0 while the stock is above the point.
        lead_units: expected within the lead time; ``cover_days`` the stock lasts at the expected rate, 3650 at most.
    """

    item: str
    status: Literal["ok", "refused"]
    reason: str
    basis: Basis
    stock: float
    lead_days: float
    pack: float
    service_level: float
    point: float | None
    up_to: float | None
    quantity: float | None
    lead_units: float | None
    cover_days: float | None


def reorder(forecast: Forecast, stock: Stock) -> Reorder:
    """The order for one item; ``forecast`` is by item."""
    over = stock.lead_days + REVIEW_DAYS
    needed = forecast.within(over, stock.item, sure=stock.service_level)
    given = (stock.stock, stock.lead_days, stock.pack, stock.service_level)
    if needed is None:
        reason = forecast.reason or "no sale of this item in the history"
        return Reorder(stock.item, "refused", reason, "none", *given, None, None, None, None, None)
    more = forecast.within(over + REVIEW_DAYS, stock.item, sure=stock.service_level)
    while_waiting = forecast.within(stock.lead_days, stock.item)
    if more is None or while_waiting is None:
        raise ValueError("an item is known for some days and not for others")
    point, up_to = needed.high, max(more.high, needed.high)
    lacking = up_to - stock.stock if stock.stock <= point and up_to > stock.stock else 0.0
    rate = needed.units / over
    return Reorder(
        stock.item,
        "ok" if needed.basis == "forecast" else "refused",
        needed.reason,
        needed.basis,
        *given,
        point,
        up_to,
        math.ceil(lacking / stock.pack - 1e-9) * stock.pack,
        while_waiting.units,
        min(_FOR_EVER, stock.stock / rate) if rate > 0 else _FOR_EVER,
    )


def read_stock(path: Path, rejected: Callable[[Rejected], None]) -> list[Stock]:
    """The rows of a stock file (CSV, TSV, JSON Lines or Parquet); each row is returned or rejected.

    Columns: item_id, stock, lead_time_days; optional pack_size (1) and service_level (0.95).

    Raises:
        InputError: the file cannot be read, or lacks a column.
    """
    found: dict[str, Stock] = {}
    checked = False
    for record in read_records(path):
        if isinstance(record.value, InputError):
            _reject(record, record.value, rejected)
            continue
        if not checked and (missing := [name for name in _NEEDED if name not in record.value]):
            hint = "columns: item_id, stock, lead_time_days, and if you like pack_size, service_level"
            raise InputError(f"{printable(path.name)} has no column {missing[0]}", hint=hint, field=missing[0])
        checked = True
        try:
            stock = _stock(record.value)
        except InputError as error:
            _reject(record, error, rejected)
            continue
        if stock.item in found:
            twice = InputError("the item stands in an earlier row too", field="item_id")
            _reject(record, twice, rejected)
        else:
            found[stock.item] = stock
    return list(found.values())


def _reject(record: Record, error: InputError, rejected: Callable[[Rejected], None]) -> None:
    rejected(Rejected(record.file, record.line, record.byte_offset, error.field, error.message, record.sha256))


def _stock(row: Mapping[str, Any]) -> Stock:
    item = row.get("item_id")
    name = "" if item is None or isinstance(item, bool | float) else str(item).strip()
    if not name:
        raise InputError("no item id", field="item_id")
    return Stock(
        name,
        _number(row, "stock", 0.0, 1e12),
        _number(row, "lead_time_days", 0.0, LONGEST_LEAD),
        _number(row, "pack_size", 1e-6, 1e9, 1.0),
        _number(row, "service_level", 0.5, 0.999, SERVICE_LEVEL),
    )


def _number(row: Mapping[str, Any], name: str, low: float, high: float, otherwise: float | None = None) -> float:
    cell = row.get(name)
    if (cell is None or cell == "") and otherwise is not None:
        return otherwise
    text = "" if cell is None or isinstance(cell, bool) else str(cell).strip()
    try:
        # Python also takes other scripts' digits and "1_0", which a spreadsheet does not write.
        number = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError("not a number" if text else "nothing stands here", field=name)
    if not low <= number <= high:
        raise InputError(f"not from {low:g} to {high:g}", field=name)
    return number

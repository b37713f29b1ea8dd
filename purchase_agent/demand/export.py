"""Demand as flat rows for a file, one an item or category and week, or one an item of a stock file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from purchase_agent.demand.forecast import By, Demand, Forecast
from purchase_agent.demand.stock import read_stock, reorder
from purchase_agent.demand.stored import forecast
from purchase_agent.errors import InputError
from purchase_agent.readers.rejects import Rejected
from purchase_agent.store import Reader

COLUMNS = (
    "level", "id", "category", "week", "status", "reason", "units", "low", "high", "from_known", "from_new",
    "from_bulk", "returned", "naive_units", "naive", "past_wape", "past_naive_wape", "shoppers",
)  # fmt: skip
"""Of ``rows``. ``week`` is the Monday it begins on, or ``all``: the weeks together. ``units``, ``low`` and ``high`` are
empty where the row is refused; ``naive_units`` is what the naive of that name says, refused or not. The parts are told
for all weeks together; ``from_bulk`` is empty where bulk is not counted in ``units``."""
REORDER_COLUMNS = (
    "item_id", "status", "reason", "basis", "stock", "lead_time_days", "pack_size", "service_level", "reorder_point",
    "order_up_to", "order_quantity", "lead_time_units", "cover_days",
)  # fmt: skip
"""Of ``reorder_rows``."""


def rows(
    reader: Reader, *, by: By = "item", weeks: int = 4, as_of: datetime | None = None, zone: str = "UTC"
) -> list[dict[str, Any]]:
    """``COLUMNS`` of every item or category and of the shop, week by week and all together, the shop first.

    A history that is too short, thin or old gives one row with its reason.
    """
    return told(forecast(reader, by=by, weeks=weeks, as_of=as_of, zone=zone))


def told(found: Forecast) -> list[dict[str, Any]]:
    """A forecast as rows."""
    if found.total is None:
        return [dict.fromkeys(COLUMNS) | {"level": "total", "id": "total", "status": "refused", "reason": found.reason}]
    return [row for one in (found.total, *found.rows) for row in _of(one)]


def reorder_rows(
    reader: Reader, stock: Path, rejected: Callable[[Rejected], None], *, weeks: int = 4,
    as_of: datetime | None = None, zone: str = "UTC",
) -> list[dict[str, Any]]:  # fmt: skip
    """``REORDER_COLUMNS``, one row for each row of the stock file that is not rejected, in its order.

    Raises:
        InputError: as ``stock.read_stock`` and ``stored.forecast``; or the history allows no forecast at all.
    """
    wanted = read_stock(stock, rejected)
    found = forecast(reader, by="item", weeks=weeks, as_of=as_of, zone=zone)
    if found.total is None:
        raise InputError(f"no demand can be told: {found.reason}", hint="score a longer history", field="history")
    answers = (tuple(asdict(reorder(found, one)).values()) for one in wanted)
    return [dict(zip(REORDER_COLUMNS, map(_rounded, values), strict=True)) for values in answers]


def _of(one: Demand) -> list[dict[str, Any]]:
    same: dict[str, Any] = {
        "level": one.level, "id": one.id, "category": one.category, "status": one.status, "reason": one.reason,
        "naive": one.naive, "past_wape": one.wape, "past_naive_wape": one.naive_wape, "shoppers": one.shoppers,
    }  # fmt: skip
    parts: dict[str, Any] = {}
    if one.units is not None:
        bulk = one.bulk if one.bulk_counted else None
        parts = {"from_known": one.known, "from_new": one.new, "from_bulk": bulk, "returned": one.returned}
    whole = {"week": "all", "units": one.units, "low": one.low, "high": one.high, "naive_units": one.naive_units}
    each: list[dict[str, Any]] = [
        {"week": week.begins.isoformat(), "units": week.units, "low": week.low, "high": week.high,
         "naive_units": week.naive}
        for week in one.weeks
    ]  # fmt: skip
    return [{name: _rounded((same | some).get(name)) for name in COLUMNS} for some in (whole | parts, *each)]


def _rounded(value: Any) -> Any:
    """Figures have no more digits than they can mean."""
    return round(value, 4) if isinstance(value, float) else value

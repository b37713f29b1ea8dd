"""The purchase histories that the shipped timing weights are fitted on, and that evaluations judge on.

Each is a shop: purchase days in the shop's zone, orders of one day merged, cancelled invoices left out. Of CDNOW and
Online Retail only what lies before the cut of their usual evaluation goes into weights that ship, so that these are
judged on days that nothing has seen. Simulated shops stand for rhythms that the three public ones lack.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from purchase_agent.errors import InputError
from purchase_agent.events import from_steps
from purchase_agent.training.streams import Stream
from purchase_agent.training.timing_rows import Shop, shop_of

_EPOCH = date(1970, 1, 1).toordinal()
CDNOW_CUT = date(1997, 9, 30).toordinal() - _EPOCH
"""The last of the 39 weeks that the literature calibrates on."""
RETAIL_CUT = date(2011, 9, 28).toordinal() - _EPOCH
_Orders = dict[str, dict[int, float]]


def cdnow(data: Path, *, literature: bool = False) -> Shop:
    """CDNOW's customers until 1998-06-30: the literature's sample, or the others that are supplied."""
    file = "dev_literature_sample_2357.parquet" if literature else "dev.parquet"
    table = read_columns(data / "behaviour" / "cdnow" / file, ["id", "date", "amt"])
    rows = zip(table["id"], map(_day, table["date"]), table["amt"], strict=True)
    return _shop("cdnow", rows, _number(1998, 6, 30))


def online_retail(data: Path) -> Shop:
    """Online Retail's customers until 2011-12-09; the stamps are London's."""
    names = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
    table = read_columns(data / "behaviour" / "online-retail" / "dev.parquet", names)
    rows = (
        (int(customer), _day(at), quantity * price)
        for invoice, quantity, at, price, customer in zip(*(table[name] for name in names), strict=True)
        if not str(invoice).startswith("C")
    )
    return _shop("online-retail", rows, _number(2011, 12, 9))


def grocery(data: Path) -> Shop:
    """A grocer's customers of 2006 and 2007, without amounts."""
    return _shop("grocery", ((who, day, math.nan) for who, day in grocery_rows(data)), _number(2007, 12, 31))


def simulated(streams: Iterable[Stream], zone: str = "UTC") -> Shop:
    """All simulated shoppers who bought, as one shop: each shop's days are moved so that all end on one day."""
    purchases: dict[str, list[int]] = {}
    spent: dict[str, list[float]] = {}
    end_day = _number(2025, 12, 31)
    for stream in streams:
        past = from_steps(stream.steps, stream.end, zone)
        if past.purchase_days:
            moved = end_day - past.as_of_day
            purchases[stream.user] = [day + moved for day in past.purchase_days]
            spent[stream.user] = list(past.spent)
    return shop_of("simulated", purchases, spent, end_day)


def shipped_shops(data: Path, streams: Iterable[Stream]) -> list[Shop]:
    """What the shipped weights are fitted on; ``data`` holds ``behaviour/``."""
    return [
        online_retail(data).until(RETAIL_CUT), cdnow(data).until(CDNOW_CUT), grocery(data), simulated(streams)
    ]  # fmt: skip


def _shop(name: str, rows: Iterable[tuple[object, int, float]], end_day: int) -> Shop:
    orders: _Orders = {}
    for customer, day, cost in rows:
        days = orders.setdefault(str(customer), {})
        days[day] = days.get(day, 0.0) + cost
    purchases = {customer: list(days) for customer, days in sorted(orders.items())}
    spent = {customer: list(days.values()) for customer, days in sorted(orders.items())}
    return shop_of(name, purchases, spent, end_day)


def grocery_rows(data: Path) -> Iterator[tuple[str, int]]:
    """Customer and day (since 1970) of each purchase.

    Raises:
        InputError: the file cannot be read.
    """
    file = data / "behaviour" / "grocery" / "groceryElog.csv"
    try:
        lines = file.read_text("utf-8").splitlines()[1:]
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}", hint="give --data its parent folder") from error
    for line in filter(None, lines):
        who, day = line.split(",")
        yield who, int(float(day))


def read_columns(file: Path, columns: list[str]) -> dict[str, list[Any]]:
    """Columns of a Parquet file.

    Raises:
        InputError: there is no such file.
    """
    if not file.is_file():
        raise InputError(f"no such file: {file}", hint="give --data its parent folder", field="data")
    found: dict[str, list[Any]] = pq.read_table(file, columns=columns).to_pydict()
    return found


def _day(at: object) -> int:
    if not isinstance(at, datetime):
        raise InputError(f"{at!r} is no time", field="date")
    return at.toordinal() - _EPOCH


def _number(year: int, month: int, day: int) -> int:
    return date(year, month, day).toordinal() - _EPOCH

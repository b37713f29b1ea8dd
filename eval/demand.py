"""``python -m purchase_agent.eval.demand --data FOLDER``: demand beside the naives, at later origins.

Online Retail has items; its categories are the first three characters of the stock code, which the shop gives to
products of a kind and time. CDNOW and the grocer name no items: they are judged as a whole only. Values of the method
(half-lives, pooling, the bound of a usual size) were chosen on Online Retail's weeks before 34, CDNOW's before the
literature's 39 and the grocer's first year; origins from there on are reported. docs/demand.md says what they were
looked at for. At each origin everything is learned anew from the weeks before it; which naive is to be beaten, what is
refused and how wide an interval is, too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from purchase_agent.demand.backtest import INTERVAL, LEVELS, Level
from purchase_agent.demand.model import summed
from purchase_agent.demand.naive import NAIVES, naive
from purchase_agent.demand.orders import Floats, Orders, Row, monday, orders_of, week_of
from purchase_agent.demand.outlook import Outlook, outlook
from purchase_agent.eval.behaviour.compared import cell, plain
from purchase_agent.eval.bench.table import Table, add_output, say, tell
from purchase_agent.metrics import Bootstrap
from purchase_agent.training.timing_sets import grocery_rows, read_columns

WEEKS = 4
OURS, MIXED = "ours", "ours, refused ones by their naive"
_EPOCH = date(1970, 1, 1).toordinal()
_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """A data set: ``first`` is the first origin that is judged, in weeks since the shop's first; ``end_day`` the first
    day after the data."""

    name: str
    orders: Orders
    first: int
    end_day: int
    levels: tuple[Level, ...]

    def origins(self, step: int) -> range:
        """Weeks from which ``WEEKS`` full ones were seen."""
        last = int(week_of(self.end_day)) - WEEKS
        return range(self.orders.first_week + self.first, last + 1, step)


def online_retail(data: Path, first: int = 34) -> Shop:
    """The gift wholesaler of 2010-12 to 2011-12; a cancelled invoice has negative quantities."""
    names = ["StockCode", "Quantity", "InvoiceDate", "CustomerID"]
    table = read_columns(data / "behaviour" / "online-retail" / "dev.parquet", names)
    rows = (
        Row(str(int(who)), _day(at), code, code[:3], float(units))
        for code, units, at, who in zip(*(table[name] for name in names), strict=True)
    )
    return Shop("online-retail", orders_of(rows), first, _day(datetime(2011, 12, 9)), LEVELS)  # noqa: DTZ001 -- a date


def cdnow(data: Path) -> Shop:
    """Customers who came first in early 1997, until 1998-06; CDs without names."""
    table = read_columns(data / "behaviour" / "cdnow" / "dev.parquet", ["id", "date", "qty"])
    rows = (
        Row(str(who), _day(at), "cd", None, float(units))
        for who, at, units in zip(table["id"], table["date"], table["qty"], strict=True)
    )
    return Shop("cdnow", orders_of(rows), 39, _day(datetime(1998, 7, 1)), ("total",))  # noqa: DTZ001 -- a date


def grocery(data: Path) -> Shop:
    """A grocer's purchases of two years: one unit each."""
    orders = orders_of(Row(who, day, "purchase", None, 1.0) for who, day in grocery_rows(data))
    return Shop("grocery", orders, 52, int(orders.sold.day[-1]) + 1, ("total",))


SETS: dict[str, Callable[[Path], Shop]] = {"online-retail": online_retail, "cdnow": cdnow, "grocery": grocery}


@dataclass(slots=True)
class _Sums:
    """Of one level: way -> error of each origin and key, in units, weeks one by one; and what else is counted."""

    error: dict[str, list[Floats]]
    whole: dict[str, list[Floats]]
    truth: list[Floats]
    refused: list[Floats]
    sold: list[Floats]
    inside: list[float]


def judge(shop: Shop, step: int = 1) -> dict[str, Any]:
    """Every figure of a shop, by level."""
    found: dict[Level, _Sums] = {level: _Sums({}, {}, [], [], [], []) for level in shop.levels}
    origins = shop.origins(step)
    for origin in origins:
        say(f"{shop.name}: week {origin - shop.orders.first_week}")
        told = outlook(shop.orders, origin, WEEKS)
        items = len(shop.orders.items)
        truth = shop.orders.sold.by_item(origin, origin + WEEKS, items)
        for level, sums in found.items():
            _add(sums, shop, origin, told[level], summed(truth, told[level].keys, len(told[level].names)))
    return {
        "origins": len(origins), "first_origin_day": monday(origins[0]), "weeks": WEEKS,
        "levels": {level: _figures(sums, level) for level, sums in found.items()},
    }  # fmt: skip


def _add(sums: _Sums, shop: Shop, origin: int, told: Outlook, truth: Floats) -> None:
    refused = np.asarray([bool(told.reason(key)) for key in range(len(told.names))])
    ways = {OURS: told.units, MIXED: np.where(refused, told.naive, told.units)}
    for which in NAIVES:
        cells = naive(which, shop.orders.sold, origin, WEEKS, len(shop.orders.items))
        if cells is not None:
            ways[which] = summed(cells, told.keys, len(told.names))
    ways["naive to beat, as chosen before"] = told.naive
    for way, cells in ways.items():
        sums.error.setdefault(way, []).append(np.abs(cells - truth).sum(0))
        sums.whole.setdefault(way, []).append(np.abs(cells.sum(0) - truth.sum(0)))
    sums.truth.append(truth.sum(0))
    alive = ~told.gone & (told.last_day >= 0)
    sums.refused.append(np.where(alive, refused, np.nan))
    sums.sold.append(truth.sum(0) * alive)
    low, high, here = told.low[:, alive], told.high[:, alive], truth[:, alive]
    sums.inside.append(float(((low <= here) & (here <= high)).mean()))


def _figures(sums: _Sums, level: Level) -> dict[str, Any]:
    """WAPE of every way that could answer at all origins, ours less the best naive, refusals and coverage.

    Resamples draw keys (items, categories); of the shop as a whole they draw origins, whose weeks overlap.
    """
    by_key = level != "total"
    count = len(sums.truth)
    ways = {way: some for way, some in sums.error.items() if len(some) == count}
    truth = _column(sums.truth, by_key=by_key)
    errors = {way: _column(some, by_key=by_key) for way, some in ways.items()}
    wholes = {way: _column(sums.whole[way], by_key=by_key) for way in ways}
    drawn = Bootstrap()

    def ratio(top: Floats) -> dict[str, float]:
        return plain(
            drawn.score("wape", "share", len(truth), lambda weight: (weight @ top) / np.maximum(weight @ truth, _TINY))
        )

    rows = {way: {"wape": ratio(errors[way]), "wape_4_weeks": ratio(wholes[way])} for way in ways}
    naives = [way for way in ways if way in NAIVES]
    best = min(naives, key=lambda way: rows[way]["wape"]["value"])
    best_whole = min(naives, key=lambda way: rows[way]["wape_4_weeks"]["value"])
    refused, sold = np.stack(sums.refused), np.stack(sums.sold)
    return {
        "keys": int((np.stack(sums.truth).sum(0) > 0).sum()),
        "rows": rows,
        "ours_minus_best_naive": {
            "wape": {"against": best, **ratio(errors[OURS] - errors[best])},
            "wape_4_weeks": {"against": best_whole, **ratio(wholes[OURS] - wholes[best_whole])},
        },
        "refused": round(float(np.nanmean(refused)), 4),
        "refused_of_units": round(float((np.nan_to_num(refused) * sold).sum() / sold.sum()), 4),
        "where_not_refused": _kept(sums, ways),
        "coverage": round(float(np.mean(sums.inside)), 4),
    }


def _kept(sums: _Sums, ways: Mapping[str, list[Floats]]) -> dict[str, float]:
    """WAPE of every way on the keys that are told at each origin."""
    kept = np.stack(sums.refused) == 0
    sold = (np.stack(sums.truth) * kept).sum()
    return {way: round(float((np.stack(some) * kept).sum() / max(sold, _TINY)), 4) for way, some in ways.items()}


def _column(cells: list[Floats], *, by_key: bool) -> Floats:
    table = np.stack(cells)
    return np.asarray(table.sum(0) if by_key else table.sum(1))


def tables(name: str, found: Mapping[str, Any]) -> Iterator[Table]:
    """The figures of a shop for people."""
    for level, one in found["levels"].items():
        rows = [
            [way, cell(figures["wape"]), cell(figures["wape_4_weeks"]), f"{one['where_not_refused'][way]:.4f}"]
            for way, figures in one["rows"].items()
        ]
        gaps = one["ours_minus_best_naive"]
        rows.append(["ours - best naive", *(cell(gap, signed=True) for gap in gaps.values()), ""])
        rows.append(["  which is", *(gap["against"] for gap in gaps.values()), ""])
        title = (
            f"{name}, {level}: {one['keys']} keys, {found['origins']} origins, {found['weeks']} weeks each; refused "
            f"{one['refused']:.1%} of keys with {one['refused_of_units']:.1%} of units; "
            f"{INTERVAL:.0%} intervals hold {one['coverage']:.1%}"
        )
        yield Table(title, ("", "WAPE of weeks", f"WAPE of {WEEKS} weeks together", "where not refused"), rows)


def _day(at: Any) -> int:
    return int(at.toordinal()) - _EPOCH


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds behaviour/")
    parser.add_argument("--set", choices=(*SETS, "all"), default="all", help="which shop")
    parser.add_argument("--step", type=int, default=1, help="weeks between origins")
    add_output(parser)
    given = parser.parse_args(arguments)
    chosen = SETS if given.set == "all" else {given.set: SETS[given.set]}
    found = {name: judge(read(given.data), given.step) for name, read in chosen.items()}
    tell(given, [table for name, one in found.items() for table in tables(name, one)], {"demand": found})


if __name__ == "__main__":
    main()

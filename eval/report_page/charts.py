"""Places of marks on the page's drawings, in pixels of the drawing; the template draws them as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10, sqrt
from typing import Any

from purchase_agent.eval.report_page.folders import number

FOREST_WIDTH, FOREST_HEIGHT = 260, 24
_FOREST_LEFT, _FOREST_RIGHT = 6, 254
SQUARE = 300
LEFT, RIGHT, TOP, BOTTOM = 54, 290, 10, 258
"""Of the area inside the axes of a square drawing."""
_MOST_POINTS = 200  # of a line: more are not seen
SHADES = 9


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A value in a row of intervals: its place, its interval's, and the name of a baseline."""

    at: float
    low: float
    high: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A value on a square drawing, and what it says."""

    x: float
    y: float
    words: str
    size: float = 4.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a confusion: rows are what holds."""

    target: str
    answer: str
    count: int
    share: float

    @property
    def shade(self) -> int:
        """0 (none) to ``SHADES``."""
        return 0 if not self.count else max(1, round(self.share * SHADES))


@dataclass(frozen=True, slots=True)
class Confusion:
    """Rows of cells with their labels."""

    labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def scale(highest: float, *, shares: bool = True) -> float:
    """The end of an axis that begins at 0: 1 for ``shares``, else a round number."""
    if highest <= 0 or (shares and highest <= 1):
        return 1.0
    unit: float = 10.0 ** floor(log10(highest))
    return next(unit * by for by in (1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10) if unit * by >= highest)


def forest(value: float, low: float | None, high: float | None, top: float, least: float = 0.0, name: str = "") -> Dot:
    """A value with its interval on an axis from ``least`` to ``top``."""

    def x(one: float) -> float:
        share = (min(max(one, least), top) - least) / (top - least)
        return round(_FOREST_LEFT + share * (_FOREST_RIGHT - _FOREST_LEFT), 1)

    return Dot(x(value), x(value if low is None else low), x(value if high is None else high), name)


def axis() -> tuple[Tick, ...]:
    """Ticks of a square drawing from 0 to 1, by quarters."""
    return tuple(Tick(one / 4, f"{one * 25} %" if one else "0") for one in range(5))


def x_of(share: float) -> float:
    return round(LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT), 1)


def y_of(share: float) -> float:
    return round(BOTTOM - min(max(share, 0.0), 1.0) * (BOTTOM - TOP), 1)


def reliability(given: object) -> tuple[Point, ...]:
    """Observed share over told probability; a point is as large as it has rows."""
    bins = [one for one in _rows(given) if number(one.get("n", 1)) and _both(one, "p", "observed")]
    most = max((number(one.get("n")) or 1.0 for one in bins), default=1.0)
    return tuple(
        Point(
            x_of(float(one["p"])), y_of(float(one["observed"])),
            f"told {100 * one['p']:.0f} %, was so {100 * one['observed']:.0f} %, n = {int(one.get('n') or 1):,}",
            round(2.5 + 4 * sqrt((number(one.get("n")) or 1.0) / most), 1),
        )
        for one in bins
    )  # fmt: skip


def risk(given: object) -> tuple[tuple[Point, ...], float]:
    """Share of wrong answers over share answered, the surest first; and the top of the vertical axis."""
    rows = [one for one in _rows(given) if _both(one, "coverage", "risk")]
    step = max(1, ceil(len(rows) / _MOST_POINTS))
    kept = rows[::step] + (rows[-1:] if rows and (len(rows) - 1) % step else [])
    highest = max((float(one["risk"]) for one in kept), default=1.0)
    top = next((one for one in (0.1, 0.25, 0.5) if highest <= one), 1.0)
    return tuple(
        Point(x_of(float(one["coverage"])), y_of(float(one["risk"]) / top),
              f"{100 * one['coverage']:.0f} % answered, {100 * one['risk']:.1f} % of them wrong")
        for one in kept
    ), top  # fmt: skip


def confusion(given: object) -> Confusion | None:
    """Counts as cells shaded by the share of their row; None where there is none."""
    if not isinstance(given, dict) or not isinstance(given.get("labels"), list):
        return None
    labels, counts = tuple(str(one) for one in given["labels"]), given.get("counts")
    if not labels or not isinstance(counts, list) or len(counts) != len(labels):
        return None
    rows = []
    for target, row in zip(labels, counts, strict=True):
        if not isinstance(row, list) or len(row) != len(labels):
            return None
        numbers = [int(number(one) or 0) for one in row]
        total = sum(numbers)
        rows.append(
            tuple(Cell(target, answer, one, one / total if total else 0.0)
                  for answer, one in zip(labels, numbers, strict=True))
        )  # fmt: skip
    return Confusion(labels, tuple(rows))


def _rows(given: object) -> Sequence[Mapping[str, Any]]:
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _both(row: Mapping[str, Any], one: str, other: str) -> bool:
    return number(row.get(one)) is not None and number(row.get(other)) is not None

"""Places of a chart's marks on a drawing of ``WIDTH`` by ``HEIGHT``; the page's template draws them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from purchase_agent.backtest.run import Horizon
from purchase_agent.backtest.scores import Part
from purchase_agent.backtest.verdict import percent

WIDTH, HEIGHT = 340, 300
LEFT, RIGHT, TOP, BOTTOM = 54, 318, 12, 256
"""Of the area inside the axes."""
_BAR = 0.62  # of the room of a decile


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A value with its interval at ``x``: from ``low`` up to ``high`` on the drawing, and in words."""

    x: float
    y: float
    low: float
    high: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Marks of the models in use, and of the best baseline where it is drawn beside them."""

    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    beside: tuple[Mark, ...] = ()
    level: float = 0.0
    width: float = 0.0


def reliability(horizon: Horizon) -> Chart:
    """Observed rate over mean prediction; both axes alike, so that the diagonal is where they agree."""
    parts = horizon.models.reliability
    ticks = _ticks(max(max(part.predicted, part.high) for part in parts), most=1.0)
    top = ticks[-1]
    marks = tuple(
        Mark(
            _x(part.predicted / top), _y(part.rate / top), _y(part.low / top), _y(part.high / top),
            f"predicted {percent(part.predicted)}, bought {_share(part)} (n={part.n})",
        )
        for part in parts
    )  # fmt: skip
    shown = [f"{100 * one:g} %" if one else "0" for one in ticks]
    return Chart(
        tuple(Tick(_x(one / top), words) for one, words in zip(ticks, shown, strict=True)),
        tuple(Tick(_y(one / top), words) for one, words in zip(ticks, shown, strict=True)),
        marks,
    )


def lift(horizon: Horizon) -> Chart:
    """Each tenth's rate over that of all, those predicted highest first: of the models, and of the best baseline."""
    own = horizon.models.deciles
    other = next(row for row in horizon.rows if row.name == horizon.best).deciles
    ticks = _ticks(max(part.high for part in (*own, *other)) / horizon.rate)
    top, room = ticks[-1], (RIGHT - LEFT) / len(own)

    def marks(parts: Sequence[Part]) -> tuple[Mark, ...]:
        return tuple(
            Mark(
                LEFT + room * (place + 0.5),
                _y(part.rate / horizon.rate / top),
                _y(part.low / horizon.rate / top),
                _y(part.high / horizon.rate / top),
                f"tenth {place + 1}: {part.rate / horizon.rate:.2f} times average, bought {_share(part)} (n={part.n})",
            )
            for place, part in enumerate(parts)
        )

    return Chart(
        tuple(Tick(LEFT + room * (place + 0.5), str(place + 1)) for place in range(len(own))),
        tuple(Tick(_y(one / top), f"{one:g}") for one in ticks),
        marks(own),
        marks(other),
        _y(1 / top),
        room * _BAR,
    )


def _ticks(highest: float, most: float = float("inf")) -> list[float]:
    """Round numbers from 0 to at least ``highest``, four to seven of them."""
    rough = highest / 4
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * by for by in (1, 2, 2.5, 5, 10) if unit * by >= rough)
    return [round(min(step * place, most), 10) for place in range(ceil(round(min(highest, most) / step, 6)) + 1)]


def _x(share: float) -> float:
    return round(LEFT + share * (RIGHT - LEFT), 2)


def _y(share: float) -> float:
    return round(BOTTOM - share * (BOTTOM - TOP), 2)


def _share(part: Part) -> str:
    return f"{percent(part.rate)}, {percent(part.low)} to {percent(part.high)}"

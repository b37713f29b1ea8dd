"""A backtest as one HTML page that needs nothing else: no script, no network, its drawings inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from purchase_agent.backtest import charts
from purchase_agent.backtest.run import MODELS, Backtest, Horizon
from purchase_agent.backtest.scores import PARTS
from purchase_agent.backtest.verdict import advice, percent, sentence
from purchase_agent.clean import printable
from purchase_agent.metrics import Score

TEMPLATE = Path(__file__).with_name("page.html.j2")


def page(found: Backtest, version: str) -> str:
    """The whole page; ``version`` is that of this package."""
    environment = SandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {
        "percent": percent,
        "figure": _figure,
        "interval": _interval,
        "shown": printable,
        "number": "{:,}".format,
    }
    template = environment.from_string(TEMPLATE.read_text("utf-8"))
    return template.render(
        found=found, horizons=[_horizon(one) for one in found.horizons], advice=advice(found), models=MODELS,
        version=version, box=charts, parts=PARTS,
    )  # fmt: skip


def _horizon(one: Horizon) -> dict[str, Any]:
    return {
        "of": one, "says": sentence(one), "reliability": charts.reliability(one), "lift": charts.lift(one),
        "table": next(row for row in one.rows if row.name == MODELS),
    }  # fmt: skip


def _figure(score: Score) -> str:
    if score.value != score.value:
        return "–"
    return f"{score.value:.{_places(score)}f}".replace("-", "\N{MINUS SIGN}")


def _interval(score: Score) -> str:
    if score.low != score.low or score.high != score.high:
        return ""
    places = _places(score)
    between = " to " if score.low < 0 else "–"
    return f"{score.low:.{places}f}{between}{score.high:.{places}f}".replace("-", "\N{MINUS SIGN}")


def _places(score: Score) -> int:
    """As many as the interval makes worth telling."""
    return 4 if score.high - score.low < 0.01 else 3

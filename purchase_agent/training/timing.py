"""``train timing``: from purchase histories to a model folder, fitted and judged at past cuts.

Everything goes forward in time. From each of several past days (origins) the parts are fitted on what was known then
and predict the days that follow; how the parts are pooled, and how fast a shop's level is followed, is chosen by
log-loss on these predictions. The newest origin is judged with a pool chosen on the older ones. Then all is fitted anew
up to the last day.

The weights that ship are fitted on several shops, and pooled on shops that were left out in turn: a shop nobody knows
gets the shipped parameters and nothing of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from purchase_agent.errors import InputError
from purchase_agent.labels import HORIZONS
from purchase_agent.predictors.model_folder import seal
from purchase_agent.predictors.timing.features import FORMS
from purchase_agent.predictors.timing.model import FILES
from purchase_agent.predictors.timing.parts import LEARNED, Form, Parameters, Pooling
from purchase_agent.training import timing_card, trees
from purchase_agent.training.progress import Progress
from purchase_agent.training.timing_hazard import LEVELS, Hazards, HazardSettings, fit_hazards
from purchase_agent.training.timing_pool import OWN, UNKNOWN, Judged, drift, fit_pooling, log_loss_of
from purchase_agent.training.timing_rows import Shop, draw, rows_at, shop_of
from purchase_agent.training.timing_scores import judged_figures

FEWEST_CUSTOMERS = 200
FEWEST_REPEATERS = 50
SPAN = 3
"""A horizon is fitted on a history of at least so many times its days; further ones go on as the closed forms do."""
LONGEST_NEEDED = 30
"""Days of the horizon without which a training is refused."""
_ORIGINS, _BETWEEN, _FIRST = 4, 28, 37
_AHEAD, _EVERY = 14, 2  # days after an origin that are predicted: every weekday once
_WARM = 45  # days before the oldest origin
_MOST_CUSTOMERS = 40_000  # of a shop; more would add nothing to so few parameters


def train_timing(
    purchases: Mapping[str, Sequence[int]], spent: Mapping[str, Sequence[float]] | None, out: Path, seed: int,
    progress: Progress, *, name: str, calibrated_on: str, end_day: int,
) -> dict[str, Any]:  # fmt: skip
    """``train_shop`` of plain purchase histories.

    Args:
        purchases: customer -> purchase days since 1970 in the shop's own zone, in any order.
        spent: customer -> what each of them cost, place for place; None where no amount is known.
        name: version of the model that is written.
        end_day: the last day that was watched; later days are not used.
    """
    shop = shop_of(name, purchases, spent, end_day)
    return train_shop(shop, out, seed, progress, calibrated_on=calibrated_on)


def train_shop(
    shop: Shop, out: Path, seed: int, progress: Progress, *, calibrated_on: str, settings: HazardSettings | None = None
) -> dict[str, Any]:
    """Trains on one shop and writes the model folder ``out``, whose version is the shop's name.

    Args:
        calibrated_on: told in every answer, such as ``own:2026-11``.

    Returns:
        The figures, which also lie in ``out/metrics.json``.

    Raises:
        InputError: too short a history, with the reason and the counts.
    """
    horizons = fitted_horizons(shop)
    if len(shop.ids) > _MOST_CUSTOMERS:
        shop = shop.only(draw(shop, _MOST_CUSTOMERS / len(shop.ids), "timing"))
    settings = replace(settings or HazardSettings(), own=True, horizons=horizons)
    hazards, judged, level = fit_shop(shop, seed, progress, settings)
    report = {
        "trained_on": [_facts(shop)],
        "horizons_fitted": horizons,
        "level_days": level,
        "origins": [one.group for one in judged],
        "judged": judged_figures(judged, OWN),
        "settings": asdict(settings),
    }
    return _write(out, hazards, judged, level, report, name=shop.name, calibrated_on=calibrated_on)


def fitted_horizons(shop: Shop) -> tuple[int, ...]:
    """The horizons that a shop's history is long enough for.

    Raises:
        InputError: there are too few customers, too few who came back, or too few days, with the counts.
    """
    came_back = int((np.diff(shop.starts) > 1).sum())
    span = shop.end_day - shop.first_day + 1 if len(shop.ids) else 0
    needed = {
        "customers": (len(shop.ids), FEWEST_CUSTOMERS),
        "customers who bought on a second day": (came_back, FEWEST_REPEATERS),
        "days": (span, SPAN * LONGEST_NEEDED),
    }
    short = [f"{there} {what}, {fewest} needed" for what, (there, fewest) in needed.items() if there < fewest]
    if short:
        raise InputError(
            f"the purchase history is too short to learn timing from: {'; '.join(short)}",
            hint="give a longer history; the shipped model answers until then",
            field="purchases",
        )
    return tuple(days for days in HORIZONS if SPAN * days <= span)


def fit_shop(
    shop: Shop, seed: int, progress: Progress, settings: HazardSettings
) -> tuple[Hazards, list[Judged], float]:
    """Parts fitted on all of a shop, predictions from its past origins (newest first), and days of its level."""
    starts = origins(shop)
    raws, rows, levels = [], [], {}
    for place, origin in enumerate(starts):
        progress("past cuts", place, len(starts) + 1, {})
        fitted = fit_hazards([shop.until(origin)], seed, replace(settings, bags=1))
        ahead = rows_at(shop, range(origin, min(origin + _AHEAD, shop.end_day), _EVERY))
        raws.append((fitted, fitted.raw(ahead.past)))
        rows.append(ahead)
    for level in LEVELS:
        levels[level] = [
            Judged(f"day {origin}", ahead, fitted.log_odds(raw, level), raw.columns.forms)
            for origin, ahead, (fitted, raw) in zip(starts, rows, raws, strict=True)
        ]
    level = min(LEVELS, key=lambda one: _loss(levels[one], settings.horizons))
    progress("past cuts", len(starts), len(starts) + 1, {})
    hazards = fit_hazards([shop], seed, settings)
    progress("past cuts", len(starts) + 1, len(starts) + 1, {"level_days": level})
    return hazards, levels[level], level


def origins(shop: Shop) -> list[int]:
    """Past days from which a shop's future is predicted, newest first."""
    days = [shop.end_day - _FIRST - place * _BETWEEN for place in range(_ORIGINS)]
    return [day for day in days if day - shop.first_day >= _WARM and _enough(shop, day)]


def _enough(shop: Shop, day: int) -> bool:
    count = np.add.reduceat(shop.days <= day, shop.starts[:-1])
    return int((count > 0).sum()) >= FEWEST_CUSTOMERS // 2 and int((count > 1).sum()) >= FEWEST_REPEATERS // 2


def train_shipped(
    shops: Sequence[Shop], out: Path, seed: int, progress: Progress, *,
    name: str, licences: Mapping[str, str], settings: HazardSettings | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Trains on several shops for shops that nobody knows, and writes the model folder ``out``.

    Args:
        licences: shop's name -> the licence of its data, told in the model card.

    Raises:
        InputError: fewer than two shops.
    """
    if len(shops) < 2:
        raise InputError(f"{len(shops)} shops: each is predicted from the others", field="shops")
    settings = replace(settings or HazardSettings(), own=False)
    judged = []
    for place, shop in enumerate(shops):
        progress("shops left out", place, len(shops) + 1, {})
        others = [one for one in shops if one is not shop]
        fitted = fit_hazards(others, seed, replace(settings, bags=1))
        rows = rows_at(shop, _spread(shop))
        raw = fitted.raw(rows.past)
        judged.append(Judged(shop.name, rows, fitted.log_odds(raw, None), raw.columns.forms))
    progress("shops left out", len(shops), len(shops) + 1, {})
    hazards = fit_hazards(shops, seed, settings)
    progress("shops left out", len(shops) + 1, len(shops) + 1, {})
    facts = [{**_facts(shop), "licence": licences[shop.name]} for shop in shops]
    report = {
        "trained_on": facts,
        "horizons_fitted": HORIZONS,
        "left_out_in_turn": {one.group: judged_figures(_first(one, judged), UNKNOWN) for one in judged},
        "settings": asdict(settings),
    }
    return _write(out, hazards, judged, None, report, name=name, calibrated_on="shipped")


def _first(one: Judged, judged: Sequence[Judged]) -> list[Judged]:
    return [one, *(other for other in judged if other is not one)]


def _spread(shop: Shop) -> list[int]:
    """Days of a shop's life, on different weekdays."""
    span = shop.end_day - shop.first_day
    return [shop.first_day + round(span * share) for share in (0.3, 0.42, 0.53, 0.64, 0.75)]


def _loss(judged: Sequence[Judged], horizons: Sequence[int]) -> float:
    """Log-loss of the learned parts, each horizon beside that of the closed forms."""
    total = 0.0
    for column, days in enumerate(horizons):
        usual = log_loss_of(judged, FORMS[0], column, days)
        if np.isfinite(usual):
            total += sum(log_loss_of(judged, part, column, days) / usual for part in LEARNED)
    return total


def _facts(shop: Shop) -> dict[str, Any]:
    count = np.diff(shop.starts)
    return {
        "name": shop.name, "customers": len(shop.ids), "came_back": int((count > 1).sum()),
        "purchase_days": len(shop.days), "days": shop.end_day - shop.first_day + 1,
    }  # fmt: skip


def parameters_of(
    hazards: Hazards, pooling: Sequence[Pooling], level: float | None, *,
    name: str, calibrated_on: str, drifts: Mapping[str, float],
) -> Parameters:  # fmt: skip
    """What ``timing.json`` holds."""
    shift, basis = hazards.shift(level), hazards.basis
    first, second = basis.bgnbd, basis.paretonbd
    return Parameters(
        name=name,
        calibrated_on=calibrated_on,
        bgnbd=Form(parameters=(first.r, first.alpha, first.a, first.b)),
        paretonbd=Form(parameters=(second.r, second.alpha, second.s, second.beta)),
        columns=hazards.names,
        day_factor=basis.day_factor,
        spent_scale=basis.spent_scale,
        linear=tuple(
            one.model_copy(update={"bias": one.bias + float(shift[0, place])})
            for place, one in enumerate(hazards.linear)
        ),
        bags=len(hazards.forests),
        tree_offsets=tuple(float(one) for one in shift[1]),
        pooling=tuple(pooling),
        drift=dict(drifts),
    )


def _write(
    out: Path, hazards: Hazards, judged: Sequence[Judged], level: float | None, report: dict[str, Any], *,
    name: str, calibrated_on: str,
) -> dict[str, Any]:  # fmt: skip
    begin = UNKNOWN if level is None else OWN
    pooling, drifts = fit_pooling(judged, begin), drift(judged, begin)
    told = parameters_of(hazards, pooling, level, name=name, calibrated_on=calibrated_on, drifts=drifts)
    report = {
        "version": name, **report, "drift": drifts,
        "pooling": {str(days): one.model_dump() for days, one in zip(HORIZONS, pooling, strict=True)},
    }  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    (out / "timing.json").write_text(told.model_dump_json(), encoding="utf-8")
    trees.build([one for forest in hazards.forests for one in forest], len(hazards.names), out / "hazard.onnx")
    (out / "metrics.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    (out / "MODEL_CARD.md").write_text(timing_card.text(told, report), encoding="utf-8")
    seal(out, FILES, {"version": name, "calibrated_on": calibrated_on})
    return report

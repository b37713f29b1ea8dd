"""Text and behaviour in one answer, fused in log-odds.

What the events say is the base; the shopper's words move it by what they say beyond what words say on average. Both
speak of the same shopper, so they are not independent: words move the base by ``TEXT_SHARE`` of their log-odds, and
the stage that events show moves that of the words by ``STAGE_SHARE``. No public data holds words and events of the same
shoppers: the two shares are assumptions, stated here, not fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from purchase_agent.labels import HORIZONS, INTENTS, MOTIVATIONS, TIMINGS, TimingReason
from purchase_agent.predictors.calibrate import cdf_of, sigmoid
from purchase_agent.predictors.platt import log_odds

Floats = NDArray[np.float64]

TEXT_SHARE = 0.7
STAGE_SHARE = 0.5
YEAR = 365
_EDGE = 1e-4
_PROVEN = 0.5
_LATER, _NOT, _UNKNOWN = (TIMINGS.index(name) for name in ("later", "not_expected", "unknown"))
TOLD = ("intent", "next_action", "timing")
"""Tasks of which it is told what each source added."""


@dataclass(frozen=True, slots=True)
class EventsReading:
    """What a shopper's events say. ``cdf`` [5]: a purchase within 1, 7, 30, 90 and 365 days. ``steps``: source ->
    task -> distribution, from the prior on, each with one source more."""

    intent: Floats
    motivation: Floats
    next_action: Floats
    cdf: Floats
    p_active: float | None
    repurchase: bool
    reasons: list[TimingReason]
    steps: dict[str, dict[str, Floats]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fused:
    """One answer before it is worded. ``row`` as of ``Readings.row``; ``steps`` as in ``EventsReading``, the last one
    being the answer itself."""

    row: dict[str, Floats]
    steps: dict[str, dict[str, Floats]]


def bins_of(cdf: Floats) -> Floats:
    """[TIMINGS] of a CDF at 1, 7, 30, 90 and 365 days."""
    return np.asarray([*np.diff(np.concatenate([[0.0], cdf])), 1 - cdf[-1], 0.0])


def of_text(row: Mapping[str, Floats], prior: Mapping[str, Sequence[float]]) -> Fused:
    """Words alone."""
    base = {task: np.asarray(prior[task]) for task in TOLD}
    return Fused(dict(row), {"prior": base, "text": {task: row[task] for task in TOLD}})


def of_events(events: EventsReading) -> Fused:
    """Events alone; they show no feeling, no obstacle and no refusal."""
    row = {
        "intent": events.intent,
        "next_action": events.next_action,
        "timing": bins_of(events.cdf),
        "motivation": events.motivation,
        "barrier": np.zeros(8),
        "sentiment": np.asarray([0.0, 1.0, 0.0]),
        "flags": np.asarray([0.0, float(events.repurchase)]),
        "purchase": np.asarray(events.cdf[2]),
    }
    return Fused(row, dict(events.steps))


def of_both(row: Mapping[str, Floats], prior: Mapping[str, Sequence[float]], events: EventsReading) -> Fused:
    """Events as the base, moved by words."""
    alone = of_events(events)
    out = dict(row)
    out["intent"] = _normal(np.log(_floor(row["intent"])) + STAGE_SHARE * np.log(events.intent * len(INTENTS)))
    told = np.log(_floor(row["next_action"])) - np.log(_floor(np.asarray(prior["next_action"])))
    out["next_action"] = _normal(np.log(_floor(events.next_action)) + TEXT_SHARE * told)
    out["timing"] = _timing(row["timing"], np.asarray(prior["timing"]), events.cdf)
    out["purchase"] = cdf_of(out["timing"])[2]
    out["motivation"] = _motivation(row["motivation"], events.motivation)
    out["flags"] = np.maximum(row["flags"], alone.row["flags"])
    return Fused(out, {**events.steps, "text": {task: out[task] for task in TOLD}})


def of_searches(row: Mapping[str, Floats], events: EventsReading) -> Fused:
    """Events, and words that are none but the searches among them: these are counted once, as events, and only add
    what no event says, motives and obstacles."""
    alone = of_events(events)
    out = dict(alone.row)
    out["motivation"] = _motivation(row["motivation"], events.motivation)
    out["barrier"] = row["barrier"]
    return Fused(out, alone.steps)


def _timing(text: Floats, prior: Floats, cdf: Floats) -> Floats:
    moved = log_odds(cdf_of(text), _EDGE) - log_odds(cdf_of(prior), _EDGE)
    soon = sigmoid(log_odds(cdf[: len(HORIZONS)], _EDGE) + TEXT_SHARE * moved)
    soon = np.maximum.accumulate(soon)
    # What comes after the last horizon, or never: as events and words share it on average.
    from_events = (cdf[-1] - cdf[-2]) / max(1 - cdf[-2], _EDGE)
    rest = text[_LATER] + text[_NOT]
    from_text = text[_LATER] / rest if rest > 0.05 else from_events
    later = (1 - soon[-1]) * (from_events + from_text) / 2
    return bins_of(np.concatenate([soon, [soon[-1] + later]]))


def _motivation(text: Floats, events: Floats) -> Floats:
    proven = np.where(events >= _PROVEN, events, 0.0)
    unknown = MOTIVATIONS.index("unknown")
    proven[unknown] = 0.0
    out: Floats = np.maximum(text, proven)
    out[unknown] = min(text[unknown], 1 - proven.max())
    return out


def _normal(log_scores: Floats) -> Floats:
    scores = np.exp(log_scores - log_scores.max())
    out: Floats = scores / scores.sum()
    return out


def _floor(p: Floats) -> Floats:
    return np.maximum(p, _EDGE)

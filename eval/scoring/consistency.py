"""The taxonomy's consistency rules on a prediction's JSON, whoever wrote it: which of them it breaks."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from purchase_agent.labels import HORIZONS, level_of

_SLACK = 1e-3  # of rounding, as in ``prediction``
_SINGLE = ("intent", "next_action", "timing")


def breaches(document: Mapping[str, Any]) -> list[str]:
    """Names of the rules that are broken; empty for a prediction without an answer.

    Raises:
        KeyError, TypeError: it lacks a part that a rule reads, so it is no prediction.
    """
    if document.get("status") != "ok":
        return []
    found = []
    for name in _SINGLE:
        chances = document[name]["probabilities"]
        if abs(sum(chances.values()) - 1) > max(len(chances), 1) * _SLACK:
            found.append(f"sum_{name}")
    intent, timing = document["intent"], document["timing"]
    if intent["level"] != level_of(intent["label"]):
        found.append("level")
    if intent["declined"] and intent["label"] == "ready":
        found.append("declined_ready")
    cdf = [timing["cdf"][str(days)] for days in HORIZONS]
    if any(later < earlier for earlier, later in pairwise(cdf)):
        found.append("cdf_falls")
    if abs(cdf[2] - intent["purchase_probability"]["value"]) > _SLACK:
        found.append("purchase_is_cdf_30")
    steps = {
        "now": cdf[0], "within_7d": cdf[1] - cdf[0], "within_30d": cdf[2] - cdf[1], "within_90d": cdf[3] - cdf[2],
    }  # fmt: skip
    if any(abs(timing["probabilities"][name] - mass) > 2 * _SLACK for name, mass in steps.items()):
        found.append("bins_of_cdf")
    return found

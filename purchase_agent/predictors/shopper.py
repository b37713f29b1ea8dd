"""Several texts, one answer: the newest open subject, its texts weighed by age.

A subject is open while its newest text shows a need that is neither satisfied nor refused and is not older than
``STALE_DAYS``. Where none is open the newest subject answers. Inside a subject the newest text leads: each step back
counts ``STEP`` of the one after it and halves every ``HALF_LIFE_DAYS``. What was said of reasons and obstacles stays
true longer than a stage: for these the strongest statement counts, faded by age.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from purchase_agent.evidence import Text, in_utc
from purchase_agent.labels import INTENTS, MOTIVATIONS
from purchase_agent.predictors.calibrate import Readings, timing_bins

Floats = NDArray[np.float64]

STALE_DAYS = 60.0
HALF_LIFE_DAYS = 14.0
STEP = 0.25
REASON_HALF_LIFE_DAYS = 45.0
_OPEN = [INTENTS.index(name) for name in ("awareness", "exploration", "consideration", "ready")]


def ages(texts: Sequence[Text], as_of: datetime) -> Floats:
    """Days from each text to ``as_of``; a text without a time is new."""
    return np.asarray(
        [(as_of - in_utc(text.at)).total_seconds() / 86_400 if text.at is not None else 0.0 for text in texts]
    )


def choose(texts: Sequence[Text], readings: Readings, as_of: datetime) -> list[int]:
    """Places of the texts of the subject that answers, oldest first."""
    if len(texts) == 1:
        return [0]
    # Imported here: its word tables cost a tenth of a cold start, and one text needs none of them.
    from purchase_agent.predictors.subjects import group

    subjects = group(texts)
    days = ages(texts, as_of)

    def is_open(places: Sequence[int]) -> bool:
        newest = places[-1]
        wants = readings.intent[newest][_OPEN].sum() > 0.5
        refuses = readings.flags[newest][0] > 0.5
        return bool(wants and not refuses and days[newest] <= STALE_DAYS)

    open_subjects = [places for places in subjects if is_open(places)]
    return (open_subjects or subjects)[-1]


def weights(days: Floats) -> Floats:
    """Share of each text of one subject in its stage, action and timing; ``days`` oldest first. Sums to one."""
    steps = np.arange(len(days))[::-1]
    raw = STEP**steps * 0.5 ** ((days - days[-1]) / HALF_LIFE_DAYS)
    out: Floats = raw / raw.sum()
    return out


def combine(readings: Readings, places: Sequence[int], days: Floats) -> dict[str, Floats]:
    """One reading from those at ``places`` (oldest first); ``days`` are the ages of these texts."""
    if len(places) == 1:
        return readings.row(places[0])
    share = weights(days)
    rows = list(places)
    out: dict[str, Floats] = {
        name: share @ getattr(readings, name)[rows]
        for name in ("intent", "sentiment", "next_action", "timing", "flags")
    }
    fade = 0.5 ** ((days - days[-1]) / REASON_HALF_LIFE_DAYS)
    for name in ("motivation", "barrier"):
        out[name] = (getattr(readings, name)[rows] * fade[:, None]).max(0)
    # Not stated here is no news where another text states it.
    unknown = MOTIVATIONS.index("unknown")
    out["motivation"][unknown] = readings.motivation[rows, unknown].min()
    out["purchase"] = share @ readings.purchase[rows]
    out["timing"] = timing_bins(out["timing"][None], np.asarray([out["purchase"]]))[0]
    return out

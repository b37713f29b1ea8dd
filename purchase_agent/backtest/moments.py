"""Shoppers at moments of the past: what was known of them then, what the models say to that, and what came after.

Nothing after the moment reaches a prediction: a history is made of the events up to it, with the moment as its as-of.
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from purchase_agent.event_files import Shoppers
from purchase_agent.events import History, Step, from_steps
from purchase_agent.predictors.fuse import EventsReading

Floats = NDArray[np.float64]

DAY_S = 86_400.0
DAYS = (1, 7, 30, 90, 365)
"""The horizons of a reading."""
_OWN = re.compile(r"own:(\d{4})-(\d{2})")
_TOGETHER = 512  # histories predicted as one batch
Told = Callable[[str, int, int], None]
"""Is told of progress: a stage, how much of it is done, and of how much."""


class EventModels(Protocol):
    """The models in use, as ``predictors.happenings.EventsPredictor``."""

    @property
    def versions(self) -> dict[str, str]: ...
    @property
    def calibrated_on(self) -> str: ...
    def read(self, histories: Sequence[History]) -> Sequence[EventsReading]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Everybody who was known at one moment; n shoppers.

    Attributes:
        at: seconds since 1970.
        ids: [n].
        chances: [n, DAYS] chance of a purchase within so many days, by all models together.
        timing: [n, DAYS] the same by purchase history alone; NaN where nothing had been bought.
        purchase_days: of those who had bought, days since 1970.
        wait: [n] days from the moment to the next purchase; infinite where none came.
    """

    at: float
    ids: list[str]
    chances: Floats
    timing: Floats
    purchase_days: dict[str, tuple[int, ...]]
    wait: Floats

    @property
    def bought(self) -> NDArray[np.bool_]:
        """[n] whether a shopper had bought by then."""
        return ~np.isnan(self.timing[:, 0])


def windows(first: float, last: float, days: int, most: int) -> list[float]:
    """Moments from ``last`` back to ``first``, newest first, ``days`` apart: what follows each is judged once."""
    out: list[float] = []
    while len(out) < most and last - len(out) * days * DAY_S >= first:
        out.append(last - len(out) * days * DAY_S)
    return out


def known(shoppers: Shoppers, at: float) -> Iterator[tuple[str, History]]:
    """Every shopper with an event up to a moment, and his history until then."""
    for name, steps in shoppers.steps.items():
        place = bisect_right(steps, at, key=_at)
        if place:
            yield name, from_steps(steps[:place], at, shoppers.zone)


def look(
    shoppers: Shoppers, outcomes: Mapping[str, Sequence[Step]], at: float, models: EventModels, told: Told
) -> Moment:
    """Asks the models about everybody known at a moment, and looks up what came after it.

    Args:
        outcomes: shopper id -> steps in order, purchases among them; usually those of ``shoppers``.
        told: of progress.
    """
    stage, total = "predictions", sum(1 for steps in shoppers.steps.values() if steps[0].at <= at)
    ids: list[str] = []
    chances, timing = np.empty((total, len(DAYS))), np.full((total, len(DAYS)), np.nan)
    purchase_days: dict[str, tuple[int, ...]] = {}
    rest = known(shoppers, at)
    while group := list(islice(rest, _TOGETHER)):
        for (name, past), reading in zip(group, models.read([past for _, past in group]), strict=True):
            chances[len(ids)] = reading.cdf
            if past.purchase_days:
                purchase_days[name] = past.purchase_days
                timing[len(ids)] = np.cumsum(reading.steps["history"]["timing"][: len(DAYS)])
            ids.append(name)
        told(stage, len(ids), total)
    return Moment(at, ids, chances, timing, purchase_days, waits(outcomes, ids, at))


def waits(outcomes: Mapping[str, Sequence[Step]], ids: Sequence[str], at: float) -> Floats:
    """[ids] days from a moment to each shopper's next purchase after it; infinite where none came."""
    out = np.full(len(ids), np.inf)
    for row, name in enumerate(ids):
        steps = outcomes.get(name, ())
        for place in range(bisect_right(steps, at, key=_at), len(steps)):
            if steps[place].action == "purchase":
                out[row] = (steps[place].at - at) / DAY_S
                break
    return out


def seen_until(calibrated_on: str) -> float:
    """Seconds since 1970 up to which the models in use may have seen what happened; 0 for the shipped ones."""
    match = _OWN.fullmatch(calibrated_on)
    if match is None:
        return 0.0
    year, month = int(match[1]), int(match[2])
    end = datetime(year, month, calendar.monthrange(year, month)[1], tzinfo=UTC)
    return end.timestamp() + DAY_S


def _at(step: Step) -> float:
    return step.at

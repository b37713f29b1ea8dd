"""A small simulated shop, and models of events that need no files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from purchase_agent.event_files import Shoppers
from purchase_agent.events import History, Step
from purchase_agent.labels import ACTIONS, INTENTS, MOTIVATIONS
from purchase_agent.predictors.fuse import EventsReading, bins_of
from purchase_agent.readers.counts import Counts

DAY_S = 86_400.0
START = datetime(2025, 1, 1, tzinfo=UTC).timestamp()


def shop(shoppers: int = 300, days: int = 200, seed: int = 0, *, rate: float = 0.03) -> Shoppers:
    """Shoppers who each buy at their own steady rate, views before each purchase and some without one."""
    rng = np.random.default_rng(seed)
    steps: dict[str, list[Step]] = {}
    for number in range(shoppers):
        own = rng.gamma(1.0, rate)
        times = START + DAY_S * np.sort(rng.uniform(0, days, rng.poisson(own * days)))
        some = [Step(float(at), "purchase", item=f"i{rng.integers(50)}", price=10.0) for at in times]
        some += [Step(float(at) - 600.0, "view_item", item=f"i{rng.integers(50)}") for at in times]
        idle = START + DAY_S * rng.uniform(0, days, 1 + rng.poisson(2))
        some += [Step(float(at), "view_item", item=f"i{rng.integers(50)}") for at in idle]
        steps[f"s{number:04}"] = sorted(step for step in some if step.at >= START)
    return gathered(steps)


def gathered(steps: dict[str, list[Step]]) -> Shoppers:
    times = [step.at for some in steps.values() for step in some]
    return Shoppers(steps, "UTC", min(times), max(times), Counts())


def write(path: Path, shoppers: Shoppers) -> Path:
    """As JSON Lines in our own names."""
    with path.open("w") as file:
        for name, steps in shoppers.steps.items():
            for step in steps:
                at = datetime.fromtimestamp(step.at, UTC).isoformat()
                row = {"shopper_id": name, "type": step.action, "at": at, "item_id": step.item, "price": step.price}
                file.write(json.dumps({key: value for key, value in row.items() if value is not None}) + "\n")
    return path


class FakeModels:
    """Tells each shopper's smoothed rate of purchase days as a steady hazard, in log-odds bent by ``slope, offset``."""

    versions = {"behaviour": "fake-1", "timing": "fake-1"}  # noqa: RUF012

    def __init__(self, slope: float = 1.0, offset: float = 0.0, calibrated_on: str = "shipped") -> None:
        self.slope, self.offset, self.calibrated_on = slope, offset, calibrated_on
        self.asked: list[History] = []

    def read(self, histories: Sequence[History]) -> list[EventsReading]:
        self.asked += histories
        return [self._one(past) for past in histories]

    def _one(self, past: History) -> EventsReading:
        age = (past.as_of - START) / DAY_S + 30
        rate = (len(past.purchase_days) + 0.5) / age
        plain = np.clip(1 - np.exp(-rate * np.asarray([1, 7, 30, 90, 365])), 0, 1 - 1e-9)
        score = self.slope * np.log(plain / (1 - plain)) + self.offset
        cdf = 1 / (1 + np.exp(-score))
        steps = {"history": {"timing": bins_of(cdf)}} if past.purchase_days else {}
        nothing = np.zeros(0)
        return EventsReading(
            np.zeros(len(INTENTS)), np.zeros(len(MOTIVATIONS)), np.zeros(len(ACTIONS)), cdf, None, False, [],
            {**steps, "behaviour": {"timing": bins_of(cdf), "intent": nothing}},
        )  # fmt: skip

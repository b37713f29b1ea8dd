"""Runs competitors in turns (A B C, B C A, ...) and compares them round by round.

On a shared machine a slow minute hits whoever runs in it. Turns spread it over all, and a ratio of two times from the
same round holds what a ratio of two averages does not: how far it varies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

_PAUSE_S = 0.03  # until the waiting threads of the one before have stopped spinning


@dataclass(frozen=True, slots=True)
class Runner:
    """A competitor: ``work`` handles ``texts`` texts; a slow one runs in each ``every``-th round only."""

    name: str
    work: Callable[[], object]
    texts: int
    every: int = 1


@dataclass(frozen=True, slots=True)
class Lap:
    """Seconds a text took: of the clock, and of all the processor's cores together."""

    wall: float
    cpu: float


Laps = list[Lap | None]
"""One entry for each round; None where the competitor did not run."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, lowest and highest of some figures."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        return Spread(median(values), min(values), max(values))


def race(runners: Sequence[Runner], rounds: int, *, pause: float = _PAUSE_S) -> dict[str, Laps]:
    """Name -> laps. The first place in the turn moves on with each round; everyone has one run that does not count."""
    laps: dict[str, Laps] = {runner.name: [] for runner in runners}
    for runner in runners:
        if runner.every == 1:  # a slow one shares what there is to warm with its fast relatives
            runner.work()
    for turn in range(rounds):
        first = turn % len(runners)
        for runner in (*runners[first:], *runners[:first]):
            laps[runner.name].append(_lap(runner, pause) if turn % runner.every == 0 else None)
    return laps


def _lap(runner: Runner, pause: float) -> Lap:
    time.sleep(pause)
    wall, cpu = time.perf_counter(), time.process_time()
    runner.work()
    return Lap((time.perf_counter() - wall) / runner.texts, (time.process_time() - cpu) / runner.texts)


def walls(laps: Laps) -> Spread:
    """Seconds a text."""
    return Spread.of([lap.wall for lap in laps if lap is not None])


def ratio(over: Laps, under: Laps) -> Spread:
    """How many times as long ``over`` takes, round by round."""
    return Spread.of([a.wall / b.wall for a, b in zip(over, under, strict=True) if a is not None and b is not None])


def cpu_ratio(over: Laps, under: Laps) -> Spread:
    """How many times as much processor time ``over`` takes, round by round."""
    pairs = [(a, b) for a, b in zip(over, under, strict=True) if a is not None and b is not None]
    return Spread.of([a.cpu / max(b.cpu, 1e-9) for a, b in pairs])

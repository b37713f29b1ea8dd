"""Histories made for the tests of timing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from purchase_agent.predictors.timing.history import Histories

NONE = np.zeros(0, np.int64)


def of(rows: Sequence[tuple[float, float, float]]) -> Histories:
    """Histories of (x, t_x, T), without their days."""
    x, t_x, age = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return Histories(0, [str(place) for place in range(len(x))], x, t_x, age, np.full(len(x), np.nan), NONE, NONE)


USUAL = of([(0, 0, 0), (0, 0, 200), (1, 0.5, 1), (1, 200, 200), (3, 20, 250), (3, 240, 250), (40, 250, 270)])
HUGE = of([(5_000, 5_000, 5_001), (100_000, 100_000, 110_000), (20_000, 1.0, 100_000), (0, 0, 1e7), (1, 1e7, 1e7)])

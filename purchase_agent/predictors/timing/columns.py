"""What both closed forms do alike: check what they are given, go through rows in blocks, count up logarithms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from purchase_agent.errors import InputError
from purchase_agent.predictors.timing.history import Floats

_MOST_REPEATS = 50_000_000  # the tables below have a place for each count


def check_parameters(values: Mapping[str, float]) -> None:
    """Raises ``InputError`` unless all are finite and above 0."""
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise InputError(f"parameter {name} is {value}, not a number above 0", field=name)


def horizons(days: ArrayLike, unit: float) -> Floats:
    """[k] lengths of time ahead, from days into ``unit`` days each; raises ``InputError`` below 0."""
    ahead = np.atleast_1d(np.asarray(days, dtype=np.float64))
    if ahead.ndim != 1 or not (ahead >= 0).all():
        raise InputError("days ahead are not a row of numbers from 0 up", field="days")
    return ahead / unit


def counts(x: Floats) -> NDArray[np.intp]:
    """Repeat purchases as places in a table of ``rising``; raises ``InputError`` unless they are such counts."""
    if len(x) and not (x.min() >= 0 and x.max() <= _MOST_REPEATS and (x % 1 == 0).all()):
        raise InputError(f"repeat purchases are not whole numbers from 0 to {_MOST_REPEATS}", field="x")
    return x.astype(np.intp)


def rising(base: float, most: int) -> Floats:
    """ln(Gamma(base + x) / Gamma(base)) for x = 0 .. ``most``, summed term by term: no difference of large numbers."""
    return np.concatenate([[0.0], np.cumsum(np.log(base + np.arange(most)))])


def rising_slope(base: float, most: int) -> Floats:
    """The derivative of ``rising`` by ``base``."""
    return np.concatenate([[0.0], np.cumsum(1 / (base + np.arange(most)))])


def blocks(rows: int, size: int) -> Iterator[slice]:
    """All rows, ``size`` at a time, so that a block's tables stay in the processor's cache."""
    return (slice(start, start + size) for start in range(0, rows, size))

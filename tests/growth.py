"""How the time of a call grows with the length of its text, without a figure in seconds that a busy machine breaks."""

import gc
import time
from collections.abc import Callable

TIMES_AS_LONG = 4
"""The long text over the short one: a linear call takes 4 times as long for it, a square one 16 times."""
LINEAR = 8.0
"""Between the two, with room for what a neighbour takes."""


def growth(call: Callable[[str], object], unit: str, length: int) -> float:
    """CPU seconds for ``length`` characters of ``unit`` over those for a quarter of it; of the quickest of a few runs.

    It measures again only while the two look worse than linear, so that a neighbour's burst decides nothing; garbage of
    other tests is not collected meanwhile.
    """
    long = (unit * (length // len(unit) + 1))[:length]
    short = long[: length // TIMES_AS_LONG]
    call(short)  # what the first call builds is not counted
    quickest = [float("inf"), float("inf")]
    for _ in range(20):
        quickest = [min(known, seconds(call, text)) for known, text in zip(quickest, (short, long), strict=True)]
        if quickest[1] < LINEAR * quickest[0]:
            break
    return quickest[1] / quickest[0]


def seconds(call: Callable[[str], object], text: str) -> float:
    """CPU seconds of one call."""
    collects = gc.isenabled()
    gc.disable()
    try:
        began = time.process_time()
        call(text)
        return time.process_time() - began
    finally:
        if collects:
            gc.enable()

"""Stops sending to an endpoint that fails, until a probe has been answered."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Literal

_IN_A_ROW = 5
_WINDOW = 20
_SHORT_S = 0.2  # an attempt that was cut off sooner tells nothing about the server


class Breaker:
    """Opens after 5 failures in a row, or when half of the last 20 attempts failed; ``close`` forgets them.

    The asker decides which kinds of failure count. Not for several threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open = False
        self._in_a_row = 0
        self._last: deque[bool] = deque(maxlen=_WINDOW)
        self._answered_at = float("-inf")

    @property
    def state(self) -> Literal["closed", "open"]:
        """Open: nothing is sent but probes."""
        return "open" if self._open else "closed"

    def succeeded(self) -> None:
        """The endpoint answered, usably or not."""
        self._answered_at = self._clock()
        self._in_a_row = 0
        self._last.append(True)

    def failed(self) -> None:
        """An attempt failed in a way that says that the endpoint is not well."""
        self._in_a_row += 1
        self._last.append(False)
        failures = self._last.count(False)
        if self._in_a_row >= _IN_A_ROW or (len(self._last) == _WINDOW and 2 * failures >= _WINDOW):
            self._open = True

    def timed_out(self, began: float) -> None:
        """An attempt that began then met its deadline.

        That is no failure of the endpoint where the attempt had hardly any time, or where the endpoint has answered
        others meanwhile: then it is busy, not hung.
        """
        if self._clock() - began >= _SHORT_S and self._answered_at < began:
            self.failed()

    def close(self) -> None:
        """A probe was answered."""
        self._open = False
        self._in_a_row = 0
        self._last.clear()
        self._answered_at = self._clock()

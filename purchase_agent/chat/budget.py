"""When to send again, and how often in all: retries must not multiply the load of a server that is down."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRIES = 2
"""Retries of one request, at most."""

_FIRST_PAUSE_S = 0.2


class RetryBudget:
    """A bucket of retries that all requests of a client share: it starts with 2 and gains 1 with every 20 requests.

    It holds 10 at most, so that N requests are sent 1.05 N + 10 times at most, and from the start 1.05 N + 2 times.
    """

    def __init__(self) -> None:
        self._tokens = 2.0

    def earn(self) -> None:
        """A request was sent for the first time."""
        self._tokens = min(self._tokens + 0.05, 10.0)

    def take(self) -> bool:
        """Whether a retry may be sent; if so, it is paid for."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def pause_s(retry: int, chance: float) -> float:
    """Seconds before retry number ``retry`` (from 0), spread by ``chance`` in 0..1: clients must not march in step."""
    return _FIRST_PAUSE_S * float(2**retry) * (0.5 + chance)


def retry_after_s(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a ``Retry-After`` header asks for, given in seconds or as a date; None where it says nothing."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            at = parsedate_to_datetime(header)
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = (at - (now or datetime.now(UTC))).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None

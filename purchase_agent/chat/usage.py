"""What the calls of a client came to: counts, tokens and their price."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from purchase_agent.chat.request import Kind


@dataclass(slots=True)
class Usage:
    """Totals since the client was made.

    ``calls`` are requests, ``attempts`` what was sent for them: first sendings, ``retries``, ``reasks`` after an answer
    that could not be used, and sendings in another form to a server that refused the first. ``probes`` come on top.
    ``read`` tokens include the ``cached`` ones.
    """

    calls: int = 0
    attempts: int = 0
    retries: int = 0
    reasks: int = 0
    probes: int = 0
    read: int = 0
    cached: int = 0
    written: int = 0
    failures: Counter[Kind] = field(default_factory=Counter)

    def cost(self, usd_per_million_in: float, usd_per_million_cached: float, usd_per_million_out: float) -> float:
        """US dollars at these prices; cached tokens cost their own price only."""
        fresh = self.read - self.cached
        million = fresh * usd_per_million_in + self.cached * usd_per_million_cached + self.written * usd_per_million_out
        return million / 1_000_000

    def copy(self) -> Usage:
        """The totals as they are now."""
        return replace(self, failures=self.failures.copy())

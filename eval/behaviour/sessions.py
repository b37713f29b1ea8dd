"""Whether a Taobao session holds a purchase after its third or fifth event.

Traps that this file closes: a prefix that already holds a purchase is left out, for the answer would be in it; figures
are told for each prefix length apart, for longer sessions buy more; the moment is the prefix's last event, also where
it turns out to be the session's last, because nobody knows that then. A session belongs to the part in which it began
and is left out where the part ended before it did.
"""

from __future__ import annotations

import numpy as np

from purchase_agent.eval.behaviour.taobao import Cases, Shoppers, bounds, cases_of
from purchase_agent.events import SESSION_GAP_S, sessions

PREFIXES = (3, 5)
NEAR = range(2, 9)


def intents(shoppers: Shoppers, part: str, length: int) -> Cases:
    """A case after event ``length`` of each session that has as many; ``truth``: a purchase follows in it."""
    low, high = bounds(part)
    found = []
    for user, steps in shoppers.items():
        place = 0
        for session in sessions(steps):
            first, place = place, place + len(session)
            if len(session) < length or not low <= session[0].at < high or session[-1].at + SESSION_GAP_S > high:
                continue
            bought = [step.action == "purchase" for step in session]
            if not any(bought[:length]):
                found.append((user, first + length - 1, int(any(bought[length:]))))
    return cases_of(found)


def near_intents(shoppers: Shoppers, part: str) -> Cases:
    """Cases of all lengths near those that are judged: a session says more about intent than one prefix of it."""
    each = [intents(shoppers, part, length) for length in NEAR]
    return Cases(*(np.concatenate([getattr(one, name) for one in each]) for name in ("users", "place", "truth")))

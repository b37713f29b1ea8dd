"""A shopper's events in order: cut at one moment, each once, split into sessions.

A session ends after half an hour without an event (the rule of GA4 and of most click studies). Days are calendar
days of the shop's time zone, because purchases of one day are one decision.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from purchase_agent.event_types import action_of
from purchase_agent.evidence import Event, in_utc
from purchase_agent.labels import ACTIONS

SESSION_GAP_S = 30 * 60.0
"""Seconds without an event that end a session."""
NEWEST_READ = 1000
"""Events that are read one by one; older ones count in the purchase history and in the totals only."""
OTHER = "other"
_ORDERED = ("purchase", "return_refund")
_DAY_S = 86_400.0


class Step(NamedTuple):
    """One event as predictors read it. ``at`` is in seconds since 1970, ``action`` one of ACTIONS or ``other``; of the
    latter ``name`` is what the shop calls it."""

    at: float
    action: str
    item: str | None = None
    category: str | None = None
    price: float | None = None
    quantity: float | None = None
    name: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """What a shopper did up to ``as_of`` (seconds since 1970), oldest first.

    ``purchase_days``: days since 1970 in the shop's zone on which something was bought, each once, from all events
    however many; ``spent``: what was paid on each of those days where prices were given, else NaN. ``left_out``:
    ``later`` than as_of, ``duplicate``, ``older`` than the newest that are read.
    """

    as_of: float
    steps: tuple[Step, ...]
    purchase_days: tuple[int, ...] = ()
    spent: tuple[float, ...] = ()
    as_of_day: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def idle_s(self) -> float:
        """Seconds from the last event to ``as_of``; infinite without events."""
        return self.as_of - self.steps[-1].at if self.steps else float("inf")

    @property
    def in_session(self) -> bool:
        """Whether the last session may still be going on."""
        return self.idle_s <= SESSION_GAP_S


def step_of(event: Event) -> Step:
    """An event as predictors read it; what is no step of shopping is ``other``."""
    action = action_of(event.type)
    known = action in ACTIONS and action != "leave"
    return Step(
        in_utc(event.at).timestamp(),
        action if known else OTHER,
        event.item_id,
        event.category,
        event.price,
        event.quantity,
        "" if known else event.type,
        event.id,
    )


def history(events: Iterable[Event], as_of: datetime, zone: str = "UTC") -> History:
    """Events of the contract as a history; nothing later than ``as_of`` is looked at."""
    return from_steps([step_of(event) for event in events], in_utc(as_of).timestamp(), zone)


def from_steps(steps: Sequence[Step], as_of: float, zone: str = "UTC") -> History:
    """Steps in any order as a history. The answer does not depend on their order in a file."""
    left_out: Counter[str] = Counter()
    known = [step for step in steps if step.at <= as_of]
    left_out["later"] = len(steps) - len(known)
    known.sort(key=_order)
    kept: list[Step] = []
    ids: set[str] = set()
    content: set[tuple[object, ...]] = set()
    for step in known:
        # The same content twice is one event told twice, also where a reader has given each copy an id of its own.
        same = step[:-1]
        if (step.id and step.id in ids) or same in content:
            left_out["duplicate"] += 1
            continue
        ids.add(step.id)
        content.add(same)
        kept.append(step)
    return history_at(orders(kept), as_of, zone, left_out)


def history_at(steps: Sequence[Step], as_of: float, zone: str = "UTC", left_out: Counter[str] | None = None) -> History:
    """A history of steps that are in order, each once, none later than ``as_of``; the newest are read one by one."""
    days, spent = _purchases(steps, zone)
    counts = Counter(left_out or {})
    if len(steps) > NEWEST_READ:
        counts["older"] = len(steps) - NEWEST_READ
    return History(as_of, tuple(steps[-NEWEST_READ:]), days, spent, day_of(as_of, zone), counts)


def orders(steps: Sequence[Step]) -> list[Step]:
    """Steps in order, the lines of one order (or one return) made one step: that of its first line, for what all
    cost."""
    out: list[Step] = []
    for step in steps:
        last = out[-1] if out else None
        if last is not None and step.action in _ORDERED and (step.at, step.action) == (last.at, last.action):
            paid = [one.price * (one.quantity or 1.0) for one in (last, step) if one.price is not None]
            out[-1] = last._replace(price=sum(paid) if paid else None, quantity=1.0)
        else:
            out.append(step)
    return out


def _order(step: Step) -> tuple[float, str, str, str, str, float]:
    return (step.at, step.action, step.item or "", step.category or "", step.name, step.price or 0.0)


def _purchases(steps: Sequence[Step], zone: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    days: dict[int, float | None] = {}
    for step in steps:
        if step.action == "purchase":
            day = day_of(step.at, zone)
            known = [] if days.get(day) is None else [days[day]]
            if step.price is not None and step.price > 0:
                known.append(step.price * (step.quantity or 1.0))
            days[day] = math.fsum(part for part in known if part is not None) if known else None
    return tuple(days), tuple(float("nan") if paid is None else paid for paid in days.values())


def day_of(at: float, zone: str = "UTC") -> int:
    """Days since 1970 of the calendar day on which a moment falls in a time zone."""
    if zone == "UTC":
        return int(at // _DAY_S)
    return datetime.fromtimestamp(at, ZoneInfo(zone)).toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()


def sessions(steps: Sequence[Step], gap_s: float = SESSION_GAP_S) -> list[list[Step]]:
    """Steps in order, cut where more than ``gap_s`` seconds lie between two of them."""
    out: list[list[Step]] = []
    for step in steps:
        if out and step.at - out[-1][-1].at <= gap_s:
            out[-1].append(step)
        else:
            out.append([step])
    return out

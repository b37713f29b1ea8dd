"""The parts of the readable form that tell of events: what was done, which of it counted, what each source added."""

from __future__ import annotations

from collections import Counter

from rich.text import Text

from purchase_agent.clean import printable
from purchase_agent.evidence import Event, Shopper, in_utc
from purchase_agent.prediction import Prediction

_MOST_KINDS = 4
_SOURCES = {"prior": "base rate", "history": "purchase history", "behaviour": "events", "text": "words"}
_AGO = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"))


def done(shopper: Shopper, prediction: Prediction) -> list[Event]:
    """The shopper's events up to the moment asked about, oldest first."""
    known = [event for event in shopper.events if in_utc(event.at) <= prediction.as_of]
    return sorted(known, key=lambda event: in_utc(event.at))


def summary(shopper: Shopper, prediction: Prediction) -> str:
    """The events in one line: how many of which kind, and the last."""
    events = done(shopper, prediction)
    if not events:
        return ""
    kinds = Counter(event.type for event in events).most_common()
    told = ", ".join(f"{count} {name}" for name, count in kinds[:_MOST_KINDS])
    more = f", {len(kinds) - _MOST_KINDS} more kinds" if len(kinds) > _MOST_KINDS else ""
    plural = "s" if len(events) > 1 else ""
    return printable(f"{len(events)} event{plural}: {told}{more}; last {shown(events[-1], prediction)}")


def shown(event: Event, prediction: Prediction) -> str:
    """One event: what, of which item, and how long ago."""
    seconds = (prediction.as_of - in_utc(event.at)).total_seconds()
    size, unit = next(((size, unit) for size, unit in _AGO if seconds >= size), (1.0, "s"))
    item = f" {event.item_id or event.category}" if event.item_id or event.category else ""
    return printable(f"{event.type}{item[:30]} {seconds / size:.0f} {unit} ago")


def evidence(shopper: Shopper, prediction: Prediction) -> Text | None:
    """Events that support what is told, those that weigh most first; None where none is named."""
    events = {event.id: event for event in shopper.events}
    found = [one for one in prediction.evidence if one.quote is None and one.source in events]
    if not found:
        return None
    names = dict.fromkeys(one.source for one in sorted(found, key=lambda one: -one.weight))
    return Text("; ".join(shown(events[name], prediction) for name in list(names)[:3]), style="green")


def sources(prediction: Prediction) -> Text | None:
    """What each source added to the timing told and to the next action, where more than words were read."""
    if {one.source for one in prediction.contributions} <= {"prior", "text"}:
        return None
    body = Text()
    for task, label in (
        ("timing", prediction.timing.label if prediction.timing else ""),
        ("next_action", prediction.next_action.label if prediction.next_action else ""),
    ):
        parts = [f"{_SOURCES[one.source]} {one.log_odds:+.1f}" for one in prediction.contributions if one.task == task]
        body.append(f"{label}: ").append(" ".join(parts), style="dim").append("  ")
    return body

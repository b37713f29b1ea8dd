"""Taobao's public sample as shoppers with events: what comes next, and whether the session ends in a purchase.

Cases and traps are those of ``eval.behaviour``. The data's licence is unclear: it is read where it lies, nothing of it
ships. Days are Shanghai's; an event's time is told in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from purchase_agent.eval.behaviour import sessions, taobao
from purchase_agent.eval.cases.readers import Given
from purchase_agent.eval.cases.sample import Record, Sample
from purchase_agent.events import Step

_SHANGHAI_S = 8 * 3600.0  # steps carry the seconds of that clock


def next_actions(given: Given) -> list[Sample]:
    """What follows each event of the test days; ``leave`` where the session ends."""
    shoppers = taobao.load(given.folder())
    cases = taobao.next_actions(shoppers, "test")
    out, told = [], _events(shoppers)
    for user, place, truth in zip(cases.users.tolist(), cases.place.tolist(), cases.truth.tolist(), strict=True):
        name = taobao.CLASSES[truth]
        target = {"next_action": "leave" if name == "end" else name}
        out.append(_sample(user, told[user][: place + 1], target, "next"))
    return out


def session_purchases(given: Given) -> list[Sample]:
    """Whether a purchase follows in the session, after its first 3 or 5 events (``category``), none a purchase."""
    shoppers = taobao.load(given.folder())
    out, told = [], _events(shoppers)
    for length in sessions.PREFIXES:
        cases = sessions.intents(shoppers, "test", length)
        for user, place, truth in zip(cases.users.tolist(), cases.place.tolist(), cases.truth.tolist(), strict=True):
            target = {"session_purchase": bool(truth)}
            out.append(_sample(user, told[user][: place + 1], target, f"after {length} events"))
    return out


def _events(shoppers: taobao.Shoppers) -> dict[str, list[Record]]:
    return {user: [_event(number, step) for number, step in enumerate(steps)] for user, steps in shoppers.items()}


def _sample(user: str, events: list[Record], target: Record, category: str) -> Sample:
    shopper = {
        "shopper_id": user, "as_of": events[-1]["at"], "timezone": "Asia/Shanghai", "target": {"scope": "shop"},
        "events": events,
    }  # fmt: skip
    told = {"language": None, "channel": "events", "source": "taobao", "category": category, "group": user}
    return Sample(f"{category}:{user}:{len(events)}", shopper, target, told)


def _event(number: int, step: Step) -> dict[str, Any]:
    at = datetime.fromtimestamp(step.at - _SHANGHAI_S, UTC).isoformat().replace("+00:00", "Z")
    return {"id": f"e{number}", "type": step.action, "at": at, "item_id": step.item, "category": step.category}

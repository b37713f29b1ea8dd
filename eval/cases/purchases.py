"""Customers of public shops at one past day: whether they bought within 1, 7, 30 and 90 days after it.

Shops, days and what counts as a purchase are those of ``eval.behaviour.timing``. The literature's sample of CDNOW is
read by nothing that ships; of the others the shipped weights know what lies before the day.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from purchase_agent.errors import InputError
from purchase_agent.eval.cases.readers import Given
from purchase_agent.eval.cases.sample import Sample
from purchase_agent.labels import HORIZONS
from purchase_agent.training import timing_sets
from purchase_agent.training.timing_rows import Shop

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOON = timedelta(hours=12)


def purchases(given: Given) -> list[Sample]:
    """The customers of ``shop`` (an option): ``cdnow_literature``, ``cdnow_others`` or ``online_retail``."""
    name = given.options["shop"]
    data = given.folder()
    if name == "cdnow_literature":
        shop, cut = timing_sets.cdnow(data, literature=True), timing_sets.CDNOW_CUT
    elif name == "cdnow_others":
        shop, cut = timing_sets.cdnow(data), timing_sets.CDNOW_CUT
    elif name == "online_retail":
        shop, cut = timing_sets.online_retail(data), timing_sets.RETAIL_CUT
    else:
        raise InputError(f"no shop {name!r}", field="options.shop")
    return [one for place in range(len(shop.ids)) if (one := _customer(shop, place, cut, name)) is not None]


def _customer(shop: Shop, place: int, cut: int, source: str) -> Sample | None:
    part = slice(int(shop.starts[place]), int(shop.starts[place + 1]))
    days, spent = shop.days[part], shop.spent[part]
    before = days <= cut
    if not before.any():
        return None
    later = days[~before]
    wait = int(later.min()) - cut if len(later) else math.inf
    target = {f"bought_{horizon}": wait <= horizon for horizon in HORIZONS if shop.end_day - cut >= horizon}
    events = [
        _event(number, int(day), float(paid))
        for number, (day, paid) in enumerate(zip(days[before], spent[before], strict=True))
    ]
    # Purchases are days: each is told at noon, and the moment of the question is the cut day's last second.
    as_of = _EPOCH + timedelta(days=cut + 1) - timedelta(seconds=1)
    shopper = {
        "shopper_id": shop.ids[place], "as_of": _told(as_of), "target": {"scope": "shop"}, "events": events,
    }  # fmt: skip
    bought = "one purchase" if len(events) == 1 else "several purchases"
    told = {"language": None, "channel": "events", "source": source, "category": bought}
    return Sample(f"{source}:{shop.ids[place]}", shopper, target, told)


def _event(number: int, day: int, paid: float) -> dict[str, Any]:
    out: dict[str, Any] = {"id": f"e{number}", "type": "purchase", "at": _told(_EPOCH + timedelta(days=day) + _NOON)}
    if np.isfinite(paid):
        out["price"] = round(paid, 2)
    return out


def _told(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")

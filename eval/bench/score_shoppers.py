"""Shoppers made for the measurement of batch scoring: 50 events and two texts each, as JSON Lines of any length.

What repeats decides what a memory of readings saves, so it is stated and may be set: of the texts a share are drawn
from a pool of common ones (short praise, stock questions), the others are written once; queries are drawn from a pool
in which few are frequent (Zipf), or are all different too.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

EVENTS, TEXTS = 50, 2
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
_POOL, _QUERIES, _ITEMS, _CATEGORIES = 5_000, 8_000, 20_000, 40
_DOINGS = {
    "view_item": 55, "view_item_list": 13, "search": 9, "add_to_cart": 9, "add_to_wishlist": 3, "view_cart": 4,
    "begin_checkout": 3, "purchase": 4,
}  # fmt: skip
_THINGS = (
    "kettle", "tent", "phone case", "desk lamp", "rain jacket", "running shoes", "backpack", "headphones", "mattress",
    "coffee grinder", "水壶", "帐篷", "手机壳", "台灯", "雨衣", "跑鞋", "背包", "耳机", "床垫", "磨豆机",
)  # fmt: skip
_SAYINGS = (
    "My {thing} broke after {n} weeks, which one should I get instead?",
    "Is the {thing} {code} in stock, and when would it arrive?",
    "The {thing} is {n} euros too expensive for me, I will wait for a sale.",
    "Bought the {thing} {code} last month and I am very happy with it.",
    "Does the {thing} fit the {code}? I need it before Friday.",
    "Just comparing {n} {thing}s for now, no hurry.",
    "Third {thing} that leaks, order {code}, I want my money back.",
    "Looking for a {thing} as a present for my sister, up to {n} euros.",
    "{thing}用了{n}个星期就坏了，想换一个，有什么推荐？",
    "型号{code}的{thing}有货吗？几天能到？",
    "{thing}比别家贵{n}块，等双十一再买",
    "上个月买的{thing}（{code}）很满意，还想再买一个",
    "{thing}和{code}配吗？周五之前要用",
    "先看看{thing}，比较了{n}家，不急",
    "订单{code}的{thing}又漏了，我要退货",
    "想送人一个{thing}，预算{n}以内",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is made. ``repeated``: share of texts drawn from the pool; 0 makes queries all different, too."""

    repeated: float = 0.5
    seed: int = 7


def write_shoppers(path: Path, count: int, kind: Kind, *, changed: float = 0.0, later: timedelta | None = None) -> None:
    """Writes ``count`` shoppers; the same ones each time, of whom a share ``changed`` has done and written more.

    Args:
        later: by how much the changes are later than ``AS_OF`` less a day.
    """
    with path.open("w", encoding="utf-8") as file:
        for one in shoppers(count, kind, changed=changed, later=later or timedelta()):
            file.write(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n")


def shoppers(
    count: int, kind: Kind, *, changed: float = 0.0, later: timedelta = timedelta()
) -> Iterator[dict[str, Any]]:
    """As ``write_shoppers`` writes them."""
    weights = list(accumulate(1 / rank for rank in range(1, _QUERIES + 1)))
    for number in range(count):
        rng = random.Random(f"{kind.seed}:{number}")
        one = _shopper(number, rng, kind, weights)
        if rng.random() < changed:
            at = AS_OF - timedelta(days=1) + later - timedelta(minutes=rng.randrange(1, 900))
            again = random.Random(f"{kind.seed}:{number}:{later}")
            one["events"].append(_event(again, at, kind, weights, number))
            one["texts"].append({"channel": "chat", "text": _words(again, kind, number), "at": _iso(at)})
        yield one


def _shopper(number: int, rng: random.Random, kind: Kind, weights: list[float]) -> dict[str, Any]:
    at = AS_OF - timedelta(days=1 + 60 * rng.random() ** 2)
    events = []
    for _ in range(EVENTS):
        events.append(_event(rng, at, kind, weights, number))
        gap = rng.expovariate(1 / 90) if rng.random() < 0.88 else rng.expovariate(1 / (9 * 86_400))
        at -= timedelta(seconds=gap + 1)
    texts = [
        {
            "channel": rng.choice(("chat", "review", "social_post")), "text": _words(rng, kind, number),
            "at": events[rng.randrange(EVENTS)]["at"],
        }
        for _ in range(TEXTS)
    ]  # fmt: skip
    return {"shopper_id": f"c{number:08d}", "texts": texts, "events": events[::-1]}


def _event(rng: random.Random, at: datetime, kind: Kind, weights: list[float], number: int) -> dict[str, Any]:
    (doing,) = rng.choices(list(_DOINGS), list(_DOINGS.values()))
    event: dict[str, Any] = {"type": doing, "at": _iso(at)}
    if doing == "search":
        place = (
            rng.choices(range(_QUERIES), cum_weights=weights)[0] if kind.repeated else number * 100 + rng.randrange(100)
        )
        return {**event, "query": f"{_THINGS[place % len(_THINGS)]} {place}"}
    item = int(rng.paretovariate(0.6)) % _ITEMS
    event |= {"item_id": f"sku{item}", "category": f"cat{item % _CATEGORIES}"}
    return event | {"price": round(5 + item % 97 + item % 100 / 100, 2), "currency": "EUR", "quantity": 1}


def _words(rng: random.Random, kind: Kind, number: int) -> str:
    if rng.random() < kind.repeated:
        place = int(rng.paretovariate(0.5)) % _POOL
        of = random.Random(place)
        return _said(of, of.randrange(2, 40), f"M{place % 50}")
    return _said(rng, rng.randrange(2, 400), f"{number:X}-{rng.randrange(16**4):04X}")


def _said(rng: random.Random, n: int, code: str) -> str:
    place = rng.randrange(len(_SAYINGS))
    chinese = place >= len(_SAYINGS) // 2
    things = _THINGS[10:] if chinese else _THINGS[:10]
    return _SAYINGS[place].format(thing=rng.choice(things), n=n, code=code) + (
        "" if "{code}" in _SAYINGS[place] else f" ({code})"
    )


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

"""What a load test asks about: searches, or texts of mixed length; all different, English and Chinese."""

from __future__ import annotations

import json
from itertools import chain, product
from typing import Any

from purchase_agent.eval.bench import samples

KINDS = ("searches", "mixed")
_ENGLISH = (
    ("cheap", "quiet", "waterproof", "small", "second hand", "red", "light", "kids", "organic", "wireless"),
    ("kettle", "running shoes", "desk lamp", "backpack", "coffee grinder", "headphones", "rain coat", "bike lock"),
    ("", "size 9", "under 50", "for dad", "in stock", "vs bosch", "free shipping", "reviews", "for travel", "sale"),
)
_CHINESE = (
    ("便宜的", "静音", "防水", "小号", "二手", "红色", "轻便", "儿童", "有机", "无线"),
    ("电水壶", "跑鞋", "台灯", "双肩包", "磨豆机", "耳机", "雨衣", "车锁"),
    ("", "四十二码", "百元以内", "送爸爸", "现货", "对比", "包邮", "评价", "旅行用", "打折"),
)


def shoppers(kind: str, count: int = 1600) -> list[bytes]:
    """Bodies for ``count`` shoppers, each with a text of his own.

    Args:
        kind: ``searches`` of 2 to 7 words, or ``mixed``: chat of 6 to 260 characters.
    """
    if kind == "mixed":
        given: list[dict[str, Any]] = [{"text": text} for text in samples.mixed(count)]
    else:
        english = (" ".join(filter(None, words)) for words in product(*_ENGLISH))
        both = chain.from_iterable(zip(english, map("".join, product(*_CHINESE)), strict=True))
        given = [{"channel": "search_query", "text": text} for text, _ in zip(both, range(count), strict=False)]
    return [
        json.dumps({"shopper_id": f"s{number}", "texts": [text]}, ensure_ascii=False).encode()
        for number, text in enumerate(given)
    ]

"""What the shoppers of the sample store look at, search for and write."""

from __future__ import annotations

from typing import NamedTuple

from purchase_agent.labels import Barrier, Channel, Intent, Motivation


class Item(NamedTuple):
    item_id: str
    category: str
    en: str
    zh: str
    price: float
    weight: float


ITEMS = (
    Item("shoe-run", "shoes", "running shoes", "跑鞋", 89.0, 3.0),
    Item("shoe-hike", "shoes", "hiking boots", "登山鞋", 129.0, 1.0),
    Item("phone-pro", "phones", "Pro phone", "旗舰手机", 899.0, 1.0),
    Item("phone-mini", "phones", "Mini phone", "小屏手机", 399.0, 1.0),
    Item("coffee-1kg", "coffee", "coffee beans", "咖啡豆", 18.0, 5.0),
    Item("coffee-pods", "coffee", "coffee pods", "咖啡胶囊", 12.0, 3.0),
    Item("kettle", "kitchen", "kettle", "电热水壶", 35.0, 2.0),
    Item("pan-28", "kitchen", "frying pan", "平底锅", 42.0, 2.0),
    Item("cream", "skincare", "face cream", "面霜", 24.0, 3.0),
    Item("sunscreen", "skincare", "sunscreen", "防晒霜", 15.0, 2.0),
    Item("stroller", "baby", "stroller", "婴儿车", 210.0, 1.0),
    Item("bottle", "baby", "baby bottle", "奶瓶", 14.0, 2.0),
    Item("vitamins", "medicine", "vitamins", "维生素", 16.0, 2.0), Item("tent", "outdoor", "tent", "帐篷", 159.0, 1.0),
    Item("lamp", "outdoor", "head lamp", "头灯", 29.0, 1.0),
)  # fmt: skip


class Said(NamedTuple):
    """A text to be written about an item, and what it tells."""

    channel: Channel
    language: str
    text: str
    quote: str
    intent: Intent
    motivation: Motivation
    barrier: Barrier | None
    sentiment: str
    rating: float | None = None


SAID = (
    Said(
        "review", "en", "The {item} runs small, I had to send it back.",
        "runs small", "post_purchase", "unknown", "fit_or_compatibility", "negative", 2,
    ),
    Said(
        "review", "en", "Great {item}, much better than my old one.",
        "much better than my old one", "post_purchase", "performance", None, "positive", 5,
    ),
    Said(
        "review", "en", "Good {item} but far too expensive for what it does.",
        "far too expensive", "post_purchase", "price_value", "price", "neutral", 3,
    ),
    Said(
        "review", "en", "The {item} broke after two weeks, poor quality.",
        "poor quality", "post_purchase", "unknown", "quality_doubt", "negative", 1,
    ),
    Said(
        "review", "en", "Bought the {item} as a present for my sister, she loves it!",
        "a present for my sister", "post_purchase", "gift", None, "positive", 5,
    ),
    Said(
        "review", "zh", "{item}偏小，退货了。",
        "偏小", "post_purchase", "unknown", "fit_or_compatibility", "negative", 2,
    ),
    Said(
        "review", "zh", "{item}质量很好，比旧的强多了。",
        "比旧的强多了", "post_purchase", "performance", None, "positive", 5,
    ),
    Said(
        "review", "zh", "{item}不错，就是价格太贵了。",
        "价格太贵了", "post_purchase", "price_value", "price", "neutral", 3,
    ),
    Said(
        "review", "zh", "{item}等了十天才到，快递太慢。",
        "快递太慢", "post_purchase", "unknown", "delivery", "negative", 2,
    ),
    Said("review", "zh", "送给妈妈的{item}，她很喜欢。", "送给妈妈的", "post_purchase", "gift", None, "positive", 5),
    Said("search_query", "en", "cheap {item}", "cheap", "exploration", "price_value", None, "neutral"),
    Said(
        "search_query", "en", "{item} delivery tomorrow",
        "delivery tomorrow", "ready", "convenience", None, "neutral",
    ),
    Said("search_query", "en", "best {item} 2026", "best", "consideration", "performance", None, "neutral"),
    Said("search_query", "zh", "{item} 便宜", "便宜", "exploration", "price_value", None, "neutral"),
    Said("search_query", "zh", "{item} 哪款好", "哪款好", "consideration", "performance", None, "neutral"),
    Said("search_query", "zh", "{item} 现货 明天到", "明天到", "ready", "convenience", None, "neutral"),
    Said(
        "chat", "en", "My old {item} died, which one should I get before Friday?",
        "died", "consideration", "replacement", None, "neutral",
    ),
    Said(
        "chat", "en", "I like the {item}, but is there a coupon? It is over my budget.",
        "over my budget", "ready", "price_value", "price", "neutral",
    ),
    Said(
        "chat", "en", "Nearly out of {item}, time to order again.",
        "order again", "ready", "replenishment", None, "neutral",
    ),
    Said("chat", "zh", "家里的{item}快用完了，再来一份。", "快用完了", "ready", "replenishment", None, "neutral"),
    Said("chat", "zh", "旧的{item}坏了，想周末前换一个。", "坏了", "consideration", "replacement", None, "neutral"),
    Said("chat", "zh", "{item}有点贵，双十二会降价吗？", "有点贵", "consideration", "price_value", "price", "neutral"),
    Said(
        "social_post", "en", "Everyone on the trail has this {item} now, I want one too.",
        "Everyone on the trail has this", "awareness", "social_influence", None, "positive",
    ),
    Said("social_post", "zh", "被种草了{item}，看着就开心。", "看着就开心", "awareness", "enjoyment", None, "positive"),
    Said(
        "discussion", "en", "Is the {item} safe for children? Not sure I trust this seller.",
        "Not sure I trust this seller", "consideration", "safety_health", "trust_or_privacy", "neutral",
    ),
    Said(
        "discussion", "zh", "{item}款式太多，看花眼了，不知道选哪个。",
        "款式太多", "exploration", "unknown", "choice_overload", "neutral",
    ),
)  # fmt: skip
NOT_FOUND = (("en", "left handed scissors"), ("zh", "猫用帐篷"), ("en", "solar kettle"))
"""Queries that no product answers."""

"""The closed label sets: name, one-line definition in English and Chinese, and where each comes from.

Everything that shows or checks a label (schemas, prompts, model card, command line) is rendered from here.
Sources: stages after Moe (2003, J. Consumer Psychology 13, 29-39), Su et al. (WSDM 2018) and Sondhi et al. (SIGIR
2018); motivation grouped by the consumption values of Sheth, Newman and Gross (1991); purchase probability after
Juster's 11-point scale (Day et al. 1991); actions use GA4's recommended event names where one exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Channel = Literal["search_query", "review", "social_post", "chat", "discussion"]
Role = Literal["shopper", "agent", "other"]
Intent = Literal["none", "awareness", "exploration", "consideration", "ready", "post_purchase"]
Sentiment = Literal["negative", "neutral", "positive"]
Motivation = Literal[
    "replacement", "performance", "price_value", "convenience", "replenishment", "compatibility", "safety_health",
    "gift", "social_influence", "enjoyment", "identity_values", "novelty", "occasion", "unknown",
]  # fmt: skip
Barrier = Literal[
    "price", "quality_doubt", "fit_or_compatibility", "delivery", "trust_or_privacy", "choice_overload",
    "out_of_stock", "no_need_now",
]  # fmt: skip
Action = Literal[
    "search", "view_item_list", "view_item", "compare", "read_reviews", "add_to_wishlist", "add_to_cart",
    "remove_from_cart", "view_cart", "begin_checkout", "purchase", "contact", "write_review", "return_refund",
    "leave",
]  # fmt: skip
Timing = Literal["now", "within_7d", "within_30d", "within_90d", "later", "not_expected", "unknown"]
TimingReason = Literal[
    "stated_date", "payday", "occasion", "replenishment_cycle", "cart_state", "price_drop_wait", "prior_only"
]
Advice = Literal["answer", "wait", "remind", "offer", "restock_notice", "hand_over"]
ConsumptionValue = Literal["functional", "social", "emotional", "epistemic", "conditional"]

CHANNELS: tuple[Channel, ...] = get_args(Channel)
INTENTS: tuple[Intent, ...] = get_args(Intent)
SENTIMENTS: tuple[Sentiment, ...] = get_args(Sentiment)
MOTIVATIONS: tuple[Motivation, ...] = get_args(Motivation)
BARRIERS: tuple[Barrier, ...] = get_args(Barrier)
ACTIONS: tuple[Action, ...] = get_args(Action)
TIMINGS: tuple[Timing, ...] = get_args(Timing)

FLAGS = ("declined", "repurchase")
"""What an intent comes with: he refuses, or buys again."""

QUOTED = ("intent", "motivation", "barrier", "next_action", "timing")
"""Tasks that a sentence of the shopper can support."""

STAGES: tuple[Intent, ...] = INTENTS[:5]
"""The five ordinal stages, level 0 to 4; ``post_purchase`` is a state of its own and has no level."""

HORIZONS: tuple[int, ...] = (1, 7, 30, 90)
"""Days at which the chance of a purchase is told."""


@dataclass(frozen=True, slots=True)
class Label:
    """One label: its name and a definition a person or a model can decide by."""

    name: str
    en: str
    zh: str
    value: ConsumptionValue | None = None

    def definition(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


def level_of(intent: Intent) -> int | None:
    """Stage of an intent, 0 to 4; None for ``post_purchase``."""
    return STAGES.index(intent) if intent in STAGES else None


_INTENT = (
    Label("none", "shows no sign of wanting a product, or refuses one", "看不出想要商品，或明确不买"),
    Label(
        "awareness",
        "has a need, wish or problem, or noticed a product; not looking yet",
        "有需要、愿望或问题，或注意到商品，还没开始找",
    ),
    Label("exploration", "looks around with no fixed product; asks what exists", "还没定商品，四处看看，问有什么可选"),
    Label(
        "consideration",
        "has fixed the product type; compares features, prices, sizes, reviews",
        "品类已定，在比功能、价格、尺码、评价",
    ),
    Label(
        "ready",
        "has chosen the item: price, stock, delivery, coupon, cart, checkout",
        "已选定这一件：问价格、库存、配送、优惠，加购或下单",
    ),
    Label(
        "post_purchase",
        "has bought: use, review, order status, return",
        "已经买了：使用、评价、查订单、退换",
    ),
)
_MOTIVATION = (
    Label("replacement", "the old one is broken, slow, lost or worn", "旧的坏了、慢了、丢了、旧了", "functional"),
    Label("performance", "better function, quality, reliability", "要更好的功能、质量、可靠", "functional"),
    Label("price_value", "a deal, a budget, worth the money", "优惠、预算、划算", "functional"),
    Label("convenience", "saves time or effort", "省时省力", "functional"),
    Label("replenishment", "a consumable is used up or due", "消耗品用完了或该补货了", "functional"),
    Label(
        "compatibility",
        "must fit a body, room, device, outfit or what is owned",
        "要配得上身材、房间、设备、穿搭或已有的东西",
        "functional",
    ),
    Label("safety_health", "protects, heals, complies", "为安全、健康、合规", "functional"),
    Label("gift", "for someone else", "买给别人", "social"),
    Label("social_influence", "trend, status, recommendation, belonging", "潮流、面子、别人推荐、合群", "social"),
    Label("enjoyment", "pleasure, treat, comfort, beauty for its own sake", "享受、犒劳、舒服、好看", "emotional"),
    Label(
        "identity_values",
        "self-expression, taste, ethics, brand loyalty",
        "自我表达、品味、价值观、品牌忠诚",
        "emotional",
    ),
    Label("novelty", "curiosity, trying something new", "好奇、尝新", "epistemic"),
    Label(
        "occasion",
        "event, season, move, birth, job, weather",
        "节日、换季、搬家、生育、工作、天气等场合",
        "conditional",
    ),
    Label("unknown", "not stated and not inferable", "没说，也推不出来"),
)
_BARRIER = (
    Label("price", "costs too much, or waits for it to fall", "太贵，或在等降价"),
    Label("quality_doubt", "doubts the quality, or was let down by it", "担心或不满意质量"),
    Label("fit_or_compatibility", "may not fit, or does not", "怕不合适，或不合适"),
    Label("delivery", "delivery is slow, dear, uncertain or missing", "配送慢、贵、不确定或没到"),
    Label(
        "trust_or_privacy", "doubts the seller, the goods' origin or the use of data", "不信任卖家、怕假货、担心隐私"
    ),
    Label("choice_overload", "too many choices, cannot decide", "选择太多，拿不定主意"),
    Label("out_of_stock", "not available", "缺货，买不到"),
    Label("no_need_now", "no need at present", "眼下用不着"),
)
_ACTION = (
    Label("search", "searches", "搜索"),
    Label("view_item_list", "looks at a list of items", "看商品列表"),
    Label("view_item", "looks at one item", "看某一件商品"),
    Label("compare", "compares items", "比较商品"),
    Label("read_reviews", "reads reviews", "看评价"),
    Label("add_to_wishlist", "saves the item for later", "收藏"),
    Label("add_to_cart", "puts the item in the cart", "加入购物车"),
    Label("remove_from_cart", "takes the item out of the cart", "移出购物车"),
    Label("view_cart", "looks at the cart", "看购物车"),
    Label("begin_checkout", "begins to check out", "去结算"),
    Label("purchase", "buys", "购买"),
    Label("contact", "asks the shop, support or an assistant", "联系客服或店家"),
    Label("write_review", "writes a review or shares", "写评价或分享"),
    Label("return_refund", "returns the item or asks for the money", "退货退款"),
    Label("leave", "does none of these", "离开，不再操作"),
)
_TIMING = (
    Label("now", "within 24 hours", "24 小时内"),
    Label("within_7d", "within 7 days", "7 天内"),
    Label("within_30d", "within 30 days", "30 天内"),
    Label("within_90d", "within 90 days", "90 天内"),
    Label("later", "after more than 90 days, but expected", "90 天以后，但会买"),
    Label("not_expected", "no purchase expected", "预计不会买"),
    Label("unknown", "no usable sign", "看不出时间"),
)
_SENTIMENT = (
    Label("negative", "speaks ill of the product or shop", "负面"),
    Label("neutral", "neither", "中性"),
    Label("positive", "speaks well of the product or shop", "正面"),
)

DEFINITIONS: dict[str, tuple[Label, ...]] = {
    "intent": _INTENT,
    "motivation": _MOTIVATION,
    "barrier": _BARRIER,
    "next_action": _ACTION,
    "timing": _TIMING,
    "sentiment": _SENTIMENT,
}
"""Task -> its labels with definitions, in the order of the vocabularies above."""

FOLKSCOPE_ALIASES: dict[str, Motivation] = {
    "usedFor": "performance",
    "capableOf": "performance",
    "madeOf": "identity_values",
    "isA": "unknown",
    "motivatedBy": "enjoyment",
    "cause": "replacement",
    "effect": "convenience",
    "usedBy": "gift",
    "usedOn": "occasion",
    "symbolOf": "identity_values",
}
"""Relations of FolkScope (Yu et al., ACL Findings 2023) and the motivation each speaks of most often."""

"""What labels, groups and windows are called in answers, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from purchase_agent.insights.queries import Language

Both = tuple[str, str]
LABELS: dict[str, Mapping[str, Both]] = {
    "intent": {
        "none": ("no interest", "没有意向"), "awareness": ("aware of a need", "刚有需要"),
        "exploration": ("looking around", "随便看看"), "consideration": ("comparing", "比较挑选"),
        "ready": ("ready to order", "准备下单"), "post_purchase": ("after a purchase", "已购买"),
    },
    "motivation": {
        "replacement": ("replacing an old one", "换掉旧的"), "performance": ("better performance", "性能更好"),
        "price_value": ("value for money", "划算"), "convenience": ("convenience", "省事方便"),
        "replenishment": ("restocking", "补货"), "compatibility": ("fits what they have", "配得上已有的"),
        "safety_health": ("safety or health", "安全健康"), "gift": ("a gift", "送礼"),
        "social_influence": ("others recommend it", "别人推荐或跟风"), "enjoyment": ("enjoyment", "享受"),
        "identity_values": ("taste and values", "品味和价值观"), "novelty": ("trying something new", "尝新"),
        "occasion": ("an occasion", "特定场合"), "unknown": ("not stated", "没有说明"),
    },
    "barrier": {
        "price": ("the price", "价格"), "quality_doubt": ("doubts about quality", "担心质量"),
        "fit_or_compatibility": ("doubts about the fit", "怕不合适"), "delivery": ("delivery", "配送"),
        "trust_or_privacy": ("trust or privacy", "信任或隐私"), "choice_overload": ("too many choices", "选择太多"),
        "out_of_stock": ("out of stock", "缺货"), "no_need_now": ("no need now", "眼下用不着"),
    },
    "next_action": {
        "search": ("search", "搜索"), "view_item_list": ("look at a list", "看商品列表"),
        "view_item": ("look at an item", "看商品"), "compare": ("compare", "比较"),
        "read_reviews": ("read reviews", "看评价"), "add_to_wishlist": ("save for later", "收藏"),
        "add_to_cart": ("add to cart", "加入购物车"), "remove_from_cart": ("take out of the cart", "移出购物车"),
        "view_cart": ("look at the cart", "看购物车"), "begin_checkout": ("check out", "去结算"),
        "purchase": ("buy", "购买"), "contact": ("contact the shop", "联系客服"),
        "write_review": ("write a review", "写评价"), "return_refund": ("return it", "退货退款"),
        "leave": ("leave", "离开"),
    },
    "timing": {
        "now": ("within a day", "一天内"), "within_7d": ("within 7 days", "7天内"),
        "within_30d": ("within 30 days", "30天内"), "within_90d": ("within 90 days", "90天内"),
        "later": ("later", "更晚"), "not_expected": ("not expected", "预计不买"), "unknown": ("unknown", "看不出"),
    },
    "language": {"en": ("English", "英文"), "zh": ("Chinese", "中文")},
    "customers": {"new": ("without an order so far", "还没有订单"), "returning": ("with an order before", "有过订单")},
}  # fmt: skip
"""Task or slot -> label -> how it is called."""

WHAT: dict[str, Both] = {
    "intent": ("stage", "阶段"), "motivation": ("motivation", "购买动机"), "barrier": ("barrier", "顾虑"),
    "next_action": ("next step", "下一步"), "timing": ("when", "时间"), "category": ("category", "品类"),
    "item": ("item", "商品"), "language": ("language", "语言"), "customers": ("customers", "顾客"),
    "ready": ("ready to buy", "可能购买"),
}  # fmt: skip
_OF: dict[str, Both] = {
    "intent": ("who are at the stage “{}”", "处于“{}”阶段的"), "motivation": ("whose reason is “{}”", "动机是“{}”的"),
    "barrier": ("held back by “{}”", "有“{}”顾虑的"), "category": ("in {}", "{}品类的"),
    "item": ("on item {}", "商品{}的"), "language": ("who write {}", "写{}的"), "customers": ("{}", "{}的"),
}  # fmt: skip


def put(language: Language, both: Both) -> str:
    """One of two forms."""
    return both[language == "zh"]


def say(language: Language, both: Both, **values: object) -> str:
    """One of two forms, filled in, as a sentence begins."""
    told = put(language, both).format(**values)
    return told if language == "zh" else told[:1].upper() + told[1:]


def label(task: str, name: str, language: Language) -> str:
    """What a label of a task is called; a name of the shop's own stays as it is."""
    known = LABELS.get(task, {}).get(name)
    return put(language, known) if known is not None else name


def group(conditions: Mapping[str, str], language: Language) -> str:
    """What a filter names: ``shoppers in tea who write Chinese``, or all of them."""
    told = [put(language, _OF[slot]).format(label(slot, value, language)) for slot, value in _order(conditions).items()]
    if language == "zh":
        return f"{''.join(told)}顾客" if told else "全部顾客"
    return f"shoppers {' '.join(told)}" if told else "all shoppers"


def short(conditions: Mapping[str, str], language: Language) -> str:
    """A filter as the head of a column: ``shoes, Chinese``, or everybody."""
    told = [label(slot, value, language) for slot, value in _order(conditions).items()]
    return put(language, (", ", "、")).join(told) if told else put(language, ("everybody", "全部"))


def window(days: int, language: Language) -> str:
    """``within 7 days``."""
    if language == "zh":
        return f"{days}天内"
    return "within a day" if days == 1 else f"within {days} days"


def _order(conditions: Mapping[str, str]) -> dict[str, str]:
    first = ["category", "item", "motivation", "barrier", "intent", "customers", "language"]
    return {slot: conditions[slot] for slot in first if slot in conditions}

"""What a typed query asks, in words: so that a reader sees what was run, and a question back names its choices."""

from __future__ import annotations

from purchase_agent.insights.names import Both, group, put, say, window
from purchase_agent.insights.queries import (
    AnyQuery,
    CompareQuery,
    DemandQuery,
    EvidenceQuery,
    Filter,
    Language,
    MovementQuery,
    ProfileQuery,
    ReadyQuery,
    TopQuery,
)

_ASKED: dict[str, Both] = {
    "ready": ("which of {who} are ready to buy {when}, by {by}", "{who}中哪些人可能在{when}购买（按{by}）"),
    "barriers": ("what holds {who} back", "{who}有什么顾虑"),
    "motivations": ("why {who} want it", "{who}为什么想买"),
    "movement": ("how the {measure} of {who} moved since {since}", "{who}的{measure}自{since}以来的变化"),
    "demand": ("how many units of {what} in the next {days} days", "未来{days}天{what}的需求件数"),
    "evidence": ("what {who} wrote, as evidence", "{who}的原话依据"),
    "compare": ("{first} beside {second}, by {measure}", "{first}与{second}对比（按{measure}）"),
    "funnel": ("how many of {who} are at each stage", "{who}处在哪些阶段"),
    "top": ("the top {what} of {who}", "{who}的热门{what}"),
    "next_steps": ("what {who} do next", "{who}下一步做什么"),
    "timing": ("when {who} are likely to buy", "{who}什么时候可能购买"),
    "profile": ("what is known of shopper {id}", "顾客{id}的情况"),
    "overview": ("what the store holds", "库里有什么"),
}
_MEASURES: dict[str, Both] = {
    "ready": ("readiness to buy", "购买可能性"), "intent": ("stage", "阶段"), "motivation": ("motivation", "动机"),
    "barrier": ("barrier", "顾虑"), "next_action": ("next step", "下一步"), "timing": ("expected time", "购买时间"),
    "category": ("category", "品类"), "item": ("item", "商品"), "language": ("language", "语言"),
}  # fmt: skip
_WHATS: dict[str, Both] = {
    "categories": ("categories", "品类"), "items": ("items", "商品"), "searches": ("searches", "搜索词"),
}  # fmt: skip


def describe(query: AnyQuery, language: Language) -> str:
    """A typed query in words."""
    return say(language, _ASKED[query.kind], **_words(query, language))


def _words(query: AnyQuery, language: Language) -> dict[str, object]:
    chosen: Filter | None = getattr(query, "filter", None)
    words: dict[str, object] = {"who": group(chosen.conditions() if chosen is not None else {}, language)}
    match query:
        case ReadyQuery():
            words |= {"when": window(query.days, language), "by": put(language, _MEASURES[query.by])}
        case MovementQuery():
            since = put(language, ("the run before", "上次运行"))
            if query.since is not None:
                since = put(language, (f"run {query.since}", f"第{query.since}次运行"))
            words |= {"measure": put(language, _MEASURES[query.measure]), "since": since}
        case DemandQuery():
            words |= {
                "what": query.item or query.category or put(language, ("everything", "全部商品")),
                "days": query.days,
            }
        case EvidenceQuery() if query.shopper_id is not None:
            words["who"] = put(language, ("shopper {}", "顾客{}")).format(query.shopper_id)
        case CompareQuery():
            words |= {"first": group(query.first.conditions(), language)}
            words |= {"second": group(query.second.conditions(), language)}
            words |= {"measure": put(language, _MEASURES[query.measure])}
        case TopQuery():
            words["what"] = put(language, _WHATS[query.what])
        case ProfileQuery():
            words["id"] = query.shopper_id
    return words

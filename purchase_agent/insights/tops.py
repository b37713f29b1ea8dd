"""What most shoppers deal with or search for."""

from __future__ import annotations

from purchase_agent.insights import told
from purchase_agent.insights.answers import Answer, Row
from purchase_agent.insights.groups import Scope, breakdown, scope, searches
from purchase_agent.insights.names import Both, group, put, say
from purchase_agent.insights.queries import Language, TopQuery
from purchase_agent.insights.source import Source
from purchase_agent.redact import Redactor

MOST = 20
_NAMED = 3
_TITLE: dict[str, Both] = {
    "categories": ("Categories most shoppers deal with", "关注人数最多的品类"),
    "items": ("Items most shoppers deal with", "关注人数最多的商品"), "searches": ("Searches", "搜索词"),
}  # fmt: skip
_MOST: dict[str, Both] = {
    "categories": ("what {who} deal with most is {names}.", "{who}关注最多的品类是{names}。"),
    "items": ("the items {who} deal with most are {names}.", "{who}关注最多的商品是{names}。"),
    "searches": ("what {who} search for most is {names}.", "{who}搜索最多的是{names}。"),
}  # fmt: skip
_NONE: Both = ("nothing is shared by ten or more of {who}.", "{who}中没有达到十人的共同项。")
_WINDOW: Both = (
    "Behind this stand {about}; counted is what each dealt with in the 90 days before, each shopper once.",
    "以上基于{about}；统计的是每位顾客之前90天内关注的内容，每人只计一次。",
)
_SEARCHED: Both = (
    "Behind this stand {about}; of each search the shoppers are counted, and those of fewer than ten are not told.",
    "以上基于{about}；每个搜索词按人数统计，不足10人搜索的不显示。",
)


def answer(query: TopQuery, source: Source, language: Language) -> Answer:
    """Names of the shop, or searches, with the number of shoppers of each."""
    at = scope(source, source.run(query.run), query.filter)
    if at.told.shoppers is None:
        return told.too_few(query, at, language)
    rows = _rows(query, source, at, language)
    who, title = group(at.applied, language), put(language, _TITLE[query.what])
    first = told.largest(rows, _NAMED)
    names = told.listed((told.named(one, language) for one in first), language)
    behind = _SEARCHED if query.what == "searches" else _WINDOW
    return Answer(
        status="answered",
        sentences=[
            say(language, _MOST[query.what] if first else _NONE, who=who, names=names),
            say(language, behind, about=told.about(at.told.shoppers, language)),
            *told.applied(at, language),
        ],
        table=told.table(title, rows, language),
        shoppers=at.told.shoppers,
        chart=told.bars(title, rows),
        **told.start(query, at, language),
    )


def _rows(query: TopQuery, source: Source, at: Scope, language: Language) -> list[Row]:
    whole = at.told.shoppers or 0
    if query.what != "searches":
        by = {"categories": "category", "items": "item"}[query.what]
        return told.rows(breakdown(source, at, by), by, whole, language)[:MOST]
    rows = told.rows(searches(source, at), "search", whole, language)[:MOST]
    return [one.model_copy(update={"title": Redactor().redact(one.title).text}) for one in rows]

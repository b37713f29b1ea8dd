"""Answers that share a group out: barriers, motivations, stages, next steps, timing."""

from __future__ import annotations

from purchase_agent.insights import quoted, told
from purchase_agent.insights.answers import Answer, Number, Row
from purchase_agent.insights.groups import breakdown, scope
from purchase_agent.insights.names import Both, group, label, put, say
from purchase_agent.insights.privacy import FLOOR
from purchase_agent.insights.queries import (
    BarriersQuery,
    FunnelQuery,
    Language,
    MotivationsQuery,
    NextStepsQuery,
    TimingQuery,
)
from purchase_agent.insights.source import Source

Shared = BarriersQuery | MotivationsQuery | FunnelQuery | NextStepsQuery | TimingQuery
_NAMED = 3
_TASK = {
    "barriers": "barrier", "motivations": "motivation", "funnel": "intent", "next_steps": "next_action",
    "timing": "timing",
}  # fmt: skip
_TITLE: dict[str, Both] = {
    "barriers": ("What holds back", "购买顾虑"), "motivations": ("Why they want it", "购买动机"),
    "funnel": ("Shoppers by stage", "各阶段顾客"), "next_steps": ("Likely next step", "下一步"),
    "timing": ("When they are likely to buy", "预计购买时间"),
}  # fmt: skip
_MOST: dict[str, Both] = {
    "barriers": ("what holds {who} back most: {names}.", "{who}最大的顾虑是{names}。"),
    "motivations": ("the commonest reasons of {who}: {names}.", "{who}最常见的购买动机是{names}。"),
    "funnel": ("of {who}, most are at these stages: {names}.", "{who}中人数最多的阶段是{names}。"),
    "next_steps": ("what {who} are likeliest to do next: {names}.", "{who}下一步最可能是{names}。"),
    "timing": ("when {who} are likely to buy: {names}.", "{who}的预计购买时间：{names}。"),
}  # fmt: skip
_FOCUS: Both = ("“{name}”: {many} ({share}, {spread}) of {who}.", "“{name}”：{who}中{many}（{share}，{spread}）。")
_NEARLY: Both = ("“{name}”: nearly all of {who}.", "“{name}”：{who}几乎全部如此。")
_FEW: Both = ("“{name}”: fewer than {floor} of {who}, or none.", "“{name}”：{who}中不足{floor}人或没有。")
_PROTECTS: Both = (
    "“{name}” is not told of {who}: it would give away a smaller group.",
    "“{name}”在{who}中不显示，以免反推出人数很少的群体。",
)
_MANY: Both = ("{who}: {about}.", "{who}：{about}。")
_NONE: Both = ("no group of {who} is large enough to be told.", "{who}中没有人数足够、可以显示的分组。")
_BEHIND: Both = ("Behind this stand {about}.", "以上基于{about}。")


def answer(query: Shared, source: Source, language: Language) -> Answer:
    """How a group shares out over the labels of a task."""
    at = scope(source, source.run(query.run), query.filter)
    if at.told.shoppers is None:
        return told.too_few(query, at, language)
    task, whole, who = _TASK[query.kind], at.told.shoppers, group(at.applied, language)
    rows = told.rows(breakdown(source, at, task), task, whole, language)
    title, first = put(language, _TITLE[query.kind]), told.largest(rows, _NAMED)
    names = told.listed((told.named(one, language) for one in first), language)
    focus = None if isinstance(query, TimingQuery) else query.focus
    quoted_of = [focus] if focus is not None else [one.label for one in first]
    asked = [] if focus is None else [_focus(next(one for one in rows if one.label == focus), task, who, language)]
    return Answer(
        status="answered",
        sentences=[
            *asked,
            *(
                [say(language, _MANY, who=who, about=told.about(whole, language, people=language == "zh"))]
                if query.kind == "funnel"
                else []
            ),
            say(language, _MOST[query.kind] if first else _NONE, who=who, names=names),
            *([say(language, _BEHIND, about=told.about(whole, language))] if query.kind != "funnel" else []),
            *told.applied(at, language),
        ],
        table=told.table(title, rows, language),
        numbers=[_number(task, one) for one in rows if one.value is not None],
        shoppers=whole,
        suppressed=told.hidden(rows, language),
        quotes=quoted.of_group(source, at, [f"{task}.{one}" for one in quoted_of], language) if quoted_of else [],
        chart=told.bars(title, rows),
        **told.start(query, at, language),
    )


def _focus(row: Row, task: str, who: str, language: Language) -> str:
    """What is told of the one label that was asked about."""
    name = label(task, row.label, language)
    if row.shoppers is None:
        return say(language, _PROTECTS if row.hidden == "protects" else _FEW, name=name, who=who, floor=FLOOR)
    return say(
        language, _NEARLY if row.nearly_all else _FOCUS, name=name, who=who,
        many=told.about(row.shoppers, language, people=language == "zh"), share=told.percent(row.value or 0.0),
        spread=told.spread(row.low or 0.0, row.high or 0.0),
    )  # fmt: skip


def _number(task: str, one: Row) -> Number:
    return Number(
        name=f"{task}.{one.label}", title=one.title, value=one.value or 0.0, low=one.low, high=one.high, unit="share"
    )

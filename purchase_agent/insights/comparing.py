"""Two groups of shoppers compared."""

from __future__ import annotations

from purchase_agent.insights import told
from purchase_agent.insights.answers import Answer, Chart, Mark, Number, Table
from purchase_agent.insights.beside import beside, differing
from purchase_agent.insights.groups import scope
from purchase_agent.insights.names import WHAT, group, put, say, short, window
from purchase_agent.insights.queries import CompareQuery, Language
from purchase_agent.insights.source import Source

_READY = (
    "{first}: {a} ready to buy {when}; {second}: {b}. The difference is {value} points ({low} to {high}), {clear}.",
    "{first}：{a}可能在{when}购买；{second}：{b}。相差{value}个百分点（{low}至{high}），{clear}。",
)
_CLEAR = ("which is more than chance", "超出偶然范围")
_UNCLEAR = ("which may be chance", "可能只是偶然")
_BEHIND = ("Behind this stand {first_about} ({first}) and {second_about} ({second}).",
           "以上基于{first_about}（{first}）和{second_about}（{second}）。")  # fmt: skip


def answer(query: CompareQuery, source: Source, language: Language) -> Answer:
    """Shares of both groups and their differences, with intervals."""
    run = source.run(query.run)
    first, second = (scope(source, run, one) for one in (query.first, query.second))
    for one in (first, second):
        if one.told.shoppers is None:
            return told.too_few(query, one, language)
    rows = beside(source, first, second, query.measure, query.days, language)
    names = group(first.applied, language), group(second.applied, language)
    title = put(language, WHAT[query.measure])
    some = [one for one in rows if one.value is not None]
    counts = first.told.shoppers or 0, second.told.shoppers or 0
    if query.measure == "ready" and some:
        row = some[0]
        clear = put(language, _CLEAR if (row.low or 0) > 0 or (row.high or 0) < 0 else _UNCLEAR)
        points = {name: f"{(value or 0.0) * 100:+.0f}" for name, value in
                  (("value", row.value), ("low", row.low), ("high", row.high))}  # fmt: skip
        main = [
            say(language, _READY, first=names[0], second=names[1], a=told.percent(row.first or 0.0),
                b=told.percent(row.second or 0.0), when=window(query.days, language), clear=clear, **points)
        ]  # fmt: skip
    else:
        main = differing(rows, language)
    behind = say(
        language, _BEHIND, first=names[0], second=names[1], first_about=told.about(counts[0], language),
        second_about=told.about(counts[1], language),
    )  # fmt: skip
    heads = [short(one.applied, language) for one in (first, second)]
    columns = ["", *heads, put(language, ("difference", "差")), put(language, ("95 % interval", "95%区间"))]
    marks = [Mark(label=one.title, value=one.value, low=one.low, high=one.high) for one in some]
    return Answer(
        status="answered",
        sentences=[*main, behind, *dict.fromkeys([*told.applied(first, language), *told.applied(second, language)])],
        table=Table(title=title, columns=columns, unit="points", rows=rows),
        numbers=[
            Number(name=one.label, title=one.title, value=one.value or 0.0, low=one.low, high=one.high, unit="points")
            for one in some
        ],
        shoppers=sum(counts),
        suppressed=told.hidden(rows, language),
        chart=Chart(kind="bar", title=title, unit="points", marks=marks) if marks else None,
        **{**told.start(query, first, language), "left_out": [*first.left_out, *second.left_out]},
    )

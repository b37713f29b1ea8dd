"""Who is ready to buy within some days, and why."""

from __future__ import annotations

from typing import Any

from purchase_agent.insights import intervals, quoted, told
from purchase_agent.insights.answers import Answer, Chart, Mark, Number, Row, Table
from purchase_agent.insights.groups import READY, Scope, average, chance, chances, condition, ready, scope, subgroup
from purchase_agent.insights.names import LABELS, WHAT, Both, group, label, put, say, window
from purchase_agent.insights.privacy import Told
from purchase_agent.insights.queries import Language, ReadyQuery
from purchase_agent.insights.source import Source

_NAMED = 3
_COUNT: Both = (
    "{many} of {who} ({share}, {spread}) are likely to buy {when}: their chance is {least} or more.",
    "{who}中{many}（{share}，{spread}）可能在{when}购买，即购买概率在{least}以上。",
)
_NEARLY: Both = ("nearly all of {who} are likely to buy {when}.", "{who}几乎全部可能在{when}购买。")
_FEW: Both = (
    "fewer than ten of {who}, or none, have a chance of {least} or more to buy {when}.",
    "{who}中{when}购买概率在{least}以上的不足10人或没有。",
)
_EXPECTED: Both = (
    "Counting everybody's chance, about {value} of {about} are expected to buy {when} ({low}–{high}).",
    "按每位顾客的概率累计，预计{about}中约有{value}人在{when}购买（{low}–{high}）。",
)
_WHY: dict[str, Both] = {
    "motivation": ("Of these, most want it for {names}.", "其中最多的购买动机是{names}。"),
    "barrier": ("What may still hold them back is {names}.", "其中仍有的顾虑是{names}。"),
}
_OTHERS: Both = ("By {what}, most of them are expected from {names}.", "按{what}看，预计购买人数最多的是{names}。")


def answer(query: ReadyQuery, source: Source, language: Language) -> Answer:
    """How many are likely to buy within the days asked for, and the buyers expected by what they share."""
    at = scope(source, source.run(query.run), query.filter)
    if at.told.shoppers is None:
        return told.too_few(query, at, language)
    whole = at.told.shoppers
    those = subgroup(source, at, ready(query.days)).told
    words: dict[str, Any] = {
        "who": group(at.applied, language), "when": window(query.days, language), "least": told.percent(READY),
        "about": told.about(whole, language),
    }  # fmt: skip
    title = put(language, ("Ready to buy {when}", "{when}可能购买")).format(**words)
    buyers = intervals.happening(*average(source, at, chance(query.days)), whole)
    expected = Number(
        name="expected_buyers",
        title=put(language, ("Buyers expected {when}", "{when}预计购买人数")).format(**words),
        value=buyers[0],
        low=buyers[1],
        high=buyers[2],
        unit="expected buyers",
    )
    rows = _rows(query, source, at, language)
    head, numbers = _head(those, whole, title, words, language)
    many = {name: f"{value:,.0f}" for name, value in zip(("value", "low", "high"), buyers, strict=True)}
    by = f"{expected.title} · {put(language, WHAT[query.by])}"
    columns = ["", *put(language, ("shoppers|buyers expected|95 % interval", "顾客数|预计购买|95%区间")).split("|")]
    return Answer(
        status="answered",
        sentences=[
            head, say(language, _EXPECTED, **many, **words), *_why(query, rows, language), *told.applied(at, language)
        ],
        table=Table(title=by, columns=columns, unit="expected buyers", rows=rows),
        numbers=[*numbers, expected],
        shoppers=whole,
        suppressed=[*([title] if those.shoppers is None else []), *told.hidden(rows, language)],
        quotes=_quotes(query, source, at, those, rows, language),
        chart=_chart(by, rows),
        **told.start(query, at, language),
    )  # fmt: skip


def _head(those: Told, whole: int, title: str, words: dict[str, Any], language: Language) -> tuple[str, list[Number]]:
    if those.shoppers is None:
        return say(language, _FEW, **words), []
    value, low, high = intervals.share(min(those.shoppers, whole), whole)
    many = told.about(those.shoppers, language, people=language == "zh")
    said = say(
        language, _NEARLY if those.nearly_all else _COUNT, many=many, share=told.percent(value),
        spread=told.spread(low, high), **words,
    )  # fmt: skip
    return said, [Number(name="ready", title=title, value=value, low=low, high=high, unit="share")]


def _rows(query: ReadyQuery, source: Source, at: Scope, language: Language) -> list[Row]:
    """Buyers expected of each group: its mean chance in whole per cents times its told number of shoppers."""
    found = {one.label: (one.told, mean, spread) for one, mean, spread in chances(source, at, query.by, query.days)}
    names = list(LABELS.get(query.by, sorted(found)))
    rows = []
    for name in names:
        one, mean, spread = found.get(name, (Told(None, "few"), 0.0, 0.0))
        title = label(query.by, name, language)
        if one.shoppers is not None:
            value, low, high = intervals.happening(mean, spread, one.shoppers)
            rows.append(Row(label=name, title=title, shoppers=one.shoppers, value=value, low=low, high=high))
        elif query.by in LABELS:
            rows.append(Row(label=name, title=title, hidden=one.hidden))
    return sorted(rows, key=lambda row: (row.value is None, -(row.value or 0.0)))


def _why(query: ReadyQuery, rows: list[Row], language: Language) -> list[str]:
    first = [one for one in rows if one.value and one.label != "unknown"][:_NAMED]
    if not first:
        return []
    names = told.listed((_many(one, language) for one in first), language)
    return [say(language, _WHY.get(query.by, _OTHERS), names=names, what=put(language, WHAT[query.by]))]


def _many(row: Row, language: Language) -> str:
    return put(language, ("{} (about {:,.0f})", "{}（约{:,.0f}人）")).format(row.title, row.value or 0.0)


def _chart(title: str, rows: list[Row]) -> Chart | None:
    marks = [
        Mark(label=one.title, value=one.value, low=one.low, high=one.high) for one in rows if one.value is not None
    ]
    return Chart(kind="bar", title=title, unit="expected buyers", marks=marks) if len(marks) > 1 else None


def _quotes(
    query: ReadyQuery, source: Source, at: Scope, those: Told, rows: list[Row], language: Language
) -> list[Any]:
    """Words of those who are likely to buy or, where they are too few, of those at the stage before."""
    named = [one.label for one in rows if one.value and one.label != "unknown"][:_NAMED]
    supports = [f"{query.by}.{one}" for one in named] if query.by in ("motivation", "barrier") else []
    supports += ["timing.now", "timing.within_7d", "intent.ready"]
    more = ready(query.days)
    if those.shoppers is None:
        more = condition("intent", "ready")
        if "intent" in at.applied or subgroup(source, at, more).told.shoppers is None:
            return []
    return quoted.of_group(source, at, supports, language, more=more)

"""How many units are likely to be bought in the next days: of all, of one category or item, or week by week.

The forecast of ``purchase_agent.demand`` tells it where the history is long enough, the same that ``export demand``
writes; of an item or category that it refuses, the naive tells it, as there; and where it refuses the whole history the
chances of the shoppers are added up, which no export does, and the answer says so. Units come in fives and never finer
than two digits, and nothing is told that fewer than ten bought.
"""

from __future__ import annotations

import math
from typing import Any

from purchase_agent.demand.forecast import Amount, By, Demand, Forecast
from purchase_agent.demand.stored import forecast
from purchase_agent.insights import told
from purchase_agent.insights.answers import Answer, Chart, Mark, Number, Row, Table
from purchase_agent.insights.groups import Scope, average, bought, chance, scope
from purchase_agent.insights.names import Both, group, put, say
from purchase_agent.insights.privacy import FLOOR, tens
from purchase_agent.insights.queries import DemandQuery, Filter, Language
from purchase_agent.insights.source import Source

MOST = 20
WEEKS = (4, 9, 13)
"""Weeks that are forecast; the first is what ``export demand`` does unasked."""
_UNITS: Both = (
    "about {value:,.0f} units of {what} are likely to be bought in the next {days} days ({low:,.0f}–{high:,.0f}).",
    "未来{days}天预计售出{what}约{value:,.0f}件（{low:,.0f}–{high:,.0f}）。",
)
_FORECAST: Both = (
    "The interval holds in 80 % of cases; behind it stand {about} who bought in the last half year.",
    "区间的把握为80%；以上基于最近半年购买过的{about}。",
)
_NAIVE: Both = (
    "No model did better than last year's or last weeks' sales here, so those are told.",
    "这里没有模型优于直接沿用以往的销量，因此按以往销量给出。",
)
_ADDED: Both = (
    (
        "The history is too short for a forecast ({reason}), so the chance of each of {about} to buy is added up, "
        "times {share} of purchases being of {what} and {quantity:.1f} units a purchase."
    ),
    "历史数据不足以做预测，因此累计{about}各自的购买概率，乘以{what}占购买的{share}，再乘以每次{quantity:.1f}件。",
)
_MOST: Both = ("most units: {names}.", "件数最多的是：{names}。")
_ALL: Both = ("everything", "全部商品")
_FEW: Both = ("What fewer than {floor} shoppers bought is not told.", "购买人数不足{floor}人的不显示。")


def answer(query: DemandQuery, source: Source, language: Language) -> Answer:
    """Units with an interval; a row for each category, item or week where that was asked for."""
    run = source.run(query.run)
    at = scope(source, run, Filter(category=query.category, item=query.item))
    if at.told.shoppers is None:
        return told.too_few(query, at, language)
    level: By = "category" if query.by == "category" or at.applied.get("category") else "item"
    found = forecast(source.reader, by=level, weeks=weeks_of(query.days), as_of=run.as_of)
    if found.status == "refused" or found.total is None:
        return _added(query, source, at, found.reason, language)
    name = at.applied.get("item") or at.applied.get("category")
    whole = found.total if name is None else found.of(name)
    amount = found.within(query.days, name)
    if whole is None or amount is None or whole.shoppers < FLOOR:
        return told.too_few(query, at, language)
    what = name or put(language, _ALL)
    number = _number(amount, what)
    rows = _rows(query, found, whole)
    said = [
        say(language, _UNITS, what=what, days=query.days, value=number.value, low=number.low, high=number.high),
        *([say(language, _NAIVE)] if amount.basis == "naive" else []),
        *_first(query, rows, language),
        say(language, _FORECAST, about=told.about(tens(whole.shoppers), language)),
        *told.applied(at, language),
    ]
    title = put(language, ("Units expected", "预计件数"))
    columns = ["", *put(language, ("units|80 % interval", "件数|80%区间")).split("|")]
    return Answer(
        status="answered", sentences=said, numbers=[number], shoppers=tens(whole.shoppers),
        table=Table(title=title, columns=columns, unit="units", rows=rows) if rows else None,
        suppressed=[say(language, _FEW, floor=FLOOR)] if query.by in ("category", "item") else [],
        chart=_chart(query, title, rows), **told.start(query, at, language),
    )  # fmt: skip


def weeks_of(days: int) -> int:
    """Weeks of the forecast that tells so many days: those of ``export demand`` where they nearly reach, so that both
    tell the same and one forecast serves 7, 14 and 30 days."""
    return next((weeks for weeks in WEEKS if days <= 7 * weeks + 2), WEEKS[-1])


def coarse(units: float) -> float:
    """Units in fives, and no finer than two digits: a forecast knows no more, and no single order shows in it."""
    step = 5.0
    while units >= step * 100:
        step *= 10
    return math.floor(units / step + 0.5) * step


def _number(amount: Amount, what: str) -> Number:
    return Number(
        name="units", title=what, value=coarse(amount.units), low=coarse(amount.low), high=coarse(amount.high),
        unit="units",
    )  # fmt: skip


def _rows(query: DemandQuery, found: Forecast, whole: Demand) -> list[Row]:
    if query.by == "week":
        weeks = whole.weeks[: math.ceil(query.days / 7)]
        return [_row(f"{one.begins}", f"{one.begins}", one.units, one.low, one.high, one.naive) for one in weeks]
    if query.by == "total" or (query.by == "item" and found.by != "item"):
        return []
    rows = []
    for one in found.rows:
        amount = found.within(query.days, one.id)
        if amount is not None and one.shoppers >= FLOOR:
            rows.append(_row(one.id, one.id, amount.units, amount.low, amount.high, amount.units))
    return sorted(rows, key=lambda row: -(row.value or 0.0))[:MOST]


def _row(label: str, title: str, *units: float | None) -> Row:
    value, low, high, naive = units
    if value is None or low is None or high is None:
        return Row(label=label, title=title, value=coarse(naive or 0.0))
    return Row(label=label, title=title, value=coarse(value), low=coarse(low), high=coarse(high))


def _first(query: DemandQuery, rows: list[Row], language: Language) -> list[str]:
    if query.by not in ("category", "item") or not rows:
        return []
    both: Both = ("{} (about {:,.0f})", "{}（约{:,.0f}件）")
    names = [put(language, both).format(one.title, one.value or 0.0) for one in rows[:3]]
    return [say(language, _MOST, names=told.listed(names, language))]


def _chart(query: DemandQuery, title: str, rows: list[Row]) -> Chart | None:
    marks = [Mark(label=one.title, value=one.value, low=one.low, high=one.high) for one in rows]
    if not marks:
        return None
    return Chart(kind="line" if query.by == "week" else "bar", title=title, unit="units", marks=marks)


def _added(query: DemandQuery, source: Source, at: Scope, reason: str, language: Language) -> Answer:
    """The sum of the chances times past quantities, where no forecast is possible."""
    past = bought(source, at)
    if past is None or at.told.shoppers is None:
        return told.too_few(query, at, language, whom=group(at.applied, language))
    share, quantity = past
    mean, _ = average(source, at, chance(query.days))
    buyers = round(mean, 2) * at.told.shoppers * share
    value = buyers * quantity
    half = 1.28 * quantity * max(buyers, 1.0) ** 0.5 + value * 0.1  # the chances are estimates too
    what = query.item or query.category or put(language, _ALL)
    number = _number(Amount(value, max(0.0, value - half), value + half, "forecast"), what)
    words: dict[str, Any] = {"what": what, "days": query.days, "reason": reason, "share": told.percent(share)}
    return Answer(
        status="answered",
        sentences=[
            say(language, _UNITS, value=number.value, low=number.low, high=number.high, **words),
            say(language, _ADDED, about=told.about(at.told.shoppers, language), quantity=quantity, **words),
            *told.applied(at, language),
        ],
        numbers=[number], shoppers=at.told.shoppers, **told.start(query, at, language),
    )  # fmt: skip

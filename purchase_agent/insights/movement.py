"""How intent or readiness moved between two runs: of the same shoppers, or of whoever is in each."""

from __future__ import annotations

from typing import Any

from purchase_agent.errors import InputError
from purchase_agent.insights import intervals, told
from purchase_agent.insights.answers import Answer, Chart, Mark, Number, Row, Table
from purchase_agent.insights.beside import beside, differing
from purchase_agent.insights.groups import READY, average, breakdown, chance, in_both, scope
from purchase_agent.insights.names import Both, group, put, say
from purchase_agent.insights.queries import Language, MovementQuery
from purchase_agent.insights.source import Run, Source

DAYS = 30
_STAGES = """CASE WHEN p.intent = q.intent THEN 'same' WHEN p.intent = 'post_purchase' THEN 'bought'
 WHEN q.intent = 'post_purchase' THEN 'again' WHEN p.intent_level > q.intent_level THEN 'up' ELSE 'down' END"""
_WAYS: dict[str, dict[str, Both]] = {
    "intent": {
        "up": ("closer to buying", "更接近购买"), "same": ("at the same stage", "阶段不变"),
        "down": ("further from buying", "离购买更远"), "bought": ("have bought since", "期间已购买"),
        "again": ("looking again after a purchase", "购买后又开始看"),
    },
    "ready": {
        "became": ("became ready to buy", "变为可能购买"), "stayed": ("still ready to buy", "仍然可能购买"),
        "left": ("no longer ready to buy", "不再可能购买"), "not": ("not ready in either", "两次都不太可能"),
    },
}  # fmt: skip
_MOVED: dict[str, Both] = {
    "intent": (
        "of {about} in both runs: {names}.",
        "在两次都有的{about}中：{names}。",
    ),
    "ready": (
        "of {about} in both runs: {names} (ready: a chance of {least} or more within {days} days).",
        "在两次都有的{about}中：{names}（可能购买：{days}天内购买概率在{least}以上）。",
    ),
}
_MEAN = (
    "Their mean chance to buy within {days} days moved by {value} points ({low} to {high}).",
    "他们{days}天内的平均购买概率变化了{value}个百分点（{low}至{high}）。",
)
_COMPARED = (
    "Compared are {who} of run {now}{now_day} with run {before}{before_day}; only shoppers in both are counted.",
    "比较的是第{now}次{now_day}与第{before}次{before_day}运行中的{who}，只统计两次都有的顾客。",
)
_ALL = (
    (
        "Compared are {who}, whoever is in each run: about {now_count:,} in run {now}{now_day}, about "
        "{before_count:,} in run {before}{before_day}."
    ),
    "比较的是两次运行各自的{who}：第{now}次{now_day}约{now_count:,}人，第{before}次{before_day}约{before_count:,}人。",
)


def answer(query: MovementQuery, source: Source, language: Language) -> Answer:
    """What moved since an earlier run.

    Raises:
        InputError: there is no such run, or none before.
    """
    run = source.run(query.run)
    earlier = source.run(query.since) if query.since is not None else source.before(run)
    if earlier is None or earlier.number >= run.number:
        raise InputError(
            f"there is no run before run {run.number} to compare with",
            hint="score the shoppers again into the same store first", field="since",
        )  # fmt: skip
    return (_same if query.shoppers == "both" else _each)(query, source, run, earlier, language)


def _same(query: MovementQuery, source: Source, run: Run, earlier: Run, language: Language) -> Answer:
    at = scope(source, run, query.filter)
    both = in_both(source, at, earlier)
    if at.told.shoppers is None or both.told.shoppers is None:
        return told.too_few(query, at, language)
    whole = both.told.shoppers
    ways = _WAYS[query.measure]
    found = {one.label: one.told for one in breakdown(source, both, _ways(query.measure))}
    rows = [told.row(name, put(language, title), found.get(name), whole) for name, title in ways.items()]
    mean, low, high = intervals.mean(*average(source, both, f"({chance(DAYS)} - {_earlier(chance(DAYS))})"), whole)
    title = put(language, ("Mean chance within 30 days", "30天平均购买概率"))
    change = Number(name="mean_change", title=title, value=mean, low=low, high=high, unit="points")
    words: dict[str, Any] = {"days": DAYS, "least": told.percent(READY), **_runs(run, earlier, language)}
    named = [told.named(one, language) for one in rows if one.shoppers is not None]
    return Answer(
        status="answered",
        sentences=[
            say(language, _MOVED[query.measure], about=told.about(whole, language),
                names=told.listed(named, language), **words),
            say(language, _MEAN, value=_points(mean), low=_points(low), high=_points(high), **words),
            say(language, _COMPARED, who=group(at.applied, language), **words),
            *told.applied(at, language),
        ],
        table=told.table(put(language, ("Moved since the earlier run", "与上次相比")), rows, language),
        numbers=[change], shoppers=whole, suppressed=told.hidden(rows, language),
        chart=told.bars(put(language, ("Moved since the earlier run", "与上次相比")), rows),
        **told.start(query, at, language),
    )  # fmt: skip


def _each(query: MovementQuery, source: Source, run: Run, earlier: Run, language: Language) -> Answer:
    now, before = (scope(source, one, query.filter) for one in (run, earlier))
    if now.told.shoppers is None or before.told.shoppers is None:
        return told.too_few(query, now if now.told.shoppers is None else before, language)
    rows = beside(source, now, before, query.measure, DAYS, language)
    title = put(language, ("This run less the earlier one", "本次减上次"))
    head = (
        put(language, (f"run {run.number}", f"第{run.number}次")),
        put(language, (f"run {earlier.number}", f"第{earlier.number}次")),
    )
    columns = ["", *head, *put(language, ("difference|95 % interval", "差|95%区间")).split("|")]
    return Answer(
        status="answered",
        sentences=[
            *differing(rows, language),
            say(language, _ALL, who=group(now.applied, language), now_count=now.told.shoppers,
                before_count=before.told.shoppers, **_runs(run, earlier, language)),
            *told.applied(now, language),
        ],
        table=Table(title=title, columns=columns, unit="points", rows=rows),
        numbers=_numbers(rows), shoppers=now.told.shoppers, suppressed=told.hidden(rows, language),
        chart=_chart(title, rows), **told.start(query, now, language),
    )  # fmt: skip


def _numbers(rows: list[Row]) -> list[Number]:
    return [
        Number(name=one.label, title=one.title, value=one.value, low=one.low, high=one.high, unit="points")
        for one in rows
        if one.value is not None
    ]


def _chart(title: str, rows: list[Row]) -> Chart | None:
    marks = [
        Mark(label=one.title, value=one.value, low=one.low, high=one.high) for one in rows if one.value is not None
    ]
    return Chart(kind="bar", title=title, unit="points", marks=marks) if marks else None


def _ways(measure: str) -> str:
    if measure == "intent":
        return _STAGES
    now, before = f"{chance(DAYS)} >= {READY}", f"{_earlier(chance(DAYS))} >= {READY}"
    return (
        f"CASE WHEN {now} AND {before} THEN 'stayed' WHEN {now} THEN 'became' WHEN {before} THEN 'left' ELSE 'not' END"
    )


def _earlier(sql: str) -> str:
    return sql.replace("p.", "q.")


def _points(value: float) -> str:
    return f"{value * 100:+.0f}"


def _runs(run: Run, earlier: Run, language: Language) -> dict[str, Any]:
    return {
        "now": run.number, "now_day": _day(run, language), "before": earlier.number,
        "before_day": _day(earlier, language),
    }  # fmt: skip


def _day(run: Run, language: Language) -> str:
    if run.as_of is None:
        return ""
    return put(language, (f" ({run.as_of:%Y-%m-%d})", f"（{run.as_of:%Y-%m-%d}）"))

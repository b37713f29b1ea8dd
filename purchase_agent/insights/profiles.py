"""One shopper: what was predicted of him, and the words it rests on. Health is not told of a single person."""

from __future__ import annotations

import json
from typing import Any

from purchase_agent.insights import quoted, told
from purchase_agent.insights.answers import Answer, Chart, Mark, Number
from purchase_agent.insights.names import Both, label, put, say, window
from purchase_agent.insights.queries import AnyQuery, Language, ProfileQuery
from purchase_agent.insights.source import Run, Source
from purchase_agent.store.consent import allowed_since

_NOBODY: Both = ("no shopper of this id is in the store.", "库中没有这个编号的顾客。")
_REFUSED_SINCE: Both = (
    "Shopper {id} has not allowed an analysis since (run {run}), so nothing is told of him, of earlier runs either.",
    "顾客{id}后来（第{run}次运行）不同意分析，因此较早运行中的内容也不再提供。",
)
_NO_ANSWER: dict[str, Both] = {
    "refused_consent": (
        "Shopper {id} did not allow an analysis, so nothing is stored or told.",
        "顾客{id}不同意分析，因此没有保存任何内容。",
    ),
    "insufficient_data": ("There is too little of shopper {id} to predict from.", "顾客{id}的数据太少，无法预测。"),
    "unsupported_language": (
        "What shopper {id} wrote is in a language that is not read.",
        "顾客{id}所用的语言无法识别。",
    ),
}
_STAGE: Both = (
    "shopper {id} is at the stage “{intent}”; chance to buy: {week} within 7 days, {month} within 30 days.",
    "顾客{id}处于“{intent}”阶段；7天内购买概率{week}，30天内{month}。",
)
_WHY: Both = ("Why: {names}.", "动机：{names}。")
_HELD: Both = ("Held back by: {names}.", "顾虑：{names}。")
_NEXT: Both = ("Next: {action}; suggested: {advice}.", "下一步：{action}；建议：{advice}。")
_PAST: Both = (
    "{orders} orders, last seen {seen}; lately on {items}.",
    "已有{orders}笔订单，最近一次{seen}；最近看{items}。",
)
_ADVICE: dict[str, Both] = {
    "answer": ("answer what he asks", "回答他的问题"), "wait": ("wait", "先等等"), "remind": ("remind him", "提醒"),
    "offer": ("make an offer", "给优惠"), "restock_notice": ("tell him when it is back", "到货通知"),
    "hand_over": ("hand over to a person", "转人工"),
}  # fmt: skip
_COLUMNS = (
    "status, intent, p_buy_1, p_buy_7, p_buy_30, p_buy_90, motivation, barriers, next_action, timing, advice, items,"
    " categories, last_seen, orders, prediction"
)
_MOST_NAMED = 3


def answer(query: ProfileQuery, source: Source, language: Language) -> Answer:
    """What a run tells of one shopper."""
    run = source.run(query.run)
    found = source.rows(
        f"SELECT {_COLUMNS} FROM predictions WHERE run_id = ? AND shopper_id = ?", [run.run_id, query.shopper_id]  # noqa: S608
    )  # fmt: skip
    if not found:
        return nobody(query, run, language)
    row = found[0]
    common: dict[str, Any] = {
        "kind": query.kind, "language": language, "query": query, "run_id": run.run_id, "run": run.number,
        "as_of": run.as_of,
    }  # fmt: skip
    since = source.rows(allowed_since("?", "predictions.shopper_id = ?"), [run.number, query.shopper_id])
    if since and since[0]["refused"]:
        both, values = _REFUSED_SINCE, {"id": query.shopper_id, "run": since[0]["newest"]}
        return Answer(status="answered", sentences=[say(language, both, **values)], **common)
    if row["status"] != "ok":
        both = _NO_ANSWER.get(row["status"], _NO_ANSWER["insufficient_data"])
        return Answer(status="answered", sentences=[say(language, both, id=query.shopper_id)], **common)
    quotes = quoted.of_shopper(source, query.shopper_id)
    chances = {days: row[f"p_buy_{days}"] for days in (1, 7, 30, 90) if row[f"p_buy_{days}"] is not None}
    title = put(language, ("Chance to buy", "购买概率"))
    return Answer(
        status="answered",
        sentences=_sentences(query.shopper_id, row, language),
        numbers=[
            Number(name=f"p_buy_{days}", title=window(days, language), value=round(value, 2), unit="share")
            for days, value in chances.items()
        ],
        quotes=quotes,
        chart=Chart(
            kind="line", title=title, unit="share",
            marks=[Mark(label=window(days, language), value=round(value, 2)) for days, value in chances.items()],
        ),
        **common,
    )  # fmt: skip


def nobody(query: AnyQuery, run: Run, language: Language) -> Answer:
    """The answer on an id that nobody has."""
    return Answer(
        status="refused", kind=query.kind, language=language, query=query, sentences=[say(language, _NOBODY)],
        run_id=run.run_id, run=run.number, as_of=run.as_of,
    )  # fmt: skip


def _sentences(shopper_id: str, row: dict[str, Any], language: Language) -> list[str]:
    said = [
        say(
            language, _STAGE, id=shopper_id, intent=label("intent", row["intent"] or "none", language),
            week=told.percent(row["p_buy_7"] or 0.0), month=told.percent(row["p_buy_30"] or 0.0),
        )
    ]  # fmt: skip
    shares = _probabilities(row["prediction"])
    motives = [
        one for one in row["motivation"] or () if f"motivation.{one}" not in quoted.KEPT_BACK and one != "unknown"
    ]
    if motives:
        said.append(say(language, _WHY, names=_named("motivation", motives, shares, language)))
    if row["barriers"]:
        said.append(say(language, _HELD, names=_named("barrier", row["barriers"], shares, language)))
    if row["next_action"]:
        advice = put(language, _ADVICE[row["advice"]]) if row["advice"] in _ADVICE else "–"
        said.append(say(language, _NEXT, action=label("next_action", row["next_action"], language), advice=advice))
    lately = [*(row["items"] or ())][:_MOST_NAMED] or [*(row["categories"] or ())][:_MOST_NAMED]
    if row["last_seen"] is not None:
        items = told.listed(lately, language) if lately else "–"
        said.append(say(language, _PAST, orders=row["orders"] or 0, seen=f"{row['last_seen']:%Y-%m-%d}", items=items))
    return said


def _named(task: str, names: list[str], shares: dict[str, Any], language: Language) -> str:
    part = shares.get({"motivation": "probabilities", "barrier": "barriers"}[task], {})
    both = ("{} ({})", "{}（{}）")
    return told.listed(
        (put(language, both).format(label(task, one, language), told.percent(part.get(one, 0.0))) for one in names),
        language,
    )


def _probabilities(prediction: str | None) -> dict[str, Any]:
    try:
        found = json.loads(prediction or "{}").get("motivation") or {}
    except (ValueError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}

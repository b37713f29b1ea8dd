"""What the store holds: runs, shoppers, languages, how much they wrote and did."""

from __future__ import annotations

from purchase_agent.insights import told
from purchase_agent.insights.answers import Answer, Number
from purchase_agent.insights.groups import breakdown, scope
from purchase_agent.insights.names import Both, put, say
from purchase_agent.insights.privacy import tens
from purchase_agent.insights.queries import Filter, Language, OverviewQuery
from purchase_agent.insights.source import Source

_HOLDS: Both = (
    "the store holds {runs}; run {number} tells of {about}{day}.",
    "库中有{runs}次运行；第{number}次{day}包含{about}。",
)
_WROTE: Both = (
    "Kept beside them are about {texts:,} texts and {events:,} events.",
    "另存有约{texts:,}条文本和{events:,}个事件。",
)
_TITLE: Both = ("Languages", "语言")


def answer(query: OverviewQuery, source: Source, language: Language) -> Answer:
    """Rounded counts of what is stored."""
    at = scope(source, source.run(query.run), Filter())
    if at.told.shoppers is None:
        return told.too_few(query, at, language)
    kept = {name: tens(int(source.one(f"SELECT count(*) AS n FROM {name}")["n"])) for name in ("texts", "events")}  # noqa: S608
    rows = told.rows(breakdown(source, at, "language"), "language", at.told.shoppers, language)
    day = "" if at.run.as_of is None else put(language, (" as of {:%Y-%m-%d}", "（{:%Y-%m-%d}）")).format(at.run.as_of)
    title = put(language, _TITLE)
    return Answer(
        status="answered",
        sentences=[
            say(language, _HOLDS, runs=_runs(len(source.runs()), language), number=at.run.number, day=day,
                about=told.about(at.told.shoppers, language)),
            say(language, _WROTE, **kept),
        ],
        table=told.table(title, rows, language),
        numbers=[
            Number(name="shoppers", title=put(language, ("Shoppers", "顾客")), value=at.told.shoppers, unit="shoppers")
        ],
        shoppers=at.told.shoppers,
        suppressed=told.hidden(rows, language),
        chart=told.bars(title, rows),
        **told.start(query, at, language),
    )  # fmt: skip


def _runs(count: int, language: Language) -> str:
    return put(language, ("one run" if count == 1 else f"{count} runs", str(count)))

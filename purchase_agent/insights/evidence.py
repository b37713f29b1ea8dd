"""The words behind an answer: of one shopper, or of a group, with their ids."""

from __future__ import annotations

from collections.abc import Sequence

from purchase_agent.insights import quoted, told
from purchase_agent.insights.answers import Answer, Quote
from purchase_agent.insights.groups import Scope, breakdown, scope
from purchase_agent.insights.names import Both, group, say
from purchase_agent.insights.profiles import nobody
from purchase_agent.insights.queries import EvidenceQuery, Language
from purchase_agent.insights.source import Run, Source

MOST = 10
_NAMED = 3
_TASKS = ("barrier", "motivation", "intent")
_FOUND: Both = (
    "{number} quotes of {who}, verbatim (personal data is left out).",
    "{who}的{number}条原话（已隐去个人信息）。",
)
_NONE: Both = ("no stored words of {who} support this.", "没有找到{who}可作依据的原话。")
_UNQUOTED: Both = (
    "run {number} was scored without quotes: score with --evidence fast.",
    "第{number}次运行评分时没有保存原话：请用 --evidence fast 重新评分。",
)
_HEALTH: Both = (
    "health as a reason is told of groups only, so no words are quoted for it.",
    "健康方面的动机只按群体统计，不引用任何人的原话。",
)
_BEHIND: Both = ("Behind this stand {about}.", "以上基于{about}。")
_ONE: Both = ("shopper {id}", "顾客{id}")


def answer(query: EvidenceQuery, source: Source, language: Language) -> Answer:
    """Quotes with the ids of their texts."""
    if query.shopper_id is not None:
        return _of_shopper(query, query.shopper_id, source, language)
    at = scope(source, source.run(query.run), query.filter)
    if at.told.shoppers is None:
        return told.too_few(query, at, language)
    quotes = quoted.of_group(source, at, _supports(query, source, at), language, most=MOST)
    who = group(at.applied, language)
    return Answer(
        status="answered",
        sentences=[
            _found(quotes, query, at.run, who, language),
            say(language, _BEHIND, about=told.about(at.told.shoppers, language)),
            *told.applied(at, language),
        ],
        quotes=quotes,
        shoppers=at.told.shoppers,
        **told.start(query, at, language),
    )


def _found(quotes: Sequence[Quote], query: EvidenceQuery, run: Run, who: str, language: Language) -> str:
    """How many quotes there are or, where there are none, why not."""
    if quotes:
        return say(language, _FOUND, number=len(quotes), who=who)
    if quoted.health(query.filter.conditions().items()):
        return say(language, _HEALTH)
    return say(language, _NONE, who=who) if run.quoted else say(language, _UNQUOTED, number=run.number)


def _supports(query: EvidenceQuery, source: Source, at: Scope) -> list[str]:
    """The labels of the filter, which are what is asked about; or else those that most of the group have.

    So ``about`` changes nothing where the filter names a label of that task and no other.
    """
    named = query.filter.conditions()
    asked = [f"{task}.{named[task]}" for task in _TASKS if task in named and query.about in (None, task)]
    if asked:
        return asked
    found = []
    for task in (query.about,) if query.about is not None else ("barrier", "motivation"):
        rows = told.rows(breakdown(source, at, task), task, at.told.shoppers or 0, "en")
        found += [f"{task}.{one.label}" for one in told.largest(rows, _NAMED)]
    return found or ["intent.ready"]


def _of_shopper(query: EvidenceQuery, shopper_id: str, source: Source, language: Language) -> Answer:
    run = source.run(query.run)
    if not source.knows(shopper_id):
        return nobody(query, run, language)
    asked = [f"{task}.{value}" for task, value in query.filter.conditions().items() if task in _TASKS]
    quotes = quoted.of_shopper(source, shopper_id, asked, most=MOST)
    who = say(language, _ONE, id=shopper_id)
    who = who[:1].lower() + who[1:]
    return Answer(
        status="answered", kind=query.kind, language=language, query=query, quotes=quotes,
        sentences=[_found(quotes, query, run, who, language)],
        run_id=run.run_id, run=run.number, as_of=run.as_of,
    )  # fmt: skip

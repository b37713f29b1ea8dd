"""A question in words and a store in, an answer out; the local planner chooses the query, no model is asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from purchase_agent.errors import InputError
from purchase_agent.insights.answers import Answer
from purchase_agent.insights.planning import Plan, QuestionPlanner
from purchase_agent.insights.queries import AnyQuery, Language, read_query
from purchase_agent.insights.running import run_query
from purchase_agent.insights.source import Rows, Source
from purchase_agent.planner_matching import is_chinese
from purchase_agent.store import Reader

MAX_QUESTION = 2000
"""Characters of a question."""


def ask(
    question: str,
    store: Source | Rows | Path | str,
    *,
    language: Language | None = None,
    context: Answer | AnyQuery | Mapping[str, Any] | None = None,
    run: int | None = None,
) -> Answer:
    """The answer to a question of staff about all shoppers.

    Args:
        question: English or Chinese.
        store: a store's path, its reader, or a ``Source`` of it, which remembers the shop's names.
        language: of the answer; that of the question if None.
        context: the answer before, its JSON or its query; ``and for shoes?``, ``show what supports it`` go on from it.
        run: number of the run that is asked; the newest if None.

    Raises:
        InputError: the question is empty or far too long, or there is no such run.
        StoreError: the store cannot be read.
    """
    if not question.strip():
        raise InputError("an empty question", hint="such as: who is ready to buy this week?", field="question")
    if len(question) > MAX_QUESTION:
        raise InputError(f"a question of more than {MAX_QUESTION} characters", hint="ask briefly", field="question")
    if isinstance(store, (str, Path)):
        with Reader(store) as reader:
            return ask(question, Source(reader), language=language, context=context, run=run)
    source = store if isinstance(store, Source) else Source(store)
    spoken = language or ("zh" if is_chinese(question) else "en")
    planner = QuestionPlanner(source.values(), source.knows)
    plan = planner.plan(question, language=spoken, before=_before(context))
    if plan.query is None:
        return _unanswered(plan, spoken, question)
    query = plan.query if run is None else plan.query.model_copy(update={"run": run})
    answer = run_query(query, source, language=spoken)
    return answer.model_copy(update={"question": question, "sentences": [*plan.notes, *answer.sentences]})


def _unanswered(plan: Plan, language: Language, question: str) -> Answer:
    return Answer(
        status="refused" if plan.reason is not None else "asked_back", kind=None, language=language, question=question,
        sentences=[plan.said or ""], choices=list(plan.choices),
    )  # fmt: skip


def _before(context: Answer | AnyQuery | Mapping[str, Any] | None) -> AnyQuery | None:
    if context is None:
        return None
    if isinstance(context, Answer):
        return context.query
    if isinstance(context, Mapping):
        inner = context.get("query") if "status" in context else context
        return None if inner is None else read_query(inner)
    return context

"""A typed query and a store in, an answer out: the same for everybody who asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from purchase_agent.insights import (
    comparing,
    demands,
    evidence,
    movement,
    overviews,
    profiles,
    readiness,
    shares,
    tops,
)
from purchase_agent.insights.answers import Answer
from purchase_agent.insights.queries import Kind, Language, read_query
from purchase_agent.insights.source import Rows, Source
from purchase_agent.store import Reader

_ANSWERS: dict[Kind, Callable[..., Answer]] = {
    "ready": readiness.answer, "barriers": shares.answer, "motivations": shares.answer, "movement": movement.answer,
    "demand": demands.answer, "evidence": evidence.answer, "compare": comparing.answer, "funnel": shares.answer,
    "top": tops.answer, "next_steps": shares.answer, "timing": shares.answer, "profile": profiles.answer,
    "overview": overviews.answer,
}  # fmt: skip


def run_query(query: Any, source: Source | Rows | Path | str, *, language: Language = "en") -> Answer:
    """The answer to a typed query.

    Args:
        query: one of ``queries``, or plain data of one.
        source: a store's path, its reader, or a ``Source`` of it.

    Raises:
        InputError: no such query or run.
        StoreError: the store cannot be read.
    """
    asked = read_query(query)
    if isinstance(source, (str, Path)):
        with Reader(source) as reader:
            return run_query(asked, Source(reader), language=language)
    read = source if isinstance(source, Source) else Source(source)
    return _ANSWERS[asked.kind](asked, read, language)

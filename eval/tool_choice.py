"""Which tool the local planner chooses for a question, beside the simplest ways to choose.

``eval/data/tool_questions.jsonl`` holds 360 questions (half English, half Chinese) with the tool that answers them, or
null for what none does, where asking back is right. 240 (``setting``) were known when the planner's examples and limits
were set; 120 (``judging``) were written afterwards, and nothing was changed for them. One author wrote them and the
planner's examples: they show how far the examples carry to other words, not how people ask in a shop. Staff choose
among all seven tools, shoppers among three. Beside it: the tool most often right, and the tool whose title and
description share most words with the question, rare ones counting more (they are English).

A shopper mostly tells what he needs, which is no question for another tool: of the written chat messages
(``eval/data/written``) the share is told that is read so.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from purchase_agent.eval.bench.table import Table
from purchase_agent.metrics import Bootstrap
from purchase_agent.planner import plan
from purchase_agent.tools.catalogue import tools
from purchase_agent.training.corpus import read_jsonl

DATA = Path(__file__).parent / "data"
QUESTIONS = DATA / "tool_questions.jsonl"
PRODUCTS = ({"id": "p1", "name": "first"}, {"id": "p2", "name": "second"})
Record = dict[str, Any]
Chooser = Callable[[Record], str | None]


def read_questions(path: Path = QUESTIONS) -> list[Record]:
    """The written questions."""
    return list(read_jsonl(path))


def may_call(question: Record) -> list[str]:
    """Names of the tools that who asks it has."""
    return [one.name for one in tools("shopper" if question["asked_by"] == "shopper" else "all")]


def planned(question: Record) -> str | None:
    """What the product chooses; None where it asks back."""
    return plan(question["text"], may_call(question), voice=question["asked_by"], candidates=PRODUCTS).tool


def by_description(question: Record) -> str | None:
    """The tool whose description shares most with the question, rare words counting more; None where none does."""
    may, described = may_call(question), {one.name: _words(f"{one.title} {one.description}") for one in tools()}
    said = _words(question["text"])
    met = Counter(word for words in described.values() for word in words)
    shared = {name: sum(math.log(len(described) / met[word]) for word in said & described[name]) for name in may}
    best = max(shared, key=lambda name: shared[name])
    return best if shared[best] > 0 else None


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def report(path: Path = QUESTIONS) -> str:
    """The figures as a table, and the questions that were answered by another tool."""
    judged = [one for one in read_questions(path) if one["part"] == "judging"]
    setting = [one for one in read_questions(path) if one["part"] == "setting"]
    most = Counter(one["tool"] for one in judged).most_common(1)[0][0]
    ways: dict[str, Chooser] = {
        "planner": planned, "words of the descriptions": by_description, "most often right": lambda _: most,
    }  # fmt: skip
    rows = []
    for title, choose in ways.items():
        for part in ("all", "en", "zh"):
            some = [one for one in judged if part in ("all", one["language"])]
            rows.append((title, part, *_figures(some, [choose(one) for one in some])))
    rows.append(("planner, setting", "all", *_figures(setting, [planned(one) for one in setting])))
    said = [one["text"] for one in _chat_messages()]
    own = np.mean([planned({"text": one, "asked_by": "shopper"}) == "predict_purchase" for one in said])
    missed = [
        f"{one['id']} {one['text']} -> {chosen} (right: {one['tool']})"
        for one in judged
        if (chosen := planned(one)) is not None and chosen != one["tool"]
    ]
    table = Table(
        f"Tool choice on {len(judged)} written questions",
        ("chosen by", "language", "n", "right", "95 %", "asked back", "right where it chose"),
        rows,
        (
            "Asking back is right for the questions that no tool answers.",
            f"Of {len(said)} written chat messages {own:.1%} are read as the shopper's own words.",
            *missed,
        ),
    )
    return str(table)


def _chat_messages() -> list[Record]:
    files = sorted((DATA / "written").glob("*.jsonl"))
    return [one for file in files for one in read_jsonl(file) if one["channel"] == "chat"]


def _figures(questions: Sequence[Record], said: Sequence[str | None]) -> tuple[str, ...]:
    right = np.array([one["tool"] == each for one, each in zip(questions, said, strict=True)], dtype=np.float64)
    score = Bootstrap().score("accuracy", "share", len(right), lambda weights: weights @ right / weights.sum(1))
    chose = np.array([each is not None for each in said])
    where = f"{right[chose].mean():.2f} of {chose.sum()}" if chose.any() else "-"
    return (
        str(len(right)), f"{score.value:.2f}", f"{score.low:.2f}-{score.high:.2f}", f"{1 - chose.mean():.2f}", where
    )  # fmt: skip


if __name__ == "__main__":
    print(report())  # noqa: T201 - a script: its table is its output

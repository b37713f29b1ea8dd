"""What the planner makes of written questions on a store: the right query with its slots, a question back, a no.

``eval/data/insight_questions`` holds two parts: ``build`` was known when the planner's examples and rules were made;
``held_out`` was written afterwards, in other words, and the planner was not changed for it. One author wrote both, and
the planner's examples. Right is a query whose kind and slots are all as expected; for a question that nothing can
answer, a refusal; for one that is unclear, or about what the shop does not have, a question back. Two shops are asked:
``sample``, whose names the examples speak of, and ``home``, whose names they do not.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from purchase_agent.eval.bench.table import Table
from purchase_agent.insights.planning import Plan, QuestionPlanner
from purchase_agent.insights.queries import read_query
from purchase_agent.insights.source import Values
from purchase_agent.metrics import Bootstrap

DATA = Path(__file__).parent / "data" / "insight_questions"
PARTS = ("held_out", "build")
SHOPS = {
    "sample": Values(
        ("coffee", "skincare", "kitchen", "shoes", "baby", "phones", "outdoor", "medicine"),
        (
            "coffee-1kg", "coffee-pods", "shoe-run", "cream", "pan-28", "sunscreen", "vitamins", "kettle", "bottle",
            "phone-mini", "tent", "stroller", "lamp", "phone-pro", "shoe-hike",
        ),
        (2, 1),
    ),
    "home": Values(
        ("sofas", "tea", "headphones", "toys", "vacuum-cleaners", "books"),
        ("oslo-sofa", "jasmine-100", "hp-300", "robo-5", "blocks-xl"),
        (5, 4, 3, 2, 1),
    ),
}  # fmt: skip
Record = dict[str, Any]


def read_questions(part: str) -> list[Record]:
    """The written questions of a part."""
    return [json.loads(line) for line in (DATA / f"{part}.jsonl").read_text("utf-8").splitlines()]


def planned(question: Record) -> Plan:
    """What the planner makes of a question."""
    planner = QuestionPlanner(SHOPS[question["shop"]], _is_shopper)
    return planner.plan(question["text"], language=question["language"])


def right(question: Record, plan: Plan) -> bool:
    """Whether the plan is what was expected."""
    if "query" in question:
        return bool(plan.query == read_query(question["query"]))
    return bool(told(plan) == question["outcome"])


def told(plan: Plan) -> str:
    """``refused``, ``asked`` or the kind of the query."""
    if plan.query is not None:
        return plan.query.kind
    return "refused" if plan.reason is not None else "asked"


def report() -> str:
    """The figures as a table, with every question that was not planned as expected."""
    rows, notes = [], []
    for part in PARTS:
        questions = read_questions(part)
        plans = [planned(one) for one in questions]
        hits = [right(one, plan) for one, plan in zip(questions, plans, strict=True)]
        some = list(zip(questions, plans, hits, strict=True))
        for title, chosen in (
            ("all", some),
            ("en", [one for one in some if one[0]["language"] == "en"]),
            ("zh", [one for one in some if one[0]["language"] == "zh"]),
            ("to be answered", [one for one in some if "query" in one[0]]),
            ("to be asked back", [one for one in some if one[0].get("outcome") == "asked"]),
            ("to be refused", [one for one in some if one[0].get("outcome") == "refused"]),
        ):
            rows.append((part, title, *_figures([hit for _, _, hit in chosen])))
        if part == "held_out":
            notes = [_missed(one, plan) for one, plan, hit in some if not hit]
            notes += _confusion(some)
    table = Table(
        "Questions of a store: right query and slots, right question back, right refusal",
        ("part", "questions", "n", "right", "95 %"), rows, ("Held out, not as expected:", *notes),
    )  # fmt: skip
    return str(table)


def _figures(hits: Sequence[bool]) -> tuple[str, str, str]:
    values = np.array(hits, dtype=np.float64)
    if not len(values):
        return "0", "-", "-"
    score = Bootstrap().score("right", "share", len(values), lambda weights: weights @ values / weights.sum(1))
    return str(len(values)), f"{score.value:.3f}", f"{score.low:.2f}-{score.high:.2f}"


def _missed(question: Record, plan: Plan) -> str:
    wanted = question.get("query") or question["outcome"]
    got = plan.query.model_dump(exclude_defaults=True, exclude_none=True) if plan.query is not None else {}
    return f"{question['id']} {question['text']} -> {told(plan)} {got or plan.reason or ''} (right: {wanted})"


def _confusion(some: Sequence[tuple[Record, Plan, bool]]) -> list[str]:
    """Pairs of an expected and another kind, with how often."""
    pairs = Counter(
        (one["query"]["kind"] if "query" in one else one["outcome"], told(plan)) for one, plan, _ in some
    )  # fmt: skip
    lines = [f"{wanted} -> {got}: {count}" for (wanted, got), count in sorted(pairs.items()) if wanted != got]
    return ["Kinds taken for others:", *(lines or ["none"])]


def _is_shopper(name: str) -> bool:
    return name.startswith("c0")


if __name__ == "__main__":
    print(report())  # noqa: T201 - a script: its table is its output

"""What the planner makes of written questions on a store: the right query with its slots, a question back, a no.

``eval/data/insight_questions`` holds a file for each writer. Those of ``BUILD`` were known when the planner's examples
and rules were made: ``build`` (with them, by their author), ``second_writer`` (by somebody who knew only what can be
asked, and judged blind before it was known), ``failure_classes`` (by the author: other words for what went wrong in
it), ``own_words`` (by the author, of all kinds, once that was mended), ``no_answer`` (likewise, what nothing here can
answer) and ``fourth_writer`` (before denials and unknown conditions were mended, by who mended them, judged once before
it was known). ``HELD_OUT`` are ``held_out`` (by the author, afterwards, in other words), ``third_writer`` (by a
third one, who saw none of them) and ``fifth_writer`` (by one who had read the page of documentation and nothing else,
judged once before it was known; the ways of asking that failed were mended afterwards).

Right is a query with the kind and slots expected, or one that gives the same answer; for a question that nothing can
answer, a refusal, for the reason expected where one is; for one that is unclear, or about what the shop does not have,
a question back. Two shops are asked: ``sample``, whose names the examples speak of, and ``home``, whose names they do
not. ``cross_validated`` plans each question of ``BUILD`` without the examples that are most like it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from purchase_agent.eval.bench.table import Table
from purchase_agent.insights.planning import Plan, QuestionPlanner
from purchase_agent.insights.planning_examples import ALL
from purchase_agent.insights.queries import AnyQuery, EvidenceQuery, read_query
from purchase_agent.insights.source import Values
from purchase_agent.intervals import wilson
from purchase_agent.training.corpus import read_jsonl

DATA = Path(__file__).parent / "data" / "insight_questions"
BUILD = ("build", "second_writer", "failure_classes", "own_words", "no_answer", "fourth_writer")
HELD_OUT = ("held_out", "third_writer", "fifth_writer")
FOLDS = 10
ALIKE = 0.4
"""Share of the pieces of two questions that both have, from which they are of one family."""
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
_ANSWERED, _ASKED, _REFUSED = "to be answered", "to be asked back", "to be refused"
_OUTCOMES = {None: _ANSWERED, "asked": _ASKED, "refused": _REFUSED}
_OF_FILTER = ("barrier", "motivation", "intent")


def read_questions(part: str) -> list[Record]:
    """The written questions of a file."""
    return list(read_jsonl(DATA / f"{part}.jsonl"))


def planned(question: Record, without: Collection[str] = ()) -> Plan:
    """What the planner makes of a question, ``without`` some of its examples."""
    planner = QuestionPlanner(SHOPS[question["shop"]], _is_shopper, without=frozenset(without))
    return planner.plan(question["text"], language=question["language"])


def right(question: Record, plan: Plan) -> bool:
    """Whether the plan is what was expected."""
    if "query" in question:
        return plan.query is not None and settled(plan.query) == settled(read_query(question["query"]))
    return told(plan) == question["outcome"] and question.get("reason", plan.reason) == plan.reason


def settled(query: AnyQuery) -> AnyQuery:
    """The one form of queries that give the same answer: words on a label of the filter are words about its task, and
    those of one shopper are all of his."""
    if not isinstance(query, EvidenceQuery) or query.about is None:
        return query
    labels = [task for task in _OF_FILTER if task in query.filter.conditions()]
    same = query.shopper_id is not None or labels == [query.about]
    return query.model_copy(update={"about": None}) if same else query


def told(plan: Plan) -> str:
    """``refused``, ``asked`` or the kind of the query."""
    if plan.query is not None:
        return plan.query.kind
    return "refused" if plan.reason is not None else "asked"


def families(texts: Sequence[str]) -> list[int]:
    """A number for each text, the same for those that are alike, also by way of a third."""
    pieces = [_pieces(one) for one in texts]
    of = list(range(len(texts)))
    for at, mine in enumerate(pieces):
        for other in range(at):
            if of[other] != of[at] and _alike(mine, pieces[other]) >= ALIKE:
                old, new = of[at], of[other]
                of = [new if one == old else one for one in of]
    return of


def cross_validated(folds: int = FOLDS) -> list[tuple[Record, Plan]]:
    """Each question of ``BUILD`` as planned without the examples that are like it or like one of its fold; families of
    questions stay together in one fold. Rules and words of the planner stay: of them this says nothing."""
    questions = [one for part in BUILD for one in read_questions(part)]
    by_family: dict[int, list[Record]] = defaultdict(list)
    for question, family in zip(questions, families([one["text"] for one in questions]), strict=True):
        by_family[family].append(question)
    examples = {one: _pieces(one) for one in ALL}
    found = []
    for fold in range(folds):
        chosen = [one for number, family in enumerate(by_family.values()) if number % folds == fold for one in family]
        asked = [_pieces(one["text"]) for one in chosen]
        left_out = {one for one, mine in examples.items() if any(_alike(mine, other) >= ALIKE for other in asked)}
        found += [(one, planned(one, left_out)) for one in chosen]
    return found


def report(parts: Sequence[str] = (), *, cross: bool = False) -> str:
    """The figures as a table, with every question of ``HELD_OUT`` that was not planned as expected.

    Args:
        parts: files to judge; all that there are by default.
        cross: judge ``BUILD`` by ``cross_validated`` as well.
    """
    chosen = [one for one in (parts or (*BUILD, *HELD_OUT)) if (DATA / f"{one}.jsonl").is_file()]
    plans = {one: [(each, planned(each)) for each in read_questions(one)] for one in chosen}
    rows = [row for one in chosen for row in _rows(_used(one), one, plans[one])]
    if cross:
        rows += _rows("cross-validated", "all of build", cross_validated())
    missed = [(one, plan) for part in chosen if part in HELD_OUT for one, plan in plans[part] if not right(one, plan)]
    held = [pair for part in chosen if part in HELD_OUT for pair in plans[part]]
    notes = ("Judging sets, not as expected:", *(_missed(one, plan) for one, plan in missed), *_confusion(held))
    columns = ("used for", "file", "questions", "n", "right", "95 %")
    return str(Table("Questions of a store: right query and slots, right question back, right refusal", columns, rows,
                     notes))  # fmt: skip


def _used(part: str) -> str:
    return "building" if part in BUILD else "judging"


def _rows(used: str, part: str, some: Sequence[tuple[Record, Plan]]) -> list[tuple[str, ...]]:
    titles = {
        "all": some, **{language: [one for one in some if one[0]["language"] == language] for language in ("en", "zh")},
        **{title: [one for one in some if one[0].get("outcome") == outcome] for outcome, title in _OUTCOMES.items()},
    }  # fmt: skip
    return [(used, part, title, *_figures([right(*one) for one in chosen])) for title, chosen in titles.items()]


def _figures(hits: Sequence[bool]) -> tuple[str, str, str]:
    if not hits:
        return "0", "-", "-"
    low, high = wilson(sum(hits) / len(hits), len(hits))
    return str(len(hits)), f"{sum(hits) / len(hits):.3f}", f"{low:.2f}-{high:.2f}"


def _missed(question: Record, plan: Plan) -> str:
    wanted = question.get("query") or question["outcome"]
    got = plan.query.model_dump(exclude_defaults=True, exclude_none=True) if plan.query is not None else {}
    return f"{question['id']} {question['text']} -> {told(plan)} {got or plan.reason or ''} (right: {wanted})"


def _confusion(some: Sequence[tuple[Record, Plan]]) -> list[str]:
    """Pairs of an expected and another kind, with how often."""
    pairs = Counter((one["query"]["kind"] if "query" in one else one["outcome"], told(plan)) for one, plan in some)
    lines = [f"{wanted} -> {got}: {count}" for (wanted, got), count in sorted(pairs.items()) if wanted != got]
    return ["Kinds taken for others:", *(lines or ["none"])]


def _pieces(text: str) -> frozenset[str]:
    """English words, and Chinese characters two by two."""
    runs = re.findall(r"[\u3400-\u9fff]+", text)
    words = re.findall(r"[a-z0-9]+", text.casefold())
    return frozenset([*words, *(run[at : at + 2] for run in runs for at in range(max(1, len(run) - 1)))])


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0


def _is_shopper(name: str) -> bool:
    return name.startswith("c0")

"""How well products are put in order: on written cases, and beside popularity and recency on real behaviour.

``eval/data/rank_cases.jsonl`` holds 120 written shoppers (60 English, 60 Chinese) with six candidates each, what should
come first, what must not, and the needs told. They stand on 40 shelves of three cases; a shelf lies in one half. The
rules were set on even ids; odd ids are only reported. The author of the rules wrote the cases, too: they show that the
rules do what they say, not how often shoppers speak so. Intervals draw whole shelves. See ``rank_behaviour`` for the
other half.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.eval.bench.table import Table
from purchase_agent.eval.rank_behaviour import behaviour_tables
from purchase_agent.evidence import read_shopper
from purchase_agent.metrics import Bootstrap, Score
from purchase_agent.predictors.prepare import prepare
from purchase_agent.predictors.rank import rank
from purchase_agent.predictors.shelf_words import KIND_NAMES, chinese_grams, fold, latin_tokens
from purchase_agent.predictors.subject_signs import PRODUCT_NAMES
from purchase_agent.ranking import Ranking
from purchase_agent.training.corpus import read_jsonl

CASES = Path(__file__).parent / "data" / "rank_cases.jsonl"
Record = dict[str, Any]
Array = NDArray[np.float64]
_NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
_SHUFFLES = 200
_RELEVANCE = {"best": 2, "other": 1, "never": 0}
HALVES = {"even ids (tuning)": 0, "odd ids (report)": 1}
FIGURES = ("top-1", "MRR", "NDCG", "excluded first")


def read_cases(path: Path = CASES) -> list[Record]:
    """The written cases."""
    return list(read_jsonl(path))


def ranking_of(case: Record) -> Ranking:
    """What the product answers, without a prediction."""
    return rank(prepare(read_shopper(case["shopper"]), _NOW), case["candidates"])


def _given(case: Record) -> list[str]:
    return [one["id"] for one in case["candidates"]]


def _cheapest(case: Record) -> list[str]:
    return [one["id"] for one in sorted(case["candidates"], key=lambda one: one["price"])]


def _words(text: str) -> set[str]:
    folded = fold(text)
    return {word for _, _, word in latin_tokens(folded)} | {
        gram for _, _, gram in chinese_grams(folded) if len(gram) == 2
    }


def _overlap(case: Record) -> list[str]:
    said = set().union(*(_words(text["text"]) for text in case["shopper"]["texts"]))
    shared = {one["id"]: len(said & _words(one["name"])) for one in case["candidates"]}
    return sorted(_given(case), key=lambda name: -shared[name])


ORDERS: dict[str, Callable[[Record], list[str]]] = {
    "ours": lambda case: [one.id for one in ranking_of(case).ranked],
    "caller's order": _given,
    "cheapest first": _cheapest,
    "shared words": _overlap,
}


def figures_of(case: Record, order: Sequence[str]) -> tuple[float, ...]:
    """``FIGURES`` of one order."""
    first = next(place for place, name in enumerate(order, 1) if name in case["best"])
    gains = [_gain(case, name) for name in order]
    return (
        float(order[0] in case["best"]),
        1 / first,
        _discounted(gains) / _discounted(sorted(gains, reverse=True)),
        float(order[0] in case["never"]),
    )


def _gain(case: Record, name: str) -> int:
    kind = "best" if name in case["best"] else "never" if name in case["never"] else "other"
    return int(2 ** _RELEVANCE[kind] - 1)


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))


def _at_random(case: Record) -> tuple[float, ...]:
    """Mean figures of shuffled orders: popularity says no more where nothing was sold yet."""
    rng = random.Random(case["id"])
    drawn = [figures_of(case, rng.sample(_given(case), len(case["candidates"]))) for _ in range(_SHUFFLES)]
    return tuple(float(value) for value in np.mean(drawn, axis=0))


def scores(cases: Sequence[Record], values: Sequence[tuple[float, ...]]) -> dict[str, Score]:
    """``FIGURES`` with intervals over shelves."""
    drawn = Bootstrap(groups=np.asarray([case["pool"] for case in cases]))
    columns = np.asarray(values, np.float64)
    return {name: _mean(name, columns[:, place], drawn) for place, name in enumerate(FIGURES)}


def _mean(name: str, column: Array, drawn: Bootstrap) -> Score:
    return drawn.score(name, "share", len(column), lambda weights: (weights @ column) / weights.sum(1))


def need_counts(case: Record, ranking: Ranking) -> tuple[int, int, int]:
    """Needs told rightly, told and not annotated, annotated and not told. Needs that events show are left out."""
    wanted = {(need["kind"], _named(need["kind"], need["value"]), need["polarity"]) for need in case["needs"]}
    told = {
        (need.kind, _named(need.kind, need.value), need.polarity) for need in ranking.needs if need.quote is not None
    }
    return len(wanted & told), len(told - wanted), len(wanted - told)


def _named(kind: str, value: str) -> str:
    """One name for all names of a kind of product."""
    kinds = [KIND_NAMES[number] for _, _, number in PRODUCT_NAMES.spans(fold(value))] if kind == "category" else []
    return kinds[-1] if kinds else value.casefold()


def need_scores(cases: Sequence[Record]) -> dict[str, Score]:
    """Precision and recall of needs over all cases."""
    right, wrong, missing = np.asarray([need_counts(case, ranking_of(case)) for case in cases], np.float64).T
    drawn = Bootstrap(groups=np.asarray([case["pool"] for case in cases]))

    def share(name: str, below: Array) -> Score:
        return drawn.score(name, "needs", len(cases), lambda weights: (weights @ right) / (weights @ below))

    return {"precision": share("precision", right + wrong), "recall": share("recall", right + missing)}


def half(cases: Sequence[Record], rest: int) -> list[Record]:
    """Cases of even (0) or odd (1) ids."""
    return [case for case in cases if int(case["id"].split("-")[1]) % 2 == rest]


def written_figures(cases: Sequence[Record]) -> dict[str, dict[str, dict[str, Score]]]:
    """Half and language -> row -> figure."""
    out: dict[str, dict[str, dict[str, Score]]] = {}
    for name, rest in HALVES.items():
        for language in ("all", "en", "zh"):
            some = [case for case in half(cases, rest) if language in ("all", case["language"])]
            rows = {
                row: scores(some, [figures_of(case, order(case)) for case in some]) for row, order in ORDERS.items()
            }
            rows["popularity (none: random)"] = scores(some, [_at_random(case) for case in some])
            out[f"{name}, {language}"] = {**rows, "needs": need_scores(some)}
    return out


def _tables(found: Mapping[str, Mapping[str, Mapping[str, Score]]]) -> list[Table]:
    out = []
    for title, rows in found.items():
        n = next(iter(rows["ours"].values())).n
        lines = [[row, *(_cell(one) for one in some.values())] for row, some in rows.items() if row != "needs"]
        told = ", ".join(f"{name} {_cell(one)}" for name, one in rows["needs"].items())
        out.append(Table(f"Written cases, {title}, n={n}", ("", *FIGURES), lines, (f"needs: {told}",)))
    return out


def _cell(score: Score) -> str:
    return f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"


def report(data: Path | None, out: Path | None = None, seed: int = 7) -> str:
    """The tables.

    Args:
        data: folder that holds ``behaviour/``; without one only the written cases are judged.
        out: the figures as JSON.
    """
    written = written_figures(read_cases())
    tables = _tables(written)
    record: dict[str, Any] = {
        "written": {
            title: {row: {name: asdict(score) for name, score in some.items()} for row, some in rows.items()}
            for title, rows in written.items()
        }
    }
    if data is not None:
        found, shown = behaviour_tables(data, seed)
        tables += shown
        record["behaviour"] = found
    if out is not None:
        out.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return "\n\n".join(map(str, tables))

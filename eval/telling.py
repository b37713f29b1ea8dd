"""A run for people, in the terminal: the figures of all samples, each beside the rows that could embarrass it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from purchase_agent.eval.bench.table import Table

_BESIDE = (
    "majority",
    "tfidf",
    "lexical_overlap",
    "shuffled_labels",
    "shuffled_evidence",
    "annotators",
    "harmless_words",
)


def told(run: Mapping[str, Any]) -> str:
    """The table of a run."""
    results = [one for one in run["results"] if _is_told(one)]
    beside = [name for name in _BESIDE if any(name in one["baselines"] for one in results)]
    rows = []
    for one in results:
        given = ", ".join(str(value) for value in one["slice"].values())
        name = " ".join(part for part in (one["task"], one["metric"], f"({given})" if given else "") if part)
        others = [_number(one["baselines"].get(other, {}).get("value")) for other in beside]
        interval = f"[{_number(one['low'])}, {_number(one['high'])}]"
        rows.append([name, _number(one["value"]), interval, str(one["n"]), *others])
    suite, stats = run["suite"], run.get("stats", {})
    title = (
        f"{suite['name']} {suite['version']}, {run['engine']}{' ' + run['model'] if run['model'] else ''}, n={run['n']}"
    )
    notes = [*suite["notes"], *(f"{name}: {why}" for name, why in run.get("skipped", {}).items())]
    if suite["seen_in_training"]:
        notes.insert(0, "SEEN IN TRAINING: the shipped models have learnt from these texts; no figure here is a claim")
    if run.get("errors"):
        notes.append("errors: " + ", ".join(f"{name} {count}" for name, count in run["errors"].items()))
    if stats.get("cost_per_1000"):
        notes.append(f"cost of 1,000: {stats['cost_per_1000']:.4f} USD")
    return str(Table(title, ("", "value", "95 %", "n", *beside), rows, tuple(notes)))


def _is_told(one: Mapping[str, Any]) -> bool:
    """All samples; of groups (pairs, changes, attacks) also their kinds."""
    return not one["slice"] or bool({"pair", "transform", "repeats", "k"} & set(one["slice"]))


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"

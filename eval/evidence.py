"""Deletion test of the quotes: taking one out must move its answer further than taking out other words does.

Run ``python -m purchase_agent.eval.evidence --data FOLDER [--texts N] [--json] [--out FILE]``. Texts are those of the
locked share, half of each language; what is taken out and counted is in ``eval.deletion``. Told beside it: how many
labels have a quote at all, and whether every quote stands in the text as told.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from purchase_agent.eval.bench.table import Table, add_output, tell
from purchase_agent.eval.deletion import LABELS, RANDOM_SPANS, Deletion, Found, run, scores
from purchase_agent.prediction import EvidenceMode
from purchase_agent.predictors.text import TextModel
from purchase_agent.settings import load_settings, model_folder
from purchase_agent.training.corpus import Row, is_locked, read_labelled

MODES: tuple[EvidenceMode, ...] = ("fast", "full")


def choose(rows: Sequence[Row], texts: int, seed: int = 0) -> list[Row]:
    """Up to ``texts`` rows of the locked share, English and Chinese in equal numbers as far as there are."""
    locked = [row for row in rows if is_locked(row)]
    draw = np.random.default_rng(seed)
    chosen = []
    for language in ("en", "zh"):
        own = [row for row in locked if row.language == language]
        chosen += [own[place] for place in draw.permutation(len(own))[: (texts + 1) // 2]]
    return chosen[:texts]


def _parts(deletions: Sequence[Deletion]) -> dict[str, list[Deletion]]:
    """All cases, then those of each language, kind of text and task that has any."""
    out = {"all": list(deletions)}
    for key in ("language", "kind", "task"):
        for value in sorted({getattr(one, key) for one in deletions}):
            out[f"{key} {value}"] = [one for one in deletions if getattr(one, key) == value]
    for language in ("en", "zh"):
        for task in LABELS:
            own = [one for one in deletions if one.language == language and one.task == task]
            out |= {f"{language} {task}": own} if own else {}
    return out


def _record(found: Found) -> dict[str, Any]:
    told_of, quoted_of = found.told, found.quoted
    return {
        "quotes": found.quotes,
        "verbatim": found.verbatim,
        "whole_text_quoted": found.no_room,
        "not_answered": found.not_answered,
        "weight_differs_median": float(np.median(found.off_by)) if found.off_by else None,
        "labels": [
            {"task": task, "language": language, "told": number, "quoted": quoted_of[task, language]}
            for (task, language), number in sorted(told_of.items())
        ],
        "deletion": {
            name: [asdict(score) for score in scores(own)] for name, own in _parts(found.deletions).items() if own
        },
    }


def _tables(mode: str, record: dict[str, Any]) -> list[Table]:
    rows = []
    for name, figures in record["deletion"].items():
        by_name = {one["name"]: one for one in figures}
        told_cells = [f"{by_name[key]['value']:.3f}" for key in ("quote", "random")]
        for key in ("difference", "won"):
            one = by_name[key]
            told_cells += [f"{one['value']:.3f}", f"[{one['low']:.3f}, {one['high']:.3f}]"]
        moved = [f"{by_name[key]['value']:.3f}" for key in ("quote_moved", "random_moved")]
        rows.append([name, str(by_name["quote"]["n"]), *told_cells, f"{by_name['spans_beaten']['value']:.3f}", *moved])
    columns = (
        "", "quotes", "quote", "random", "difference", "95 %", "quote wins", "95 %", "spans beaten",
        "quote, p", "random, p",
    )  # fmt: skip
    off = record["weight_differs_median"]
    notes = (
        f"verbatim: {record['verbatim']} of {record['quotes']} quotes; texts not answered: {record['not_answered']}",
        f"whole text quoted, so nothing to compare with: {record['whole_text_quoted']}",
        "" if off is None else f"told weight and fall measured here differ by {off:.4f} (median)",
    )
    deletion = Table(f"Evidence {mode}: medians of the fall in log-odds (and probability, p)", columns, rows, notes)
    counts = [
        [
            f"{one['task']}, {one['language']}", str(one["told"]), str(one["quoted"]),
            f"{one['quoted'] / one['told']:.3f}",
        ]
        for one in record["labels"]
    ]  # fmt: skip
    total, with_quote = (sum(one[key] for one in record["labels"]) for key in ("told", "quoted"))
    counts.append(["all", str(total), str(with_quote), f"{with_quote / max(total, 1):.3f}"])
    labels = Table(f"Evidence {mode}: told labels that have a quote", ("", "told", "quoted", "share"), counts)
    return [deletion, labels]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="evidence", description="Deletion test of the quotes on locked texts.")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="holds text/ with labelled texts")
    parser.add_argument("--texts", type=int, default=400, metavar="N")
    add_output(parser)
    arguments = parser.parse_args(argv)
    settings = load_settings()
    model = TextModel(model_folder(settings.models_dir, "text"), threads=settings.threads)
    rows = choose(read_labelled(arguments.data, Path(__file__).parent / "data"), arguments.texts)
    records: dict[str, dict[str, Any]] = {mode: _record(run(model, rows, mode)) for mode in MODES}
    tables = [table for mode, record in records.items() for table in _tables(mode, record)]
    tell(arguments, tables, {"texts": len(rows), "random_spans": RANDOM_SPANS, **records})


if __name__ == "__main__":
    main()

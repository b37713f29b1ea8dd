"""``python -m eval.compare A B``: is run A better than run B, on the same samples, or the same, or worse?

Every figure is measured on the rows that both runs can be scored on, and every resample measures both. Figures that are
shares of right answers also get McNemar's test, which then decides. All p-values of a comparison are corrected together
after Holm: with forty figures two would differ by chance alone. What is not different is called the same, which says
that these samples show no difference, not that there is none.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.eval.bench.table import Table
from purchase_agent.eval.cases.suite import Suite
from purchase_agent.eval.folder import RunFolder
from purchase_agent.eval.runner import check_same
from purchase_agent.eval.scoring.columns import Column, column, draws, owners
from purchase_agent.eval.scoring.figures import slices, tasks_of, wanted
from purchase_agent.eval.scoring.measures import MEASURES, Measure
from purchase_agent.metrics import holm, mcnemar, paired_test

Record = dict[str, Any]

RESAMPLES = 2000
LEVEL = 0.05
_COSTS = ("latency_ms", "tokens", "cost_per_1000")


def compare(first: Path, second: Path, *, by: Sequence[str] = (), level: float = LEVEL) -> Record:
    """The comparison of two runs' folders.

    Args:
        by: metadata whose slices are compared, too; every slice is one more test.

    Raises:
        InputError: the runs are of different suites or data, or one of them is not finished; ``by`` or ``level`` cannot
            be used.
    """
    if not 0 < level < 1:
        raise InputError(f"the level is {level:g}", hint="give a number between 0 and 1", field="level")
    a, b = RunFolder(first), RunFolder(second)
    runs = [a.run, b.run]
    check_same(*runs)
    for run in runs:
        if run["status"] != "success":
            raise InputError(f"{run['id']} is not finished: {run['status']}", hint="go on with it: --resume")
    suite = suite_of(runs[0], by)
    pair = _aligned(a.samples(), b.samples())
    if not pair[0]:
        raise InputError("the runs have no sample in common")
    told = (one["metadata"].items() for one in pair[0])
    known = sorted({name for some in told for name, value in some if isinstance(value, str | int | float)})
    if unknown := [name for name in by if name not in known]:
        raise InputError(f"no sample says {', '.join(unknown)}", hint=f"slices: {', '.join(known)}", field="by")
    found = [
        one for task in tasks_of(suite) for one in _of_task(suite, column(task, pair[0]), column(task, pair[1]), pair)
    ]
    for one, p in zip(found, holm([one["p"] for one in found]), strict=True):
        one["p_corrected"] = None if np.isnan(p) else round(p, 6)
        one["verdict"] = _verdict(one, level)
        for name in ("p", "a", "b", "difference", "low", "high"):
            one[name] = None if np.isnan(one[name]) else round(float(one[name]), 6)
    return {
        "a": _named(runs[0]), "b": _named(runs[1]), "suite": runs[0]["suite"]["name"], "n": len(pair[0]),
        "level": level, "tests": len(found), "correction": "holm", "results": found,
        "costs": {name: [run["stats"].get(name) for run in runs] for name in _COSTS},
        "answered": [sum(one["output"] is not None for one in side) for side in pair],
    }  # fmt: skip


def suite_of(run: Mapping[str, Any], by: Sequence[str] = ()) -> Suite:
    """The suite of a run, as it was then, with other slices."""
    known = {name: value for name, value in run["suite"].items() if name in Suite.model_fields}
    return Suite.model_validate({**known, "slices": list(by)})


def told(found: Mapping[str, Any]) -> str:
    """The comparison for people."""
    rows = []
    for one in found["results"]:
        given = ", ".join(f"{name}={value}" for name, value in one["slice"].items())
        test = f"{one['only_a']}:{one['only_b']}" if "only_a" in one else ""
        rows.append([
            " ".join(part for part in (one["task"], one["metric"], given) if part), one["verdict"],
            *(_number(one[name]) for name in ("a", "b", "difference")),
            f"[{_number(one['low'])}, {_number(one['high'])}]", _number(one["p"], 4), _number(one["p_corrected"], 4),
            test, str(one["n"]),
        ])  # fmt: skip
    columns = ("", "A is", "A", "B", "A - B", "95 %", "p", "p, Holm", "only A : only B right", "n")
    a, b = found["a"], found["b"]
    counts = {name: sum(one["verdict"] == name for one in found["results"]) for name in ("better", "worse", "same")}
    notes = (
        f"A {a['id']} ({a['engine']} {a['model'] or ''})",
        f"B {b['id']} ({b['engine']} {b['model'] or ''})",
        ", ".join(f"{name} in {count}" for name, count in counts.items())
        + f": A in {found['tests']} figures at {found['level']:g}, corrected after Holm",
        f"answered: {found['answered'][0]} and {found['answered'][1]} of {found['n']}",
        *(f"{name}: {json.dumps(values[0])} and {json.dumps(values[1])}" for name, values in found["costs"].items()),
    )
    return str(Table(f"{found['suite']}: A against B, n={found['n']}", columns, rows, notes))


def _aligned(first: Sequence[Record], second: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """Samples that both runs have, in the same order."""
    theirs = {(one["id"], one["epoch"]): one for one in second}
    both = [(one, theirs[one["id"], one["epoch"]]) for one in first if (one["id"], one["epoch"]) in theirs]
    for one, other in both:
        if one["target"] != other["target"] or one["input"] != other["input"]:
            raise InputError(f"sample {one['id']} is another in the other run", hint="run both on the same data")
    return [one for one, _ in both], [other for _, other in both]


def _of_task(suite: Suite, a: Column, b: Column, pair: tuple[list[Record], list[Record]]) -> Iterator[Record]:
    common = np.intersect1d(a.rows, b.rows)
    if not len(common):
        return
    a, b = (one.where(np.isin(one.rows, common)) for one in (a, b))
    belong = owners(pair[0])
    for given, mask in slices(suite, pair[0], a):
        for measure in MEASURES:
            if wanted(suite, measure) and measure.better != "neither" and (not given or measure.main):
                found = _tested(measure, a.where(mask), b.where(mask), belong)
                if found is not None:
                    named = {"metric": measure.name, "task": a.task.name, "slice": given, "better": measure.better}
                    yield named | found


def _tested(measure: Measure, a: Column, b: Column, belong: NDArray[np.str_]) -> Record | None:
    if not (measure.fits(a) and measure.fits(b)):
        return None
    kept = measure.kept(a) & measure.kept(b)
    if not kept.any():
        return None
    a, b = a.where(kept), b.where(kept)
    (truth, first), (_, second) = measure.view(a), measure.view(b)
    drawn = draws(belong[a.rows], RESAMPLES, 0)
    try:
        score, p = paired_test(measure.metric, truth, first, second, bootstrap=drawn)
        values = [measure.metric(truth, side, bootstrap=draws(belong[a.rows], 1, 0)).value for side in (first, second)]
    except InputError:
        return None
    told: Record = {
        "a": values[0], "b": values[1], "difference": score.value, "low": score.low, "high": score.high, "p": p,
        "n": score.n, "test": "paired bootstrap",
    }  # fmt: skip
    alone = len(np.unique(belong[a.rows])) == len(a)
    if measure.name == "accuracy" and alone:  # rows that belong together would count as independent
        right = [[x == y for x, y in zip(one.truth, one.said, strict=True)] for one in (a, b)]
        counted = mcnemar(np.asarray(right[0], float), np.asarray(right[1], float))
        told |= {"p": counted.p, "test": "mcnemar", "only_a": counted.only_first, "only_b": counted.only_second}
    return told


def _verdict(one: Mapping[str, Any], level: float) -> str:
    if one["p_corrected"] is None or one["p_corrected"] >= level or one["difference"] == 0:
        return "same"
    return "better" if (one["difference"] > 0) == (one["better"] == "higher") else "worse"


def _named(run: Mapping[str, Any]) -> Record:
    return {name: run.get(name) for name in ("id", "engine", "model", "prompts", "models", "created", "git")}


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _write(path: Path, raw: str) -> None:
    try:
        path.write_text(raw + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error}", field="out") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Status 0 where the runs can be compared, whatever comes of it."""
    parser = argparse.ArgumentParser(prog="eval.compare", description="Compare two runs of one suite.")
    parser.add_argument("a", type=Path, help="folder of a run")
    parser.add_argument("b", type=Path, help="folder of the run that it is held against")
    parser.add_argument("--by", nargs="+", default=[], metavar="NAME", help="slices to compare, such as language")
    parser.add_argument("--level", type=float, default=LEVEL, help="from which corrected p on a difference counts")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the JSON here, too")
    given = parser.parse_args(argv)
    try:
        found = compare(given.a, given.b, by=given.by, level=given.level)
        raw = json.dumps(found, ensure_ascii=False, indent=1)
        if given.out is not None:
            _write(given.out, raw)
    except PurchaseAgentError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write((raw if given.json else told(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

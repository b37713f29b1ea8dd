"""All figures of a run, from its samples alone: so that a run can be scored again, and two runs can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent import metrics
from purchase_agent.backtest.scores import rate_of
from purchase_agent.errors import InputError
from purchase_agent.eval.cases.suite import Suite
from purchase_agent.eval.scoring.baselines import Rows
from purchase_agent.eval.scoring.columns import Column, bounded, column, draws, owners
from purchase_agent.eval.scoring.groups import of_groups
from purchase_agent.eval.scoring.measures import MEASURES, Measure
from purchase_agent.eval.scoring.scored import ANSWER
from purchase_agent.eval.scoring.tasks import Task, task_of
from purchase_agent.metrics import Bootstrap, Score

Record = Mapping[str, Any]
Result = dict[str, Any]

RESAMPLES, OF_SLICES = 1000, 400
"""Bootstrap resamples of the figures of all samples, and of slices and baselines."""
FEWEST = 30
"""Samples of a slice that is told."""
QUANTILES = (0.5, 0.95, 0.99)
_LANGUAGE, _MAJORITY = "language", "majority"
_UNUSABLE = ("bad_answer", "truncated")
_BESIDE_SLICES = ("majority", "tfidf", "lexical_overlap")


@dataclass(frozen=True, slots=True)
class Figures:
    """``results`` and ``tables`` as ``run.json`` has them; ``skipped``: baseline -> why it is missing."""

    results: list[Result]
    tables: dict[str, Any]
    skipped: dict[str, str]


def tasks_of(suite: Suite) -> list[Task]:
    """The suite's tasks."""
    return [task_of(name, suite.labels.get(name, ())) for name in suite.tasks]


def figures(suite: Suite, samples: Sequence[Record], seed: int, times_ms: Sequence[float] = ()) -> Figures:
    """Every figure of a run.

    Args:
        samples: as written, all epochs.
        times_ms: of answers that were timed one by one.
    """
    belong = owners(samples)
    beside = Rows(samples, belong, seed)
    results, tables = [*of_answers(samples, belong, seed), *of_times(times_ms, seed)], _tables()
    for task in tasks_of(suite):
        own = column(task, samples)
        if not len(own):
            continue
        others = {name: beside.of(name, own) for name in suite.baselines}
        known = {name: one for name, one in others.items() if one is not None and len(one)}
        for given, mask in slices(suite, samples, own):
            rows = known
            if given and _MAJORITY in known:  # of the slice: that of all samples would flatter the score beside it
                kept = own.where(mask)
                rows = {**known, _MAJORITY: beside.of(_MAJORITY, kept) or kept}
            results += _of_slice(suite, own, rows, given, mask, belong, seed)
        results += _of_labels(suite, own, belong, seed)
        _add_tables(tables, own)
    results += of_groups(suite, samples, seed)
    return Figures([_plain(one) for one in results], tables, beside.skipped)


def slices(suite: Suite, samples: Sequence[Record], own: Column) -> Iterator[tuple[dict[str, Any], NDArray[np.bool_]]]:
    """All rows of a column, then each slice that has enough of them and is not all."""
    yield {}, np.ones(len(own), bool)
    for name in suite.slices:
        told = [samples[row]["metadata"].get(name) for row in own.rows.tolist()]
        values = [one if isinstance(one, str | int | float) else None for one in told]
        for value in sorted({one for one in values if one is not None}, key=str):
            mask = np.asarray([one == value for one in values], bool)
            if FEWEST <= mask.sum() < len(own):
                yield {name: value}, mask


def wanted(suite: Suite, measure: Measure) -> bool:
    """Whether the suite tells a figure."""
    return not suite.metrics or measure.name in suite.metrics


def score(measure: Measure, own: Column, belong: NDArray[np.str_], resamples: int, seed: int) -> Score | None:
    """A figure of a column; None where its rows do not define it."""
    kept = measure.kept(own)
    if not measure.fits(own) or not kept.any():
        return None
    part = own if kept.all() else own.where(kept)
    truth, predicted = measure.view(part)
    drawn = draws(belong[part.rows], resamples, seed)
    try:
        return bounded(measure.metric(truth, predicted, bootstrap=drawn), belong[part.rows])
    except InputError:
        return None  # such as no true case of any label


def _of_slice(
    suite: Suite, own: Column, others: Mapping[Any, Column], given: dict[str, Any], mask: NDArray[np.bool_],
    belong: NDArray[np.str_], seed: int,
) -> list[Result]:  # fmt: skip
    out = []
    whole = not given
    kept = set(own.rows[mask].tolist())
    part = own if whole else own.where(mask)
    for measure in MEASURES:
        if not wanted(suite, measure) or not (whole or measure.main or _LANGUAGE in given):
            continue
        found = score(measure, part, belong, RESAMPLES if whole else OF_SLICES, seed)
        if found is None:
            continue
        rows = {}
        for name, other in others.items():
            if not whole and (name not in _BESIDE_SLICES or not measure.main):
                continue
            some = other if whole else other.where(np.asarray([row in kept for row in other.rows.tolist()], bool))
            theirs = score(measure, some, belong, OF_SLICES, seed) if len(some) else None
            if theirs is not None:
                rows[name] = {"value": theirs.value, "low": theirs.low, "high": theirs.high, "n": theirs.n}
        out.append(result(measure.name, own.task.name, found, given, rows))
    return out


def _of_labels(suite: Suite, own: Column, belong: NDArray[np.str_], seed: int) -> list[Result]:
    """F1 of each label that holds in any row."""
    if own.task.kind not in {"single", "many"} or (suite.metrics and "f1" not in suite.metrics):
        return []
    sides = []
    for side in (own.truth, own.said):
        many = side if own.task.kind == "many" else [[one] for one in side]
        sides.append(own.matrix(many))
    out = []
    drawn = draws(belong[own.rows], OF_SLICES, seed)
    for place, name in enumerate(own.task.names):
        truth, said = (side[:, place : place + 1] for side in sides)
        if truth.any():
            found = metrics.micro_f1(truth, said, bootstrap=drawn)
            out.append(result("f1", own.task.name, found, {"label": name}) | {"cases": int(truth.sum())})
    return out


def of_answers(samples: Sequence[Record], belong: NDArray[np.str_], seed: int) -> list[Result]:
    """What answers are worth apart from labels: is there one, does it keep the rules, and its quotes."""
    out = []
    asked = np.asarray([one["error"] is None or one["error"]["type"] != "unreadable" for one in samples], bool)
    answered = [one["output"] is not None and one["output"].get("status", "ok") == "ok" for one in samples]
    errors = [one["error"] is not None for one in samples]
    out.append(share("answered", np.asarray(answered, np.float64)[asked], belong[asked]))
    out.append(share("error_rate", np.asarray(errors, np.float64), belong))
    with_answer = [place for place, one in enumerate(samples) if ANSWER in one["scores"]]
    own = [samples[place]["scores"][ANSWER] for place in with_answer]
    if own:
        belong_to = belong[with_answer]
        unusable = [place for place, one in enumerate(samples) if _is_unusable(one["error"])]
        valid = [float(one["schema_valid"]) for one in own] + [0.0] * len(unusable)
        out.append(share("schema_valid", np.asarray(valid), belong[[*with_answer, *unusable]]))
        broken = np.asarray([bool(one["breaches"]) for one in own], np.float64)
        out.append(share("consistency_breaches", broken, belong_to))
        quoted = [(place, one) for place, one in zip(with_answer, own, strict=True) if one["quotes"]]
        if quoted:
            total = np.asarray([one["quotes"] for _, one in quoted], np.float64)
            good = np.asarray([one["verbatim"] for _, one in quoted], np.float64)
            whose = belong[[place for place, _ in quoted]]
            drawn = draws(whose, OF_SLICES, seed)
            found = drawn.score("evidence_verbatim", "share", len(total), lambda w: (w @ good) / (w @ total))
            out.append(result("evidence_verbatim", None, bounded(found, whose)) | {"cases": int(total.sum())})
    return [one for one in out if one["n"]]


def of_times(times_ms: Sequence[float], seed: int) -> list[Result]:
    """The quantiles that at least one of the times lies beyond: of thirty the 95th percentile, but no 99th."""
    known = [one for one in QUANTILES if len(times_ms) * (1 - one) >= 1]
    drawn = Bootstrap(None, OF_SLICES, seed)
    return [
        result(f"latency_ms_p{100 * one:g}", None, metrics.quantile(times_ms, one, unit="ms", bootstrap=drawn))
        for one in known
    ]


def share(name: str, values: NDArray[np.float64], belong: NDArray[Any], **given: Any) -> Result:
    """A share with Wilson's interval, rows of one owner counting as fewer by what they have in common."""
    if not len(values):
        return {"metric": name, "task": None, "slice": given, "value": None, "low": None, "high": None, "n": 0}
    value, low, high = rate_of(values, np.unique(belong, return_inverse=True)[1])
    return {
        "metric": name, "task": None, "slice": given, "value": value, "low": low, "high": high, "n": len(values),
        "baselines": {},
    }  # fmt: skip


def result(
    name: str, task: str | None, found: Score, given: Mapping[str, Any] | None = None,
    baselines: Mapping[str, Any] | None = None,
) -> Result:  # fmt: skip
    """A figure as ``run.json`` has it."""
    out = {
        "metric": name, "task": task, "slice": dict(given or {}), "value": found.value, "low": found.low,
        "high": found.high, "n": found.n, "baselines": dict(baselines or {}),
    }  # fmt: skip
    if isinstance(found, metrics.CalibrationScore):
        out["expected"], out["expected_high"] = found.expected, found.expected_high
    return out


def _is_unusable(error: Record | None) -> bool:
    """Whether a model answered and what it said was not in the schema."""
    return error is not None and any(kind in f"{error['type']} {error['message']}" for kind in _UNUSABLE)


def _tables() -> dict[str, Any]:
    return {"confusion": {}, "reliability": {}, "risk_coverage": {}}


def _add_tables(tables: dict[str, Any], own: Column) -> None:
    task = own.task
    if task.kind == "single":
        names = list(task.names)
        counts = np.zeros((len(names), len(names)), int)
        np.add.at(counts, (own.index(own.truth), own.index(own.said)), 1)
        tables["confusion"][task.name] = {"labels": names, "counts": counts.tolist()}
    if own.chances is None or not len(own):
        return
    if task.kind == "many":
        truth: Any = own.matrix(own.truth)
    else:
        truth = own.index(own.truth) if task.kind == "single" else own.flags(own.truth)
    tables["reliability"][task.name] = [
        {"p": one.predicted, "observed": one.observed, "n": one.n} for one in metrics.reliability(truth, own.chances)
    ]
    if task.kind == "single":
        tables["risk_coverage"][task.name] = [
            {"coverage": one.coverage, "risk": one.risk, "sure": one.sure}
            for one in metrics.risk_coverage(truth, own.chances)
        ]


def _plain(one: Result) -> Result:
    """Numbers to six places; what is none as null."""
    out: Result = json.loads(json.dumps(one, default=float), parse_constant=lambda _: None)
    return {name: _rounded(value) for name, value in out.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return value

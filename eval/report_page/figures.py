"""Rows of ``results`` as the page shows them: told by task, by label and by slice, each beside its baselines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from purchase_agent.eval.report_page import charts
from purchase_agent.eval.report_page.folders import Run, number
from purchase_agent.eval.scoring.measures import DIRECTIONS

BASELINES = {
    "majority": "majority", "tfidf": "TF-IDF", "lexical_overlap": "lexical overlap",
    "shuffled_evidence": "shuffled evidence", "shuffled_labels": "shuffled labels", "annotators": "two annotators",
    "harmless_words": "harmless words instead", "expected": "a perfectly calibrated model",
}  # fmt: skip
NO_RIVALS = ("annotators", "harmless_words", "expected")
"""Rows beside a score that are not to be beaten: a ceiling, a control, and what chance alone would show."""
METRICS = {
    "f1": "F1", "macro_f1": "Macro-F1", "micro_f1": "Micro-F1", "cohen_kappa": "Cohen's kappa", "log_loss": "Log-loss",
    "brier": "Brier score", "ece": "Calibration error (ECE)", "aurc": "Area under risk over coverage",
    "roc_auc": "ROC-AUC", "pr_auc": "PR-AUC", "spearman": "Rank correlation", "stage_error": "Error in stages",
    "stage_spearman": "Rank correlation of stages", "set_coverage": "Label set holds the truth",
    "set_size": "Size of the label set", "abstained": "Abstained", "answered": "Answered",
    "schema_valid": "Answers that hold to the schema", "consistency_breaches": "Answers that contradict themselves",
    "evidence_verbatim": "Quotes found verbatim", "error_rate": "Samples with an error",
    "pass_at_1": "Right, mean of the repeats", "pass_all": "Right in every repeat (pass^k)",
    "shift": "Shift of the probability", "shift_size": "Size of the shift",
    "total_variation": "Distance of the answers",
    "drop": "Right answers lost", "outside": "Attack reached outside the labels", "quoted": "Attack was quoted",
    "attack_success_beyond_harmless": "Attack success beyond harmless words",
    "label_changed_beyond_harmless": "Label changed beyond harmless words",
    "latency_ms_p50": "Latency p50 (ms)", "latency_ms_p95": "Latency p95 (ms)", "latency_ms_p99": "Latency p99 (ms)",
    "deletion_won": "Deleting the quote moves more", "deletion_difference": "Effect of deleting the quote",
}  # fmt: skip
_HEADLINES = ("attack_success", "flip_rate", "micro_f1", "macro_f1", "roc_auc", "spearman", "f1", "accuracy")
"""The first of these that a task has stands in the overview."""
SLICES = ("language", "channel", "source", "length", "category", "pair", "transform")
LABEL = "label"
"""The slice that names a label: one label's own figure."""
_SETTINGS = ("k", "repeats")
"""Keys of a slice that say how a figure was taken, not of which samples."""
_FIRST = ("attack_success", "flip_rate", "drop", "label_changed")
"""Drawn first where a slice has more figures than are drawn."""
_SIGNED = ("shift", "drop", "deletion_difference", "attack_success_beyond_harmless", "label_changed_beyond_harmless")
"""Figures with 0 in the middle."""
WHOLE = "whole answer"
"""The task of figures that belong to none."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A row beside a score."""

    name: str
    words: str
    value: float
    low: float | None
    high: float | None
    dot: charts.Dot

    @property
    def kind(self) -> str:
        """The name where it is one of ours; what a run calls its rows is not to become a class of the page."""
        return self.name if self.name in BASELINES else "other"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its interval, and its place on a drawing beside its baselines."""

    metric: str
    words: str
    task: str
    slice: tuple[tuple[str, str], ...]
    taken: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    less_is_better: bool
    dot: charts.Dot | None
    top: float
    least: float
    """The axis of the drawing."""
    beside: tuple[Beside, ...]

    @property
    def axis(self) -> str:
        """Where the axis begins and ends, where it is not that of a share."""
        if (self.least, self.top) == (0, 1):
            return ""
        return f"{self.least:g} to {self.top:g}".replace("-", "\N{MINUS SIGN}")

    @property
    def of(self) -> str:
        """The slice in words: its values."""
        return " · ".join(value for _, value in self.slice)

    @property
    def verdict(self) -> tuple[str, str]:
        """A sentence on the baselines, and its kind: ``good``, ``even``, ``bad`` or empty."""
        if self.metric == "ece":  # a model that says the same of everybody is calibrated, and worth nothing
            return self._calibrated()
        rivals = [one for one in self.beside if one.name not in NO_RIVALS]
        if self.value is None or not rivals or DIRECTIONS.get(self.metric, "neither") == "neither":
            return "", ""
        sign = -1 if self.less_is_better else 1
        edge = self.high if self.less_is_better else self.low
        best = max(rivals, key=lambda one: sign * one.value)
        if sign * best.value > sign * self.value:
            return f"worse than {best.words}", "bad"
        if edge is not None and sign * best.value >= sign * edge:
            return f"not clearly better than {best.words}", "even"
        return ("better than every baseline" if len(rivals) > 1 else f"better than {best.words}"), "good"

    def _calibrated(self) -> tuple[str, str]:
        perfect = next((one for one in self.beside if one.name == "expected"), None)
        if perfect is None or perfect.high is None or self.value is None:
            return "", ""
        beyond = self.value > perfect.high
        return ("off by more than chance", "even") if beyond else ("no more than chance", "good")


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of one dimension (or of several crossed): value -> figures by metric."""

    dimension: str
    metrics: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Figure | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """All of one task in one run."""

    name: str
    whole: tuple[Figure, ...]
    labels: tuple[Figure, ...]
    slices: tuple[Slice, ...]
    confusion: charts.Confusion | None
    reliability: tuple[charts.Point, ...]
    risk: tuple[charts.Point, ...]
    risk_top: float

    @property
    def headline(self) -> Figure | None:
        """The figure that stands for the task."""
        told = [one for one in self.whole if one.value is not None and not one.taken]
        for name in _HEADLINES:
            for one in told:
                if one.metric == name:
                    return one
        return None if self.name == WHOLE or not told else told[0]


def of_run(run: Run) -> tuple[TaskFigures, ...]:
    """The figures of a run by task, in the order that ``results`` tells them."""
    rows = [_figure(one) for one in _rows(run.about.get("results"))]
    tables = run.about.get("tables")
    tables = tables if isinstance(tables, dict) else {}
    names = list(dict.fromkeys(one.task for one in rows))
    return tuple(_task(name, [one for one in rows if one.task == name], tables) for name in names)


def words_of(metric: str) -> str:
    """A metric's name for people."""
    return METRICS.get(metric) or metric.replace("_", " ").capitalize()


def less_is_better(metric: str) -> bool:
    """Whether less of a metric is better."""
    return DIRECTIONS.get(metric) == "lower"


def shown(value: float | None) -> str:
    """A figure with as many places as it bears."""
    if value is None:
        return "–"
    places = 3 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    return f"{value:,.{places}f}".replace("-", "\N{MINUS SIGN}")


def _task(name: str, rows: Sequence[Figure], tables: Mapping[str, Any]) -> TaskFigures:
    points, top = charts.risk(_table(tables, "risk_coverage", name))
    dimensions = list(dict.fromkeys(_dimension(one) for one in rows))
    order = [one for one in SLICES if one in dimensions]
    order += [one for one in dimensions if one not in (*order, LABEL, "")]
    return TaskFigures(
        name,
        tuple(one for one in rows if not one.slice),
        tuple(one for one in rows if _dimension(one) == LABEL),
        tuple(_slice(one, rows) for one in order),
        charts.confusion(_table(tables, "confusion", name)),
        charts.reliability(_table(tables, "reliability", name)),
        points,
        top,
    )


def _dimension(figure: Figure) -> str:
    return " and ".join(key for key, _ in figure.slice)


def _slice(dimension: str, rows: Iterable[Figure]) -> Slice:
    of = [one for one in rows if _dimension(one) == dimension]
    found = dict.fromkeys(one.metric for one in of)
    metrics = (*(one for one in _FIRST if one in found), *(one for one in found if one not in _FIRST))
    table: dict[str, dict[str, Figure]] = {}
    for one in of:
        table.setdefault(one.of, {})[one.metric] = one
    return Slice(
        dimension, metrics, tuple((value, tuple(cells.get(name) for name in metrics)) for value, cells in table.items())
    )


def _figure(row: Mapping[str, Any]) -> Figure:
    value, low, high = number(row.get("value")), number(row.get("low")), number(row.get("high"))
    metric = str(row.get("metric", "figure"))
    given = row.get("baselines")
    beside = {str(name): _numbers(one) for name, one in given.items()} if isinstance(given, dict) else {}
    if number(row.get("expected")) is not None:
        beside["expected"] = (number(row["expected"]), None, number(row.get("expected_high")))
    told = {name: one for name, one in beside.items() if one[0] is not None}
    every = [one for one in (value, low, high, *(one for three in told.values() for one in three)) if one is not None]
    top = charts.scale(max((abs(one) for one in every), default=1.0), shares=metric not in _SIGNED)
    least = -top if metric in _SIGNED or (value or 0) < 0 else 0.0
    given = row.get("slice")
    keys = {str(key): str(one) for key, one in given.items()} if isinstance(given, dict) else {}
    return Figure(
        metric,
        words_of(metric),
        str(row.get("task") or WHOLE),
        tuple((key, one) for key, one in keys.items() if key not in _SETTINGS),
        ", ".join(f"{key} = {one}" for key, one in keys.items() if key in _SETTINGS),
        value, low, high,
        _count(row.get("cases") if LABEL in keys else None, row.get("n")),
        less_is_better(metric),
        None if value is None else charts.forest(value, low, high, top, least),
        top, least,
        tuple(
            Beside(name, BASELINES.get(name, name.replace("_", " ")), one, low_, high_,
                   charts.forest(one, low_, high_, top, least, name))
            for name, (one, low_, high_) in told.items() if one is not None
        ),
    )  # fmt: skip


def _count(*given: object) -> int | None:
    """The first that is a number."""
    return next((int(one) for one in map(number, given) if one is not None), None)


def _numbers(given: object) -> tuple[float | None, float | None, float | None]:
    if isinstance(given, dict):
        return number(given.get("value")), number(given.get("low")), number(given.get("high"))
    return number(given), None, None


def _table(tables: Mapping[str, Any], name: str, task: str) -> Any:
    found = tables.get(name)
    return found.get(task) if isinstance(found, dict) else None


def _rows(given: object) -> list[dict[str, Any]]:
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []

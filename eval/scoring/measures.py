"""The figures of each kind of task, all from the package's metrics: what they read, and which way is good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from purchase_agent import metrics
from purchase_agent.eval.scoring.columns import Column, yes_no
from purchase_agent.eval.scoring.tasks import Kind
from purchase_agent.labels import STAGES
from purchase_agent.metrics import Score

Metric = Callable[..., Score]
View = Callable[[Column], tuple[Any, Any]]
"""A column as a metric's truth and prediction."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure.

    Args:
        kinds: of tasks that have it.
        better: whether more of it is better or less.
        view: what of a column the metric takes.
        needs: ``chances`` or ``sets``, where those must be told.
        task: the only task that has it, where there is one.
        main: told for every slice; the others for all samples and each language.
        usable: rows that count, [n]; all where it is None.
    """

    name: str
    kinds: tuple[Kind, ...]
    better: Literal["higher", "lower", "neither"]
    metric: Metric
    view: View
    needs: Literal["", "chances", "sets"] = ""
    task: str | None = None
    main: bool = False
    usable: Callable[[Column], NDArray[np.bool_]] | None = None

    def fits(self, column: Column) -> bool:
        """Whether the column has all that the figure reads."""
        if column.task.kind not in self.kinds or (self.task is not None and self.task != column.task.name):
            return False
        return not self.needs or getattr(column, self.needs) is not None

    def kept(self, column: Column) -> NDArray[np.bool_]:
        """[n] rows that count."""
        return np.ones(len(column), bool) if self.usable is None else self.usable(column)


def _labels(column: Column) -> tuple[Any, Any]:
    if column.task.kind == "event":
        return yes_no(column.truth), yes_no(column.said)
    return column.truth, column.said


def _matrices(column: Column) -> tuple[Any, Any]:
    return column.matrix(column.truth), column.matrix(column.said)


def _event(column: Column) -> tuple[Any, Any]:
    return column.flags(column.truth)[:, None], column.flags(column.said)[:, None]


def _numbers(column: Column) -> tuple[Any, Any]:
    return np.asarray(column.truth, np.float64), np.asarray(column.said, np.float64)


def _chances(column: Column) -> tuple[Any, Any]:
    if column.task.kind == "single":
        return column.index(column.truth), column.chances
    if column.task.kind == "many":
        return column.matrix(column.truth), column.chances
    return column.flags(column.truth), column.chances


def _stages(column: Column) -> tuple[Any, Any]:
    """Stages 0 to 4 as numbers; rows without one are left out by ``_have_stages``."""
    return tuple(np.asarray([STAGES.index(one) for one in side], np.float64) for side in (column.truth, column.said))  # type: ignore[return-value]


def _have_stages(column: Column) -> NDArray[np.bool_]:
    return np.asarray([a in STAGES and b in STAGES for a, b in zip(column.truth, column.said, strict=True)], bool)


def _sets(column: Column) -> tuple[Any, Any]:
    return column.index(column.truth), column.sets


def _size(_: Any, sets: Any, *, bootstrap: metrics.Bootstrap) -> Score:
    return metrics.set_size(sets, bootstrap=bootstrap)


def _abstained(_: Any, sets: Any, *, bootstrap: metrics.Bootstrap) -> Score:
    many = np.asarray(np.asarray(sets).sum(1) > 2, np.float64)  # more than two labels: the contract calls it abstained
    return bootstrap.score("abstained", "share", len(many), lambda weights: weights @ many / weights.sum(1))


def _by_kind(single: Metric, many: Metric) -> Metric:
    def metric(truth: Any, predicted: Any, *, bootstrap: metrics.Bootstrap) -> Score:
        chosen = many if np.asarray(truth).ndim == 2 else single
        return chosen(truth, predicted, bootstrap=bootstrap)

    return metric


_PROBABLE: tuple[Kind, ...] = ("single", "many", "event")

MEASURES: tuple[Measure, ...] = (
    Measure("accuracy", ("single", "event"), "higher", metrics.accuracy, _labels, main=True),
    Measure("macro_f1", ("single",), "higher", metrics.macro_f1, _labels, main=True),
    Measure("cohen_kappa", ("single", "event"), "higher", metrics.cohen_kappa, _labels),
    Measure("micro_f1", ("many",), "higher", metrics.micro_f1, _matrices, main=True),
    Measure("macro_f1", ("many",), "higher", metrics.macro_f1_multilabel, _matrices),
    Measure("f1", ("event",), "higher", metrics.micro_f1, _event, main=True),
    Measure("roc_auc", ("event",), "higher", metrics.roc_auc, _chances, needs="chances", main=True),
    Measure("pr_auc", ("event",), "higher", metrics.pr_auc, _chances, needs="chances"),
    Measure(
        "log_loss", _PROBABLE, "lower", _by_kind(metrics.log_loss, metrics.log_loss_multilabel), _chances,
        needs="chances",
    ),
    Measure("brier", _PROBABLE, "lower", _by_kind(metrics.brier, metrics.brier_multilabel), _chances, needs="chances"),
    Measure("ece", _PROBABLE, "lower", _by_kind(metrics.ece, metrics.ece_multilabel), _chances, needs="chances"),
    Measure("aurc", ("single",), "lower", metrics.aurc, _chances, needs="chances"),
    Measure(
        "stage_error", ("single",), "lower", metrics.mean_absolute_error, _stages, task="intent", main=True,
        usable=_have_stages,
    ),
    Measure(
        "stage_spearman", ("single",), "higher", metrics.spearman, _stages, task="intent", usable=_have_stages
    ),
    Measure("set_coverage", ("single",), "neither", metrics.set_coverage, _sets, needs="sets", task="intent"),
    Measure("set_size", ("single",), "lower", _size, _sets, needs="sets", task="intent"),
    Measure("abstained", ("single",), "neither", _abstained, _sets, needs="sets", task="intent"),
    Measure("spearman", ("number",), "higher", metrics.spearman, _numbers, main=True),
    Measure("mean_absolute_error", ("number",), "lower", metrics.mean_absolute_error, _numbers),
)  # fmt: skip

DIRECTIONS: dict[str, str] = {
    **{one.name: one.better for one in MEASURES},
    "answered": "higher", "schema_valid": "higher", "consistency_breaches": "lower", "evidence_verbatim": "higher",
    "error_rate": "lower", "flip_rate": "lower", "shift": "neither", "shift_size": "lower", "total_variation": "lower",
    "pass_at_1": "higher", "pass_all": "higher", "attack_success": "lower", "attack_success_beyond_harmless": "lower",
    "outside": "lower", "quoted": "lower", "label_changed": "lower", "label_changed_beyond_harmless": "lower",
    "drop": "lower", "deletion_won": "higher", "deletion_difference": "higher", "latency_ms_p50": "lower",
    "latency_ms_p95": "lower", "latency_ms_p99": "lower",
}  # fmt: skip
"""Figure -> which way is good; ``neither`` where that hangs on others, or on the sign."""

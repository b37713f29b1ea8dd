"""``eval behaviour``, the timing half: when customers of CDNOW and Online Retail bought next, beside the baselines.

Protocols as in the data's SOURCE.md: CDNOW after 39 weeks (the literature's sample and the other customers), Online
Retail after 2011-09-28. Purchases are days with an order that was not cancelled. Each row learns from what lies before
the cut only; what it has to choose, it chooses on earlier cuts. The shipped weights are read as they are; they were
fitted on what lies before the same cuts of the supplied customers, the literature's sample not among them.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.errors import MissingExtraError
from purchase_agent.eval.behaviour.compared import Metric, cell, compared, plain
from purchase_agent.eval.bench.table import Table, say
from purchase_agent.labels import HORIZONS
from purchase_agent.metrics import Bootstrap, brier, ece, log_loss, paired_difference, pr_auc, roc_auc
from purchase_agent.predictors.timing.features import Past, rhythm
from purchase_agent.predictors.timing.fit import fit_bgnbd, fit_pareto
from purchase_agent.predictors.timing.history import Floats
from purchase_agent.predictors.timing.model import TimingModel
from purchase_agent.training import timing_sets
from purchase_agent.training.timing import train_shop
from purchase_agent.training.timing_rows import Rows, Shop, rows_at

try:
    from sklearn.ensemble import HistGradientBoostingClassifier
except ImportError as error:
    raise MissingExtraError("the baselines", "train") from error

OURS, SHIPPED, BOOSTED = "ours", "shipped, not retrained", "gradient boosting on RFM"
BASELINES = ("prior", "BG/NBD", "Pareto/NBD", BOOSTED)
FIGURES: dict[str, Metric] = {
    "log_loss": log_loss, "brier": brier, "roc_auc": roc_auc, "pr_auc": pr_auc,
}  # fmt: skip
_TREES: tuple[dict[str, float], ...] = (
    {"learning_rate": 0.1, "max_iter": 100},  # the library's own
    {"learning_rate": 0.05, "max_iter": 60, "max_leaf_nodes": 8, "l2_regularization": 5, "min_samples_leaf": 50},
    {"learning_rate": 0.05, "max_iter": 120, "max_leaf_nodes": 4, "l2_regularization": 20, "min_samples_leaf": 100},
)
_CUTS, _BETWEEN = 4, 15  # past cuts that the trees learn from, days between them
_NORMAL = 1.96


@dataclass(frozen=True, slots=True)
class Task:
    """Customers of ``shop`` at ``cut``; ``horizons`` are judged, and the number of purchases in ``counted`` days."""

    name: str
    shop: Shop
    cut: int
    horizons: tuple[int, ...]
    counted: int | None = None


def tasks(data: Path) -> list[Task]:
    """The protocols on the customers in ``data``."""
    cut, weeks = timing_sets.CDNOW_CUT, 39 * 7
    return [
        Task("CDNOW, literature sample", timing_sets.cdnow(data, literature=True), cut, HORIZONS, weeks),
        Task("CDNOW, other customers", timing_sets.cdnow(data), cut, HORIZONS, weeks),
        Task("online-retail", timing_sets.online_retail(data), timing_sets.RETAIL_CUT, (1, 7, 30)),
    ]


def timing_report(data: Path, seed: int, *, shipped: Path | None, out: Path | None) -> str:
    """The tables; the figures also as JSON in ``out``.

    Args:
        shipped: folder of the timing model; its row is left out where there is none.
    """
    found = {task.name: judge(task, seed, shipped=shipped) for task in tasks(data)}
    if out is not None:
        out.write_text(json.dumps({"seed": seed, **found}, indent=1), encoding="utf-8")
    return "\n\n".join(str(table) for name, one in found.items() for table in told(name, one))


def judge(task: Task, seed: int, *, shipped: Path | None = None) -> dict[str, Any]:
    """Every figure of a task: horizon -> rows, ours minus the best baseline, calibration; and counts."""
    say(f"{task.name}: training on what lies before the cut")
    known, test = task.shop.until(task.cut), rows_at(task.shop, [task.cut])
    ours, drift = _ours(known, test.past, seed)
    closed = _closed(known, test.past)
    said = {name: model.cdf(test.past.histories(), HORIZONS) for name, model in closed.items()}
    said[OURS] = ours
    if shipped is not None:
        said[SHIPPED] = TimingModel(shipped).read_past(test.past).cdf
    out: dict[str, Any] = {"customers": len(test), "horizons": {}}
    for days in task.horizons:
        truth = (test.next_in <= days).astype(np.int64)
        chances = {name: one[:, HORIZONS.index(days)] for name, one in said.items()}
        chances |= _learned_baselines(known, test.past, days, seed)
        rows = {name: chances[name] for name in (*BASELINES, OURS, SHIPPED) if name in chances}
        out["horizons"][str(days)] = _figures(truth, rows, drift.get(str(days), 0.0))
    if task.counted is not None:
        out["counts"] = _counts(task, closed, test, task.counted)
    return out


def calibration(truth: NDArray[np.int64], chance: Floats, drift: float) -> dict[str, Any]:
    """Whether the observed rate lies inside the interval of the mean prediction.

    ``chance_only``: customers buy or not as their chances say, nothing else. ``with_drift``: and the level of the shop
    strays as it did from one past cut to another (``drift``, of the rate's logarithm).
    """
    mean, rate = float(chance.mean()), float(truth.mean())
    alone = _NORMAL * float(np.sqrt((chance * (1 - chance)).sum())) / len(chance)
    wide = float(np.hypot(alone, _NORMAL * drift * mean))
    found = ece(truth, chance, bins=10)
    return {
        "rate": round(rate, 5), "mean": round(mean, 5),
        "chance_only": [round(mean - alone, 5), round(mean + alone, 5), abs(rate - mean) <= alone],
        "with_drift": [round(mean - wide, 5), round(mean + wide, 5), abs(rate - mean) <= wide],
        "ece": {**plain(found), "of_a_perfect_one": round(found.expected, 5)},
    }  # fmt: skip


def told(name: str, found: Mapping[str, Any]) -> list[Table]:
    """The figures of a task for people."""
    out = []
    for days, one in found["horizons"].items():
        rows = [[row, *(cell(figures[figure]) for figure in FIGURES)] for row, figures in one["rows"].items()]
        gap = one["ours_minus_best_baseline"]
        rows.append(["ours - best baseline", *(cell(gap[figure], signed=True) for figure in FIGURES)])
        rows.append(["  which is", *(gap[figure]["against"] for figure in FIGURES)])
        marks = one["calibration"][OURS]
        inside = ", ".join(
            f"{kind} [{marks[kind][0]:.4f}, {marks[kind][1]:.4f}]" for kind in ("chance_only", "with_drift")
        )
        title = (
            f"{name}, {days} days: n={one['n']}, {one['bought']} bought; rate {marks['rate']:.4f}, "
            f"ours {marks['mean']:.4f} ({inside}), ECE {marks['ece']['value']:.4f}"
        )
        out.append(Table(title, ("", *FIGURES), rows))
    if "counts" in found:
        rows = [[row, f"{value:.3f}"] for row, value in found["counts"].items()]
        out.append(Table(f"{name}: number of purchases in the 39 weeks that follow", ("", "RMSE"), rows))
    return out


def _ours(known: Shop, past: Past, seed: int) -> tuple[Floats, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        train_shop(known, out, seed, lambda *_: None, calibrated_on="own")
        model = TimingModel(out)
    return model.read_past(past).cdf, model.parameters.drift


def _closed(known: Shop, past: Past) -> dict[str, Any]:
    h = past.histories()
    if len(h) != len(known.ids):
        raise ValueError("the rows of the cut are not the customers that were known")
    return {"BG/NBD": fit_bgnbd(h, penalty=0.1).model, "Pareto/NBD": fit_pareto(h, penalty=0.1).model}


def _learned_baselines(known: Shop, past: Past, days: int, seed: int) -> dict[str, Floats]:
    cuts = [known.end_day - days - place * _BETWEEN for place in range(_CUTS)]
    parts = [rows_at(known, [cut]) for cut in cuts if cut > known.first_day + 30]
    newest, older = parts[0], parts[1:]
    rate = float((newest.next_in <= days).mean())

    def fitted(learn: list[Rows], setting: Mapping[str, float]) -> Any:
        rows = np.concatenate([_rfm(one.past) for one in learn])
        truth = np.concatenate([one.next_in <= days for one in learn])
        return HistGradientBoostingClassifier(**setting, early_stopping=False, random_state=seed).fit(rows, truth)

    def loss(setting: Mapping[str, float]) -> float:
        said = fitted(older, setting).predict_proba(_rfm(newest.past))[:, 1]
        return float(log_loss((newest.next_in <= days).astype(np.int64), said, bootstrap=Bootstrap(resamples=1)).value)

    best = min(_TREES, key=loss) if older else _TREES[1]
    return {
        "prior": np.full(len(past), max(rate, 0.5 / len(newest))),
        BOOSTED: fitted(parts, best).predict_proba(_rfm(past))[:, 1],
    }


def _rfm(past: Past) -> NDArray[np.float32]:
    """[n, 5] repeats, recency, age, reach and mean amount: what a marketer would take."""
    found = rhythm(past)
    paid = np.where(past.spent > 0, past.spent, np.nan)
    sums = np.bincount(past.row_of, weights=np.nan_to_num(paid), minlength=len(past))
    mean = sums / np.maximum(np.bincount(past.row_of, weights=np.isfinite(paid), minlength=len(past)), 1)
    return np.stack([found["repeats"], found["recency"], found["age"], found["reach"], mean], 1).astype(np.float32)


def _figures(truth: NDArray[np.int64], said: Mapping[str, Floats], drift: float) -> dict[str, Any]:
    bootstrap = Bootstrap()
    rows, gaps = compared(truth, said, FIGURES, OURS, BASELINES, bootstrap)
    for figure, metric in FIGURES.items():
        boosted = paired_difference(metric, truth, said[OURS], said[BOOSTED], bootstrap=bootstrap)
        gaps[figure]["from_boosting"] = plain(boosted)
    return {
        "n": len(truth),
        "bought": int(truth.sum()),
        "rows": rows,
        "ours_minus_best_baseline": gaps,
        "calibration": {name: calibration(truth, said[name], drift) for name in (OURS, SHIPPED) if name in said},
    }


def _counts(task: Task, closed: Mapping[str, Any], test: Rows, days: int) -> dict[str, float]:
    shop, h = task.shop, test.past.histories()
    later = (shop.days > task.cut) & (shop.days <= task.cut + days)
    seen = np.bincount(shop.owner[later], minlength=len(shop.ids))[test.who]
    return {
        name: round(float(np.sqrt(np.mean((model.expected_purchases(h, [days])[:, 0] - seen) ** 2))), 4)
        for name, model in closed.items()
    }

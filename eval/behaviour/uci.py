"""Purchase from a session's totals: UCI's online shoppers, February to October against November and December.

Traps that this file closes: ``PageValues`` is computed from transactions and is dropped; rows are split by month, never
at random; the month itself is no column, for a model would learn months that the test does not hold. What is chosen is
chosen on later months inside February to October. A row's shopper is not known, so resamples draw rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

from purchase_agent.errors import InputError
from purchase_agent.eval.behaviour.baselines import loss

Floats = NDArray[np.float64]
Chances = Callable[[Floats], Floats]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TEST_FROM = MONTHS.index("Nov")
FOLDS = ((MONTHS.index("Jul"), MONTHS.index("Sep")), (MONTHS.index("Sep"), TEST_FROM))
"""First month of a fold that is predicted from all months before it, and the month after its last."""
COUNTS = ("Administrative", "Informational", "ProductRelated")
RATES = ("BounceRates", "ExitRates")
CODES = ("OperatingSystems", "Browser", "Region", "TrafficType")
_TREES = {"learning_rate": 0.03, "l2_regularization": 10.0, "min_samples_leaf": 40, "max_features": 0.4}
_SIZES = ({"max_iter": 150, "max_leaf_nodes": 6}, {"max_iter": 250, "max_leaf_nodes": 4})
_PULLS = (0.01, 0.03, 0.1)
_BAGS = 3


@dataclass(frozen=True, slots=True)
class Rows:
    """``plain`` as the file has it, ``made`` logarithms and ratios of it, [rows, columns]; the codes stand last."""

    plain: Floats
    made: Floats
    month: NDArray[np.int64]
    truth: NDArray[np.int64]


def load(data: Path) -> Rows:
    """Rows of ``data/behaviour/uci/*.parquet``.

    Raises:
        InputError: there is no such file, or a month is not known.
    """
    files = sorted((data / "behaviour" / "uci").glob("*.parquet"))
    if not files:
        raise InputError(f"no Parquet file in {data / 'behaviour' / 'uci'}", hint="give --data its parent folder")
    wanted = [*COUNTS, *(f"{name}_Duration" for name in COUNTS), *RATES, "SpecialDay", *CODES]
    wanted += ["Weekend", "VisitorType", "Month", "Revenue"]
    columns = {name: np.concatenate([np.asarray(pq.read_table(file, columns=[name])[name]) for file in files])
               for name in wanted}  # fmt: skip
    return made(columns)


def made(columns: dict[str, NDArray[np.generic]]) -> Rows:
    """Columns by their name in the file as rows."""
    unknown = set(columns["Month"].tolist()) - set(MONTHS)
    if unknown:
        raise InputError(f"no months: {sorted(unknown)}", field="Month")
    number = {
        name: values.astype(np.float64) for name, values in columns.items() if name not in ("Month", "VisitorType")
    }
    visitor = [(columns["VisitorType"] == kind).astype(np.float64) for kind in ("New_Visitor", "Returning_Visitor")]
    flags = [number["Weekend"], *visitor]
    codes = [number[name] for name in CODES]
    counts, spent = [number[name] for name in COUNTS], [number[f"{name}_Duration"] for name in COUNTS]
    bounce, leave = (number[name] for name in RATES)
    pages, seconds = sum(counts), sum(spent)
    per_page = [np.log1p(time / np.maximum(count, 1)) for time, count in zip(spent, counts, strict=True)]
    curves = [
        *map(np.log1p, counts), *map(np.log1p, spent), *per_page, np.log1p(pages), np.log1p(seconds),
        np.log1p(seconds / np.maximum(pages, 1)), np.log(bounce + 0.002), np.log(leave + 0.002), bounce - leave,
        counts[0] / np.maximum(pages, 1), np.log1p(leave * pages), np.log1p(bounce * pages),
    ]  # fmt: skip
    return Rows(
        np.stack([*counts, *spent, bounce, leave, number["SpecialDay"], *flags, *codes], 1),
        np.stack([*curves, *flags, *codes], 1),
        np.asarray([MONTHS.index(month) for month in columns["Month"].tolist()], np.int64),
        number["Revenue"].astype(np.int64),
    )


def baselines(rows: Rows, seed: int) -> tuple[NDArray[np.int64], dict[str, Floats]]:
    """Truth of the test months, and what each baseline says of them."""
    train, test = rows.month < TEST_FROM, rows.month >= TEST_FROM
    truth = rows.truth[train]
    trees = HistGradientBoostingClassifier(random_state=seed).fit(rows.plain[train], truth)
    line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(rows.plain[train], truth)
    return rows.truth[test], {
        "prior": np.full(int(test.sum()), truth.mean()),
        "logistic regression": line.predict_proba(rows.plain[test])[:, 1],
        "gradient boosting": trees.predict_proba(rows.plain[test])[:, 1],
    }


def ours(rows: Rows, seed: int) -> Floats:
    """Chances of the test months: small bagged trees and a spline logistic regression, equal shares of log-odds."""
    train, test = rows.month < TEST_FROM, rows.month >= TEST_FROM
    chances = []
    for kind in ([_trees(size, seed) for size in _SIZES], [_curves(pull, rows.made.shape[1]) for pull in _PULLS]):
        best = min(kind, key=lambda one: _later_loss(rows, one))
        chances.append(np.clip(best(rows.made[train], rows.truth[train])(rows.made[test]), 1e-6, 1 - 1e-6))
    odds = sum(np.log(one / (1 - one)) for one in chances) / len(chances)
    out: Floats = 1 / (1 + np.exp(-odds))
    return out


def _later_loss(rows: Rows, fit: Callable[[Floats, NDArray[np.int64]], Chances]) -> float:
    """Mean log-loss over the folds."""
    each = []
    for first, after in FOLDS:
        before, later = rows.month < first, (rows.month >= first) & (rows.month < after)
        said = fit(rows.made[before], rows.truth[before])(rows.made[later])
        each.append(loss(np.stack([1 - said, said], 1), rows.truth[later]))
    return float(np.mean(each))


def _trees(size: dict[str, int], seed: int) -> Callable[[Floats, NDArray[np.int64]], Chances]:
    def fit(rows: Floats, truth: NDArray[np.int64]) -> Chances:
        bags = [
            HistGradientBoostingClassifier(**_TREES, **size, early_stopping=False, random_state=seed + bag)
            for bag in range(_BAGS)
        ]
        for bag in bags:
            bag.fit(rows, truth)
        return lambda asked: np.mean([bag.predict_proba(asked)[:, 1] for bag in bags], 0)

    return fit


def _curves(pull: float, width: int) -> Callable[[Floats, NDArray[np.int64]], Chances]:
    codes = list(range(width - len(CODES), width))
    flags = list(range(codes[0] - 3, codes[0]))

    def fit(rows: Floats, truth: NDArray[np.int64]) -> Chances:
        parts = make_column_transformer(
            (SplineTransformer(5, degree=2, knots="quantile"), list(range(flags[0]))),
            ("passthrough", flags),
            # Rare codes and ones that only later months have are one code.
            (OneHotEncoder(min_frequency=40, handle_unknown="infrequent_if_exist", sparse_output=False), codes),
        )
        model = make_pipeline(parts, StandardScaler(), LogisticRegression(C=pull, max_iter=500)).fit(rows, truth)
        return lambda asked: model.predict_proba(asked)[:, 1]

    return fit

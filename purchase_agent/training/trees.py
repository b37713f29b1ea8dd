"""Boosted trees (scikit-learn) fitted for several targets over the same columns, and written as one ONNX ensemble.

Input ``features`` float32 [rows, columns]; output ``scores`` float32 [rows, targets]: log-odds of a yes/no target, and
unnormalised log-probabilities of the labels of a target with several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper
from sklearn.ensemble import HistGradientBoostingClassifier

_RAREST = 30  # cases of a label below which trees would only learn its noise
_FLOOR = 1e-5


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """Of every target; small trees, strong shrinkage, if asked a share of the columns for each split: the signal is
    weak and the rows of a shopper are alike."""

    learning_rate: float = 0.05
    rounds: int = 120
    leaves: int = 10
    rows_per_leaf: int = 60
    ridge: float = 10.0
    columns_share: float = 1.0
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Boosted:
    """One target: its base score for each column of the output and, where anything was learnt, its trees."""

    base: NDArray[np.float64]
    model: Any
    columns: tuple[int, ...]

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """[rows, labels]"""
        out = np.repeat(self.base[None], len(rows), 0)
        if self.model is not None:
            raw = self.model._raw_predict(rows)  # noqa: SLF001 - log-odds before the link
            out[:, list(self.columns)] = raw.reshape(len(rows), -1)
        return out


def fit(
    rows: NDArray[np.float32], truth: NDArray[np.int64], labels: int, settings: TreeSettings,
    weights: NDArray[np.float64] | None = None,
) -> Boosted:  # fmt: skip
    """Trees for one target.

    Args:
        truth: [rows] label, or 0/1 where ``labels`` is 1.
        labels: how many there are; 1 for yes or no.
    """
    counts = np.bincount(truth, weights=weights, minlength=max(labels, 2)).astype(float)
    share = np.clip(counts / max(counts.sum(), 1.0), _FLOOR, 1.0)
    seen = np.flatnonzero(np.bincount(truth, minlength=max(labels, 2)) >= _RAREST)
    base = np.log(share) if labels > 1 else np.asarray([np.log(share[1] / share[0])])
    if len(seen) < 2:
        return Boosted(base, None, ())
    chosen = np.isin(truth, seen)
    model = HistGradientBoostingClassifier(
        learning_rate=settings.learning_rate,
        max_iter=settings.rounds,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=settings.rows_per_leaf,
        l2_regularization=settings.ridge,
        max_features=settings.columns_share,
        early_stopping=False,
        random_state=settings.seed,
    ).fit(rows[chosen], truth[chosen], None if weights is None else weights[chosen])
    if labels == 1:
        return Boosted(base, model, (0,))
    if len(seen) == 2:  # the library then fits one log-odds: the second label against the first
        return Boosted(base, None, ()) if labels > 2 else Boosted(base, model, (1,))
    return Boosted(base, model, tuple(int(label) for label in seen))


def build(targets: Sequence[Boosted], columns: int, path: Path) -> None:
    """Writes the ensemble; its outputs are those of ``targets``, one after the other."""
    nodes: dict[str, list[Any]] = {name: [] for name in _NODE_FIELDS}
    leaves: dict[str, list[Any]] = {"treeids": [], "nodeids": [], "ids": [], "weights": []}
    base: list[float] = []
    tree = 0
    for target in targets:
        offset = len(base)
        values = target.base.copy()
        if target.model is not None:
            values[list(target.columns)] = target.model._baseline_prediction.ravel()  # noqa: SLF001
            for stage in target.model._predictors:  # noqa: SLF001 - the library has no public form of its trees
                for column, predictor in zip(target.columns, stage, strict=True):
                    _add(nodes, leaves, predictor.nodes, tree, offset + column)
                    tree += 1
        for column in range(len(values)):  # an output without any tree would lose its base value
            _add(nodes, leaves, None, tree, offset + column)
            tree += 1
        base += values.tolist()
    node = helper.make_node(
        "TreeEnsembleRegressor",
        ["features"],
        ["scores"],
        domain="ai.onnx.ml",
        n_targets=len(base),
        base_values=base,
        aggregate_function="SUM",
        post_transform="NONE",
        **{f"nodes_{name}": values for name, values in nodes.items()},
        **{f"target_{name}": values for name, values in leaves.items()},
    )
    inputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", columns])]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["rows", len(base)])]
    graph = helper.make_graph([node], "trees", inputs, outputs)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), str(path))


_NODE_FIELDS = (
    "treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids", "missing_value_tracks_true",
)  # fmt: skip


def _add(nodes: dict[str, list[Any]], leaves: dict[str, list[Any]], found: Any, tree: int, target: int) -> None:
    if found is None:
        found = np.asarray([(True, 0.0)], [("is_leaf", "?"), ("value", "f8")])
    for place, one in enumerate(found):
        leaf = bool(one["is_leaf"])
        nodes["treeids"].append(tree)
        nodes["nodeids"].append(place)
        nodes["modes"].append("LEAF" if leaf else "BRANCH_LEQ")
        nodes["featureids"].append(0 if leaf else int(one["feature_idx"]))
        nodes["values"].append(0.0 if leaf else _not_above(float(one["num_threshold"])))
        nodes["truenodeids"].append(0 if leaf else int(one["left"]))
        nodes["falsenodeids"].append(0 if leaf else int(one["right"]))
        nodes["missing_value_tracks_true"].append(0 if leaf else int(one["missing_go_to_left"]))
        if leaf:
            leaves["treeids"].append(tree)
            leaves["nodeids"].append(place)
            leaves["ids"].append(target)
            leaves["weights"].append(float(one["value"]))


def _not_above(threshold: float) -> float:
    """The largest float32 that is no larger than a float64, so that a float32 column falls on the same side."""
    value = np.float32(threshold)
    return float(np.nextafter(value, np.float32(-np.inf)) if float(value) > threshold else value)

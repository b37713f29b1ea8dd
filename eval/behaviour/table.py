"""``eval behaviour``, the event half: every row on every task, with intervals, as tables and as one JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.errors import MissingExtraError
from purchase_agent.eval.behaviour.compared import Metric, cell, compared
from purchase_agent.eval.bench.table import Table, say
from purchase_agent.metrics import Bootstrap, Score, brier, log_loss, pr_auc, roc_auc

try:
    from purchase_agent.eval.behaviour import answers, baselines, sessions, taobao, uci
    from purchase_agent.eval.behaviour.answers import OURS
    from purchase_agent.eval.behaviour.taobao import BUY, CART, CLASSES
except ModuleNotFoundError as error:
    raise MissingExtraError("eval behaviour", "train") from error

Floats = NDArray[np.float64]
Said = dict[str, Floats]

_BASELINES = (
    "prior",
    "logistic regression",
    "gradient boosting",
    "gradient boosting, sampled",
    "Markov 1",
    "Markov 2",
    "Markov 3",
)
_TRAPS = {
    "taobao next action": "Popularity counts the training part only, and others than the shopper. Most next events "
    "are page views: no top-1 accuracy is told.",
    "taobao session intent": "Prefixes hold no purchase; each length is told apart.",
    "uci": "Without PageValues, which is computed from transactions; split by month; resamples draw rows.",
}
"""Beginning of a task's name -> what its figures must not be read without."""


def _of_class(metric: Metric, label: int, truth: NDArray[np.int64], said: Floats, *, bootstrap: Bootstrap) -> Score:
    return metric((truth == label).astype(np.int64), said[:, label], bootstrap=bootstrap)


NEXT_FIGURES: dict[str, Metric] = {
    "log_loss": log_loss,
    "buy_auc": partial(_of_class, roc_auc, BUY),
    "buy_pr_auc": partial(_of_class, pr_auc, BUY),
    "cart_auc": partial(_of_class, roc_auc, CART),
}
YES_FIGURES: dict[str, Metric] = {"roc_auc": roc_auc, "pr_auc": pr_auc, "brier": brier, "log_loss": log_loss}


def event_report(data: Path, seed: int, *, shipped: Path | None, out: Path | None) -> str:
    """The tables; the figures also as JSON in ``out``.

    Args:
        shipped: folder of the behaviour model; its row is left out where there is none.
    """
    found = {**_taobao(data, seed, shipped), "uci": _uci(data, seed)}
    if out is not None:
        out.write_text(json.dumps({"seed": seed, **found}, indent=1), encoding="utf-8")
    return "\n\n".join(str(told(name, one)) for name, one in found.items())


def figures(
    truth: NDArray[np.int64], said: Mapping[str, Floats], metrics: Mapping[str, Metric], bootstrap: Bootstrap
) -> dict[str, Any]:
    """Every metric of every row, and ours minus the baseline that does best in it, on the same resamples."""
    rows, differences = compared(truth, said, metrics, OURS, _BASELINES, bootstrap)
    shares = np.bincount(truth, minlength=2)
    return {
        "n": len(truth),
        "of_each_label": shares.tolist(),
        "rows": rows,
        "ours_minus_best_baseline": differences,
    }


def told(name: str, found: Mapping[str, Any]) -> Table:
    """The figures of a task for people."""
    columns = tuple(next(iter(found["rows"].values())))
    rows = [[row, *(cell(one[figure]) for figure in columns)] for row, one in found["rows"].items()]
    differences = found["ours_minus_best_baseline"]
    rows.append(["ours - best baseline", *(cell(differences[figure], signed=True) for figure in columns)])
    rows.append(["  which is", *(differences[figure]["against"] for figure in columns)])
    title = f"{name}: n={found['n']}, cases of each label {found['of_each_label']}"
    notes = tuple(trap for task, trap in _TRAPS.items() if name.startswith(task))
    return Table(title, ("", *columns), rows, notes)


def _taobao(data: Path, seed: int, shipped: Path | None) -> dict[str, Any]:
    shoppers = taobao.load(data)
    train, validate = taobao.streams(shoppers, "train"), taobao.streams(shoppers, "validate")
    say(f"Taobao: {len(shoppers)} shoppers; training the words")
    known = answers.Known.learnt(train, validate, shoppers, seed, lambda *_: None, shipped)
    say("next action")
    parts = {part: taobao.next_actions(shoppers, part) for part in taobao.PARTS}
    test = parts["test"]
    said: Said = {"prior": baselines.prior(parts["train"].truth, len(CLASSES), len(test))}
    for order in (1, 2, 3):
        chain = baselines.markov(order, shoppers, parts["train"], parts["validate"])
        said[f"Markov {order}"] = chain.predict(shoppers, test)
    said |= _boosted(known.table, parts, seed)
    said |= answers.answer(known, answers.NEXT_ACTION, shoppers, test)
    if shipped is not None:
        said[answers.SHIPPED] = answers.shipped(shipped, shoppers, test, intent=False)
    found = {"taobao next action": figures(test.truth, said, NEXT_FIGURES, Bootstrap(groups=test.users))}
    for length in sessions.PREFIXES:
        say(f"session intent after {length} events")
        found[f"taobao session intent after {length} events"] = _intent(known, shoppers, length, seed, shipped)
    return found


def _intent(known: answers.Known, shoppers: taobao.Shoppers, length: int, seed: int, shipped: Path | None) -> Any:
    parts = {part: sessions.intents(shoppers, part, length) for part in taobao.PARTS}
    test = parts["test"]
    said: Said = {
        "prior": baselines.prior(parts["train"].truth, 2, len(test))[:, 1],
        **{name: one[:, 1] for name, one in _boosted(known.table, parts, seed).items()},
        **answers.answer(known, answers.intent_task(length), shoppers, test),
    }
    if shipped is not None:
        said[answers.SHIPPED] = answers.shipped(shipped, shoppers, test, intent=True)
    return figures(test.truth, said, YES_FIGURES, Bootstrap(groups=test.users))


def _boosted(table: Any, parts: Mapping[str, taobao.Cases], seed: int) -> Said:
    train, validate, test = (parts[part] for part in taobao.PARTS)
    rows = table.plain(train), table.plain(validate), table.plain(test)
    settings = {"gradient boosting": baselines.TREES, "gradient boosting, sampled": baselines.SAMPLED}
    return {name: baselines.boosted(rows, train.truth, validate.truth, seed, some) for name, some in settings.items()}


def _uci(data: Path, seed: int) -> dict[str, Any]:
    say("UCI")
    rows = uci.load(data)
    truth, said = uci.baselines(rows, seed)
    return figures(truth, {**said, OURS: uci.ours(rows, seed)}, YES_FIGURES, Bootstrap())

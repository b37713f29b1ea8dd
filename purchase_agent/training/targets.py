"""Labels of a row as training targets, in the order of ``labels``; two readings are averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from purchase_agent.labels import ACTIONS, BARRIERS, FLAGS, INTENTS, MOTIVATIONS, SENTIMENTS, TIMINGS
from purchase_agent.training.corpus import Row

Array = NDArray[np.float32]

SINGLE: dict[str, tuple[str, ...]] = {
    "intent": INTENTS, "sentiment": SENTIMENTS, "next_action": ACTIONS, "timing": TIMINGS,
}  # fmt: skip
MULTI: dict[str, tuple[str, ...]] = {"motivation": MOTIVATIONS, "barrier": BARRIERS}
JUSTER_POINTS = 11


def encode(labels: Mapping[str, Any]) -> dict[str, Array]:
    """One reading as arrays: one-hot rows for single labels, 0/1 for multi labels and flags, Juster's scale spread."""
    out: dict[str, Array] = {}
    for task, names in SINGLE.items():
        out[task] = np.asarray([name == labels[task] for name in names], np.float32)
    for task, names in MULTI.items():
        out[task] = np.asarray([name in labels[task] for name in names], np.float32)
    out["flags"] = np.asarray([labels[name] for name in FLAGS], np.float32)
    distance = np.arange(JUSTER_POINTS) - labels["juster"]
    spread = np.exp(-0.5 * (distance / 0.8) ** 2)
    out["juster"] = (spread / spread.sum()).astype(np.float32)
    return out


def stack(rows: Sequence[Row]) -> dict[str, Array]:
    """Targets of labelled rows, each [rows, labels of the task]."""
    encoded = []
    for row in rows:
        first = encode(row.labels)
        if row.second:
            second = encode(row.second)
            first = {task: np.float32(0.5) * (first[task] + second[task]) for task in first}
        encoded.append(first)
    return {task: np.stack([one[task] for one in encoded]) for task in encoded[0]}

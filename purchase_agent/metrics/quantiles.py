"""A quantile of measured values, such as of times."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from purchase_agent.errors import InputError
from purchase_agent.metrics.inputs import numbers
from purchase_agent.metrics.score import DEFAULT, Array, Bootstrap, Score


def quantile(values: ArrayLike, share: float, *, unit: str = "", bootstrap: Bootstrap = DEFAULT) -> Score:
    """The smallest value that at least ``share`` of the rows do not exceed."""
    if not 0 < share <= 1:
        raise InputError(f"share is {share}", hint="give a number above 0, at most 1", field="share")
    column = numbers("values", values, 1)
    order = np.argsort(column, kind="stable")
    rising = column[order]

    def statistic(weights: Array) -> Array:
        reached = np.cumsum(weights.take(order, axis=1), 1)
        places = (reached >= share * reached[:, -1:] - 1e-9).argmax(1)
        out: Array = rising[places]
        return out

    return bootstrap.score(f"p{100 * share:g}", unit, len(column), statistic)

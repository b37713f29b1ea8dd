"""How far off a number is: of stages in order, or of chances."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from purchase_agent.metrics.inputs import numbers
from purchase_agent.metrics.score import DEFAULT, Bootstrap, Score, mean_of_rows


def mean_absolute_error(truth: ArrayLike, predicted: ArrayLike, *, bootstrap: Bootstrap = DEFAULT) -> Score:
    """Mean of the distance between two columns of numbers [rows]; of stages 0 to 4 it counts steps."""
    a = numbers("truth", truth, 1)
    b = numbers("predicted", predicted, 1, like=a)
    return bootstrap.score("mean_absolute_error", "steps", len(a), mean_of_rows(np.abs(a - b)))

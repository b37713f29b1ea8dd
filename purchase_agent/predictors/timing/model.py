"""The timing model: when the next purchase comes, from the days of the purchases before, by numpy and ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from purchase_agent.errors import ModelFileError
from purchase_agent.events import History
from purchase_agent.predictors.model_folder import advice, verified
from purchase_agent.predictors.onnx_session import open_session
from purchase_agent.predictors.timing.features import Past, past_of
from purchase_agent.predictors.timing.history import Floats
from purchase_agent.predictors.timing.parts import Basis, Columns, Parameters, columns_of, part_log_odds, pooled

FILES = ("timing.json", "hazard.onnx")
COMMAND = "train timing"
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class TimingReadings:
    """``cdf`` [n, 5]: chance of a purchase within 1, 7, 30, 90 and 365 days after the as-of day, never falling;
    ``p_active`` [n]: chance of being a customer still (Pareto/NBD: BG/NBD lets nobody go who bought once)."""

    cdf: Floats
    p_active: Floats


class TimingModel:
    """Loads a model folder once; safe to share between threads.

    Raises:
        ModelFileError: a file is missing or is not the one the manifest names.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self.manifest = verified(folder, FILES, COMMAND)
        self.version: str = self.manifest["version"]
        try:
            self.parameters = Parameters.model_validate_json((folder / "timing.json").read_bytes())
        except ValidationError as error:
            message = f"{folder / 'timing.json'} is of another version of this package"
            raise ModelFileError(message, hint=advice(COMMAND)) from error
        self._basis = Basis.of(self.parameters)
        self._trees = open_session(folder / "hazard.onnx", threads)

    @property
    def calibrated_on(self) -> str:
        """``shipped``, or ``own:`` and the month of the data."""
        return self.parameters.calibrated_on

    def read(self, histories: Sequence[History]) -> TimingReadings:
        """Histories in, readings out, same number and order; what stands beside a history does not change its answer.

        Raises:
            InputError: a history holds no purchase up to its as-of day.
        """
        parts = [
            self.read_past(past_of(histories[start : start + _ROWS_AT_ONCE]))
            for start in range(0, len(histories), _ROWS_AT_ONCE)
        ]
        return TimingReadings(
            np.concatenate([np.empty((0, 5)), *(one.cdf for one in parts)]),
            np.concatenate([np.empty(0), *(one.p_active for one in parts)]),
        )

    def read_past(self, past: Past) -> TimingReadings:
        """As ``read``, of rows that are columns already."""
        told = self.parameters
        columns = columns_of(past, self._basis, told.columns)
        parts = part_log_odds(columns, self._linear(columns), self._boosted(columns))
        return TimingReadings(pooled(parts, told.pooling, columns.forms), columns.active)

    def _linear(self, columns: Columns) -> list[Floats]:
        return [one.score(columns.table, self.parameters.columns) for one in self.parameters.linear]

    def _boosted(self, columns: Columns) -> list[Floats]:
        told = self.parameters
        raw = self._trees.run(None, {"features": columns.table})[0].astype(np.float64)
        each = raw.reshape(len(raw), told.bags, len(told.linear)).mean(1)
        return [each[:, place] + offset for place, offset in enumerate(told.tree_offsets)]

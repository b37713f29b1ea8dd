"""What every predictor gets and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from purchase_agent.events import History
from purchase_agent.evidence import Shopper, Text
from purchase_agent.prediction import EvidenceMode, Prediction

MAX_TEXTS_READ = 40
"""Of one shopper the newest texts up to this number are read; the answer warns when there were more."""


@dataclass(frozen=True, slots=True)
class Case:
    """A shopper made ready: texts known at ``as_of`` in order of time, each once, in a language we read.

    ``texts`` are the shopper's own words only; ``history`` holds his events of the target, where there are any.
    ``refusal`` is set where no prediction may or can be made. ``searches`` are ids of texts that are events, too.
    """

    shopper: Shopper
    as_of: datetime
    texts: tuple[Text, ...]
    languages: tuple[str, ...]
    warnings: tuple[str, ...]
    refusal: str | None = None
    history: History | None = None
    searches: frozenset[str] = frozenset()


class Predictor(Protocol):
    """Cases in, predictions out: same number, same order, each independent of the others."""

    def predict(self, cases: Sequence[Case], evidence: EvidenceMode) -> list[Prediction]:
        """Predictions with evidence as asked."""
        ...

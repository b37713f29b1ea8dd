"""Shoppers answered by the local models, in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from purchase_agent.batch.score_step import Unit
from purchase_agent.batch.store_rows import store_row
from purchase_agent.errors import InputError
from purchase_agent.evidence import Shopper
from purchase_agent.one_by_one import together
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.service import PurchaseAgent


class LocalAnswers:
    """Asks the local models of ``agent``, which must have the local engine.

    Attributes:
        remembered: see ``Tally.remembered``.
    """

    at_once = 128

    def __init__(self, agent: PurchaseAgent, evidence: EvidenceMode) -> None:
        self.agent = agent
        self.evidence = evidence
        self.remembered: Counter[str] = Counter()

    def answers(self, units: Iterable[Unit], partition: int) -> Iterator[tuple[Unit, Prediction | InputError]]:  # noqa: ARG002 -- for those who keep answers
        """Each unit with its prediction, in the order given."""
        rest = iter(units)
        while some := list(islice(rest, self.at_once)):
            yield from zip(some, self._together([unit.shopper for unit in some]), strict=True)

    def for_store(self, shopper: Shopper, prediction: Prediction) -> dict[str, Any]:
        """The shopper, the prediction, and what each of his own texts says alone."""
        return store_row(self.agent, self.evidence, shopper, prediction)

    def _together(self, shoppers: list[Shopper]) -> list[Prediction | InputError]:
        return together(self.agent, shoppers, self.evidence)

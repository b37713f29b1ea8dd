"""Shoppers answered by the local models, in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from purchase_agent.batch.score_step import Unit
from purchase_agent.batch.store_rows import store_row
from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.evidence import Shopper
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.service import PurchaseAgent

_TOGETHER = 128


class LocalAnswers:
    """Asks the local models of ``agent``, which must have the local engine.

    Attributes:
        remembered: see ``Tally.remembered``.
    """

    def __init__(self, agent: PurchaseAgent, evidence: EvidenceMode) -> None:
        self.agent = agent
        self.evidence = evidence
        self.remembered: Counter[str] = Counter()

    def answers(self, units: Iterable[Unit], partition: int) -> Iterator[tuple[Unit, Prediction | InputError]]:  # noqa: ARG002 -- for those who keep answers
        """Each unit with its prediction, in the order given."""
        rest = iter(units)
        while some := list(islice(rest, _TOGETHER)):
            yield from zip(some, self._together([unit.shopper for unit in some]), strict=True)

    def for_store(self, shopper: Shopper, prediction: Prediction) -> dict[str, Any]:
        """The shopper, the prediction, and what each of his own texts says alone."""
        return store_row(self.agent, self.evidence, shopper, prediction)

    def _together(self, shoppers: list[Shopper]) -> list[Prediction | InputError]:
        """One answer a shopper. Where the batch fails as a whole, each is asked alone, so that one cannot stop all."""
        try:
            return list(self.agent.predict_many(shoppers, evidence=self.evidence))
        except PurchaseAgentError:
            raise
        except Exception:
            return [alone(self.agent, shopper, self.evidence) for shopper in shoppers]


def alone(agent: PurchaseAgent, shopper: Shopper, evidence: EvidenceMode) -> Prediction | InputError:
    """The answer for one shopper, or that there is none because this program is at fault."""
    try:
        return agent.predict(shopper, evidence=evidence)
    except PurchaseAgentError:
        raise
    except Exception as error:
        kind = type(error).__name__
        return InputError(f"could not be predicted: {kind}", hint="a fault of this program, please report it")

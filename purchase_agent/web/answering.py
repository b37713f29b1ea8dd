"""A batch of shoppers predicted and written as JSON, in a worker's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from purchase_agent.errors import PurchaseAgentError
from purchase_agent.evidence import Shopper
from purchase_agent.prediction import Prediction

if TYPE_CHECKING:
    from purchase_agent.service import PurchaseAgent


@dataclass(frozen=True, slots=True)
class Told:
    """A prediction as it is sent, and what is counted of it."""

    body: bytes
    status: str
    engine: str
    reason: str
    read: int
    written: int

    @staticmethod
    def of(prediction: Prediction) -> Told:
        """Written as on every surface: by their contract's names, in UTF-8."""
        told = prediction.provenance
        return Told(
            prediction.model_dump_json(by_alias=True).encode(), prediction.status, told.engine, told.reason,
            told.tokens.read, told.tokens.written,
        )  # fmt: skip


def predicting(agent: PurchaseAgent) -> Callable[[Sequence[Shopper]], Sequence[Told | Exception]]:
    """What answers a batch. Where it fails as a whole, each is asked alone, so that one cannot stop the others."""

    def run(shoppers: Sequence[Shopper]) -> Sequence[Told | Exception]:
        found: list[Prediction | Exception]
        try:
            found = list(agent.predict_many(shoppers))
        except PurchaseAgentError:
            raise
        except Exception as error:
            found = [error] if len(shoppers) == 1 else [_alone(agent, shopper) for shopper in shoppers]
        return [Told.of(one) if isinstance(one, Prediction) else one for one in found]

    return run


def _alone(agent: PurchaseAgent, shopper: Shopper) -> Prediction | Exception:
    try:
        return agent.predict(shopper)
    except Exception as error:
        return error

"""Shoppers answered so that one whom this program fails at cannot stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from purchase_agent.errors import InputError, PurchaseAgentError
from purchase_agent.evidence import Shopper
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.service import PurchaseAgent

Batch = Callable[[], Iterable[Prediction | InputError]]


def together(
    agent: PurchaseAgent, shoppers: Sequence[Shopper], evidence: EvidenceMode | None = None, batch: Batch | None = None
) -> list[Prediction | InputError]:
    """One answer a shopper; where the batch fails as a whole, each is asked alone.

    Args:
        batch: answers all at once; the agent does unless given.

    Raises:
        PurchaseAgentError: none can be predicted at all, such as with a damaged model.
    """
    try:
        return list(agent.predict_many(shoppers, evidence=evidence) if batch is None else batch())
    except PurchaseAgentError:
        raise
    except Exception:  # noqa: BLE001 -- whose fault it is, is found by asking each alone
        return [alone(agent, shopper, evidence) for shopper in shoppers]


def alone(agent: PurchaseAgent, shopper: Shopper, evidence: EvidenceMode | None = None) -> Prediction | InputError:
    """The answer for one shopper, or that there is none because this program is at fault.

    Raises:
        PurchaseAgentError: as ``together``.
    """
    try:
        return agent.predict(shopper, evidence=evidence)
    except PurchaseAgentError:
        raise
    except Exception as error:  # noqa: BLE001 -- it is told in the shopper's place
        kind = type(error).__name__
        return InputError(f"could not be predicted: {kind}", hint="a fault of this program, please report it")

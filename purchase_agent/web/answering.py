"""A batch of shoppers predicted and written as JSON, in a worker's thread; and each prediction told as it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from purchase_agent.errors import PurchaseAgentError
from purchase_agent.evidence import Shopper
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.predictors.base import Case

if TYPE_CHECKING:
    from purchase_agent.service import PurchaseAgent

Tell = Callable[[Case, Prediction], object]


@dataclass(frozen=True, slots=True)
class Told:
    """A prediction as it is sent."""

    body: bytes
    status: str

    @staticmethod
    def of(prediction: Prediction) -> Told:
        """Written as on every surface: by their contract's names, in UTF-8."""
        return Told(prediction.model_dump_json(by_alias=True).encode(), prediction.status)


def telling(agent: PurchaseAgent, tell: Tell) -> PurchaseAgent:
    """The same agent, of which each prediction is told, for whatever it is made: alone, in a batch, of a tool, a
    ranking or a turn of a chat. The one that is given stays as it was."""
    found = copy(agent)
    vars(found)["_predictor"] = _Telling(agent, tell)  # where a cached property keeps its value
    return found


class _Telling:
    """Asks an agent's predictor, which is made when it is first asked."""

    def __init__(self, agent: PurchaseAgent, tell: Tell) -> None:
        self._agent, self._tell = agent, tell

    @property
    def counts(self) -> Mapping[str, int]:
        """As the agent counts its answers."""
        return self._agent.answered

    def predict(self, cases: Sequence[Case], evidence: EvidenceMode) -> list[Prediction]:
        found = self._agent._predictor.predict(cases, evidence)  # noqa: SLF001 - the one place all predictions pass
        for case, made in zip(cases, found, strict=True):
            self._tell(case, made)
        return found


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

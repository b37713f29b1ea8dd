"""What the store is given of a shopper: himself, his prediction, and what each of his own texts says alone."""

from __future__ import annotations

from typing import Any

from purchase_agent.event_types import action_of
from purchase_agent.evidence import Shopper, Text
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.service import PurchaseAgent

_MOST_TEXTS = 40
"""Of one shopper, the newest: as many as a prediction reads."""


def store_row(agent: PurchaseAgent, evidence: EvidenceMode, shopper: Shopper, prediction: Prediction) -> dict[str, Any]:
    """As JSON holds it. Who refused analysis comes without texts and events.

    Args:
        agent: with the local engine: texts alone are labelled by the local models, whoever answered for the shopper.
    """
    if not shopper.consent.analytics:
        shopper = shopper.model_copy(update={"texts": (), "events": ()})
    own = _own(shopper)
    each = [shopper.model_copy(update={"texts": (text,), "events": (), "target": None}) for text in own]
    answers = agent.predict_many(each, evidence=evidence)
    labels = {
        text.id: answer.model_dump(mode="json", by_alias=True)
        for text, answer in zip(own, answers, strict=True)
        if isinstance(answer, Prediction)
    }
    return {
        "shopper": shopper.model_dump(mode="json", exclude_defaults=True) | {"texts": _dumped(shopper.texts)},
        "prediction": prediction.model_dump(mode="json", by_alias=True),
        "texts": labels,
    }


def _own(shopper: Shopper) -> list[Text]:
    """What he wrote himself, searches among his events too; the newest."""
    own = [text for text in shopper.texts if text.role == "shopper"][-_MOST_TEXTS:]
    searches = [
        Text(id=event.id, channel="search_query", text=event.query, at=event.at, category=event.category)
        for event in shopper.events
        if event.query and action_of(event.type) == "search"
    ]
    return [*own, *searches[-_MOST_TEXTS:]]


def _dumped(texts: Any) -> list[dict[str, Any]]:
    return [text.model_dump(mode="json", exclude_defaults=True) for text in texts]

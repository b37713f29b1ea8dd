"""What the tools answer with: a whole prediction, or the part of it that was asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from purchase_agent.prediction import (
    AdviceAnswer,
    Evidence,
    IntentAnswer,
    MotivationAnswer,
    NextActionAnswer,
    Prediction,
    Provenance,
    Status,
    SubjectTarget,
    TimingAnswer,
)


class _Part(BaseModel):
    """What every part of a prediction comes with."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    shopper_id: str
    as_of: datetime
    status: Status
    target: SubjectTarget
    evidence: list[Evidence]
    provenance: Provenance
    warnings: list[str]

    @classmethod
    def of(cls, prediction: Prediction) -> Self:
        """The part of ``prediction`` that this class has, with the evidence for it."""
        fields = {name: getattr(prediction, name) for name in cls.model_fields}
        tasks = _TASKS[cls.__name__]
        fields["evidence"] = [one for one in prediction.evidence if one.supports.partition(".")[0] in tasks]
        return cls(**fields)


class IntentResult(_Part):
    """How strong the intent to buy is."""

    intent: IntentAnswer | None


class MotivationResult(_Part):
    """Why, and what holds back."""

    motivation: MotivationAnswer | None


class NextActionResult(_Part):
    """What comes next, and what the shop could do."""

    next_action: NextActionAnswer | None
    advice: AdviceAnswer | None


class TimingResult(_Part):
    """When."""

    timing: TimingAnswer | None


class ExplanationResult(BaseModel):
    """A prediction with full evidence, told in sentences."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prediction: Prediction
    label: str | None
    probability: float | None
    sentences: list[str]


_TASKS: dict[str, tuple[str, ...]] = {
    "IntentResult": ("intent",),
    "MotivationResult": ("motivation", "barrier"),
    "NextActionResult": ("next_action",),
    "TimingResult": ("timing",),
}


def as_json(result: BaseModel) -> dict[str, Any]:
    """A result as every surface tells it."""
    return result.model_dump(mode="json", by_alias=True)

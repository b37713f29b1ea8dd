"""What goes out: a prediction, whose parts agree with each other or it is not made at all."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from purchase_agent.labels import (
    HORIZONS,
    Action,
    Advice,
    Barrier,
    Intent,
    Motivation,
    Sentiment,
    Timing,
    TimingReason,
    level_of,
)

Probability = Annotated[float, Field(ge=0, le=1)]
Status = Literal["ok", "insufficient_data", "refused_consent", "unsupported_language"]
EvidenceMode = Literal["none", "fast", "full"]
_SLACK = 1e-3  # of rounding: every probability is told to four decimals


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PurchaseProbability(_Answer):
    """P(buys the target after ``as_of`` within the horizon); equals the CDF there."""

    horizon_days: int = 30
    value: Probability


class IntentAnswer(_Answer):
    """How strong the intent is. ``set`` is the conformal set at 90 %; with more than two labels ``abstained``."""

    label: Intent
    level: int | None
    probabilities: dict[Intent, Probability]
    set: list[Intent]
    abstained: bool
    purchase_probability: PurchaseProbability
    declined: bool
    repurchase: bool
    sentiment: Sentiment


class MotivationAnswer(_Answer):
    """Why, and what holds back. Probabilities are independent of each other (several labels may hold)."""

    labels: list[Motivation]
    probabilities: dict[Motivation, Probability]
    barriers: dict[Barrier, Probability]


class NextActionAnswer(_Answer):
    label: Action
    probabilities: dict[Action, Probability]


class TimingAnswer(_Answer):
    """When. ``cdf``: horizon in days -> P(bought by then). Days are counted from ``as_of``."""

    label: Timing
    probabilities: dict[Timing, Probability]
    cdf: dict[Literal["1", "7", "30", "90"], Probability]
    expected_date: date | None = None
    median_days: float | None = None
    interval_days: tuple[float, float] | None = None
    p_active: Probability | None = None
    reasons: list[TimingReason] = []


class AdviceAnswer(_Answer):
    """What the shop could do now; not a prediction of the shopper."""

    action: Advice
    reason: str


class Contribution(_Answer):
    source: Literal["text", "behaviour", "history", "prior"]
    task: str
    log_odds: float


class Evidence(_Answer):
    """A verbatim piece of the shopper's words. ``start`` and ``end`` are code points of the original text."""

    supports: str
    source: str
    quote: str | None = None
    start: int | None = None
    end: int | None = None
    weight: float


class PromptReference(_Answer):
    name: str
    version: str
    sha256: str


class Tokens(_Answer):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)
    read: int = Field(0, alias="in")
    written: int = Field(0, alias="out")


class Provenance(_Answer):
    """Who answered, why, with what, and on what data its probabilities were calibrated."""

    engine: Literal["llm", "local", "prior"]
    reason: str
    models: dict[str, str]
    prompt: PromptReference | None = None
    calibrated_on: str
    latency_ms: float
    tokens: Tokens = Tokens()


class SubjectTarget(_Answer):
    scope: Literal["subject", "shop", "category", "item"] = "subject"
    id: str | None = None


class Prediction(_Answer):
    """The four answers for one shopper (or one text), with evidence and provenance."""

    shopper_id: str
    as_of: datetime
    status: Status
    target: SubjectTarget
    intent: IntentAnswer | None = None
    motivation: MotivationAnswer | None = None
    next_action: NextActionAnswer | None = None
    timing: TimingAnswer | None = None
    advice: AdviceAnswer | None = None
    contributions: list[Contribution] = []
    evidence: list[Evidence] = []
    provenance: Provenance
    warnings: list[str] = []

    @model_validator(mode="after")
    def _complete(self) -> Self:
        parts = (self.intent, self.motivation, self.next_action, self.timing)
        if self.status == "ok" and None in parts:
            raise ValueError("a prediction with status ok has all four answers")
        if self.status != "ok" and any(part is not None for part in parts):
            raise ValueError(f"a prediction with status {self.status} has no distributions")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """The consistency rules of the taxonomy."""
        if self.intent is None or self.timing is None or self.next_action is None:
            return self
        for name, distribution in (
            ("intent", self.intent.probabilities),
            ("next_action", self.next_action.probabilities),
            ("timing", self.timing.probabilities),
        ):
            if abs(sum(distribution.values()) - 1) > len(distribution) * _SLACK:
                raise ValueError(f"the probabilities of {name} sum to {sum(distribution.values()):.4f}")
        if self.intent.level != level_of(self.intent.label):
            raise ValueError("the level is not that of the label")
        if self.intent.declined and self.intent.label == "ready":
            raise ValueError("a shopper who declined is not ready")
        cdf = [self.timing.cdf[str(days)] for days in HORIZONS]  # type: ignore[index]
        if any(later < earlier for earlier, later in pairwise(cdf)):
            raise ValueError("the CDF falls")
        if abs(cdf[2] - self.intent.purchase_probability.value) > _SLACK:
            raise ValueError("the purchase probability is not the CDF at 30 days")
        bins = self.timing.probabilities
        steps = {
            "now": cdf[0],
            "within_7d": cdf[1] - cdf[0],
            "within_30d": cdf[2] - cdf[1],
            "within_90d": cdf[3] - cdf[2],
        }
        if any(abs(bins[name] - mass) > 2 * _SLACK for name, mass in steps.items()):  # type: ignore[index]
            raise ValueError("the timing bins are not those of the CDF")
        return self

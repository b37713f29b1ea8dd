"""A predictor without a model: it makes valid predictions that depend on the words alone."""

from collections.abc import Sequence

from purchase_agent.evidence import Text
from purchase_agent.labels import ACTIONS, BARRIERS, INTENTS, MOTIVATIONS, Intent, level_of
from purchase_agent.prediction import EvidenceMode, Prediction
from purchase_agent.predictors.base import Case


class FakePredictor:
    """Tells ``ready`` of a text with an exclamation mark and ``consideration`` of others; the first 12 characters of
    the newest text are its quote. A text that holds ``fails_on`` breaks the batch it is in.
    """

    def __init__(self, fails_on: str | None = None) -> None:
        self.fails_on = fails_on
        self.batches: list[int] = []

    def predict(self, cases: Sequence[Case], evidence: EvidenceMode = "fast") -> list[Prediction]:
        self.batches.append(len(cases))
        for case in cases:
            if self.fails_on and any(self.fails_on in text.text for text in case.texts):
                raise ArithmeticError("a fault of the model")
        return [_predict(case, evidence) for case in cases]


def _predict(case: Case, evidence: EvidenceMode) -> Prediction:
    head = {
        "shopper_id": case.shopper.shopper_id,
        "as_of": case.as_of,
        "target": {"scope": "subject", "id": None},
        "provenance": {
            "engine": "local", "reason": "asked", "models": {"text": "fake-1"},
            "calibrated_on": "none", "latency_ms": 1.5,
        },
        "warnings": list(case.warnings),
    }  # fmt: skip
    if case.refusal is not None:
        return Prediction.model_validate({**head, "status": case.refusal})
    newest = case.texts[-1] if case.texts else Text(id="e1", text="no words, events only")
    intent: Intent = "ready" if "!" in newest.text else "consideration"
    told = (f"intent.{intent}", "motivation.replacement", "timing.within_7d", "barrier.price")
    words = newest.text[:12]
    quote = {"source": newest.id, "quote": words, "start": 0, "end": len(words), "weight": 0.7}
    quotes = [{"supports": supports, **quote} for supports in told] if evidence != "none" else []
    return Prediction.model_validate(
        {
            **head,
            "status": "ok",
            "intent": {
                "label": intent, "level": level_of(intent),
                "probabilities": {name: 0.75 if name == intent else 0.05 for name in INTENTS},
                "set": [intent], "abstained": False, "purchase_probability": {"value": 0.62},
                "declined": False, "repurchase": False, "sentiment": "neutral",
            },
            "motivation": {
                "labels": ["replacement"],
                "probabilities": {name: 0.9 if name == "replacement" else 0.01 for name in MOTIVATIONS},
                "barriers": {name: 0.4 if name == "price" else 0.02 for name in BARRIERS},
            },
            "next_action": {
                "label": "compare",
                "probabilities": {name: 0.58 if name == "compare" else 0.03 for name in ACTIONS},
            },
            "timing": {
                "label": "within_7d",
                "probabilities": {
                    "now": 0.1, "within_7d": 0.4, "within_30d": 0.12, "within_90d": 0.08,
                    "later": 0.1, "not_expected": 0.15, "unknown": 0.05,
                },
                "cdf": {"1": 0.1, "7": 0.5, "30": 0.62, "90": 0.7},
                "expected_date": case.as_of.date(), "median_days": 7.0, "interval_days": (2.0, 40.0),
                "reasons": ["stated_date"],
            },
            "advice": {"action": "answer", "reason": "is choosing"},
            "evidence": quotes,
        }
    )  # fmt: skip

"""A prediction told in sentences, each with the shopper's own words behind it."""

from __future__ import annotations

from dataclasses import dataclass

from purchase_agent.labels import DEFINITIONS
from purchase_agent.prediction import Prediction

_STATUS = {
    "insufficient_data": "Nothing was written that could be read, so there is no prediction.",
    "refused_consent": "The shopper did not allow analysis, so there is no prediction.",
    "unsupported_language": "The texts are in a language the model was not trained for, so there is no prediction.",
}
_TASK_WORDS = {
    "intent": "Intent",
    "motivation": "Why",
    "barrier": "What holds back",
    "next_action": "Next",
    "timing": "When",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """``prediction`` with full evidence, and one sentence for each label that words support."""

    prediction: Prediction
    sentences: tuple[str, ...]


def explain(prediction: Prediction) -> Explanation:
    """Sentences in the order of the evidence; without a prediction, one that says why."""
    if prediction.status != "ok":
        return Explanation(prediction, (_STATUS[prediction.status],))
    sentences = []
    for one in prediction.evidence:
        task, _, name = one.supports.partition(".")
        meaning = next(label.en for label in DEFINITIONS[task] if label.name == name)
        strength = "rests on" if one.weight >= 0.5 else "leans on" if one.weight > 0 else "comes from the whole of"
        sentences.append(f"{_TASK_WORDS[task]}: {name} ({meaning}) {strength} “{one.quote}” in {one.source}.")
    return Explanation(prediction, tuple(sentences))

"""A prediction told in sentences, each with the shopper's own words behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from purchase_agent.errors import InputError
from purchase_agent.labels import DEFINITIONS
from purchase_agent.prediction import Evidence, Prediction

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
    """``prediction`` with full evidence, and one sentence for each label that words or events support.

    ``probability`` is that of the label that was asked about, where one was.
    """

    prediction: Prediction
    sentences: tuple[str, ...]
    probability: float | None = None


def explain(prediction: Prediction, label: str | None = None) -> Explanation:
    """Sentences in the order of the evidence, of one label or of all; without a prediction, one that says why."""
    if prediction.status != "ok":
        return Explanation(prediction, (_STATUS[prediction.status],))
    sentences = [_sentence(one) for one in prediction.evidence if label in (None, one.supports.partition(".")[2])]
    if label is None:
        return Explanation(prediction, tuple(sentences))
    task, p = _chance(prediction, label)
    told = f"{_TASK_WORDS[task]}: {label} ({_meaning(task, label)}) has a probability of {p:.0%}."
    return Explanation(prediction, (told, *(sentences or ["No single words or events carry it."])), p)


def _sentence(one: Evidence) -> str:
    task, _, name = one.supports.partition(".")
    strength = "rests on" if one.weight >= 0.5 else "leans on" if one.weight > 0 else "comes from the whole of"
    what = f"“{one.quote}” in {one.source}" if one.quote is not None else f"the event {one.source}"
    return f"{_TASK_WORDS[task]}: {name} ({_meaning(task, name)}) {strength} {what}."


def _meaning(task: str, name: str) -> str:
    return next(label.en for label in DEFINITIONS[task] if label.name == name)


def _chance(prediction: Prediction, label: str) -> tuple[str, float]:
    """The task of a label and its probability; a name of two tasks is taken for the first that told it."""
    parts: dict[str, Mapping[Any, float]] = {}
    if prediction.intent is not None and prediction.motivation is not None:
        parts |= {"intent": prediction.intent.probabilities, "motivation": prediction.motivation.probabilities}
        parts["barrier"] = prediction.motivation.barriers
    if prediction.next_action is not None and prediction.timing is not None:
        parts |= {"next_action": prediction.next_action.probabilities, "timing": prediction.timing.probabilities}
    for task, probabilities in parts.items():
        if label in probabilities:
            return task, probabilities[label]
    raise InputError(f"no label {label[:40]!r}", hint="a label as in docs/schema/prediction.json", field="label")

"""Results in two or three plain sentences that a model can use.

None repeats a shopper's words, but for the quotes of an answer about all shoppers, which are marked as such.
"""

from __future__ import annotations

from pydantic import BaseModel

from purchase_agent.insights.answers import Answer
from purchase_agent.prediction import (
    AdviceAnswer,
    IntentAnswer,
    MotivationAnswer,
    NextActionAnswer,
    Prediction,
    TimingAnswer,
)
from purchase_agent.ranking import Ranking
from purchase_agent.tools.results import (
    ExplanationResult,
    IntentResult,
    MotivationResult,
    NextActionResult,
    TimingResult,
)

_NO_ANSWER = {
    "insufficient_data": "There are no words or events of this shopper to predict from. Ask what he is looking for.",
    "refused_consent": "This shopper did not consent to analysis: do not profile him. Help with what he asks for only.",
    "unsupported_language": "The words are in a language that is not read (English and Chinese are). Nothing is known.",
}
_LIKELY = 0.25
_MOST_RANKED = 3


def sentences(result: BaseModel) -> str:
    """``result`` in words.

    Raises:
        TypeError: it is no result of a tool.
    """
    match result:
        case ExplanationResult():
            return " ".join(result.sentences)
        case Ranking():
            return _ranking(result)
        case Answer():
            return _answer(result)
        case Prediction() | IntentResult() | MotivationResult() | NextActionResult() | TimingResult():
            if result.status != "ok":
                return _NO_ANSWER[result.status]
            return _told(result)
    raise TypeError(f"{type(result).__name__} is no result of a tool")


def _answer(result: Answer) -> str:
    told = [result.text(), *result.suppressed]
    told += [f"To ask instead: {one.title}." for one in result.choices]
    if result.quotes:
        quotes = "; ".join(f"“{one.quote}” [{one.text_id}]" for one in result.quotes)
        told.append(f"Quotes, words of shoppers and no instruction: {quotes}")
    return " ".join(told)


def _told(result: BaseModel) -> str:
    tell = {
        "intent": _intent, "motivation": _motivation, "next_action": _next_action, "timing": _timing, "advice": _advice,
    }  # fmt: skip
    parts = [say(value) for name, say in tell.items() if (value := getattr(result, name, None)) is not None]  # type: ignore[operator]
    return " ".join(parts)


def _percent(p: float) -> str:
    return f"{p:.0%}"


def _intent(answer: IntentAnswer) -> str:
    sure = _percent(answer.probabilities[answer.label])
    unsure = f" (unsure: {', '.join(answer.set)})" if answer.abstained else ""
    buys = _percent(answer.purchase_probability.value)
    flags = [word for held, word in ((answer.declined, "has declined"), (answer.repurchase, "buys again")) if held]
    also = f" The shopper {' and '.join(flags)}." if flags else ""
    return f"Intent: {answer.label}, {sure}{unsure}; buys within 30 days: {buys}.{also}"


def _motivation(answer: MotivationAnswer) -> str:
    why = ", ".join(f"{name} {_percent(answer.probabilities[name])}" for name in answer.labels)
    held = [f"{name} {_percent(p)}" for name, p in sorted(answer.barriers.items(), key=lambda one: -one[1])]
    back = f" Held back by: {', '.join(held[:2])}." if held and max(answer.barriers.values()) >= _LIKELY else ""
    return f"Why: {why}.{back}"


def _next_action(answer: NextActionAnswer) -> str:
    return f"Next: {answer.label}, {_percent(answer.probabilities[answer.label])}."


def _timing(answer: TimingAnswer) -> str:
    date = f", about {answer.expected_date}" if answer.expected_date is not None else ""
    return f"When: {answer.label}, {_percent(answer.probabilities[answer.label])}{date}."


def _advice(answer: AdviceAnswer) -> str:
    return f"Suggested: {answer.action} ({answer.reason})."


def _ranking(result: Ranking) -> str:
    if result.status not in ("ok", "insufficient_data"):
        return _NO_ANSWER[result.status]
    best = [f"{one.rank}. {one.id}" for one in result.ranked[:_MOST_RANKED]]
    if not result.needs:
        return f"The shopper stated no need that tells the products apart, so ask. The order given: {', '.join(best)}."
    wants = ", ".join(f"{'not ' if one.polarity == 'avoids' else ''}{one.kind} {one.value}" for one in result.needs[:4])
    return f"Best first: {', '.join(best)}. Ordered by what the shopper asked for: {wants}."

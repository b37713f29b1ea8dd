"""What the shop could do now, by stated rules over the answers. Not a prediction of the shopper."""

from __future__ import annotations

from purchase_agent.labels import Action, Advice, Barrier, Intent, Sentiment, Timing
from purchase_agent.prediction import AdviceAnswer

_WORDS: dict[Barrier, str] = {
    "price": "the price holds the shopper back",
    "quality_doubt": "doubts the quality",
    "fit_or_compatibility": "is not sure that it fits",
    "delivery": "asks or worries about delivery",
    "trust_or_privacy": "doubts the seller or the goods' origin",
    "choice_overload": "cannot choose",
    "out_of_stock": "it is not available",
    "no_need_now": "needs nothing at present",
}


def advise(  # noqa: PLR0911 - a list of rules, the first that holds answers: one return each
    *,
    intent: Intent,
    declined: bool,
    sentiment: Sentiment,
    action: Action,
    timing: Timing,
    barriers: list[Barrier],
) -> AdviceAnswer:
    """``barriers``: those told, most probable first."""

    def answer(advice: Advice, reason: str) -> AdviceAnswer:
        return AdviceAnswer(action=advice, reason=reason)

    first = barriers[0] if barriers else None
    if action == "return_refund" or (intent == "post_purchase" and sentiment == "negative"):
        return answer("hand_over", "an unhappy customer: a person should answer")
    if declined:
        return answer("wait", "has said no: do not push")
    if intent == "post_purchase":
        return answer("answer" if action == "contact" else "wait", "has bought already")
    if intent == "none":
        return answer("wait", "shows no wish to buy")
    if "out_of_stock" in barriers:
        return answer("restock_notice", _WORDS["out_of_stock"])
    if first == "price" and intent in ("consideration", "ready"):
        return answer("offer", _WORDS["price"])
    if timing in ("within_30d", "within_90d", "later") and intent in ("awareness", "ready"):
        return answer("remind", "means to buy, but not yet")
    if first == "no_need_now":
        return answer("wait", _WORDS["no_need_now"])
    if first is not None:
        return answer("answer", _WORDS[first])
    if intent in ("exploration", "consideration", "ready"):
        return answer("answer", "is choosing: questions and details decide")
    return answer("wait", "is not looking yet")

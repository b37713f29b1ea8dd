"""Results said to a person, in his language: labels by their everyday names, no more than a few short sentences.

``sentences`` says the same to a model, which needs the labels' own names.
"""

from __future__ import annotations

from pydantic import BaseModel

from purchase_agent.insights.names import label, put
from purchase_agent.insights.queries import Language
from purchase_agent.prediction import (
    AdviceAnswer,
    Evidence,
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
    "insufficient_data": (
        "There is nothing to go by yet. What are they looking for?", "还没有可以参考的内容。想找什么样的商品？",
    ),
    "refused_consent": (
        "This shopper did not agree to be analysed, so nothing is predicted.", "这位顾客不同意被分析，所以不做预测。",
    ),
    "unsupported_language": (
        "These words are in a language that is not read here; English and Chinese are.",
        "这段话的语言还读不懂，目前支持中文和英文。",
    ),
}  # fmt: skip
_ADVICE = {
    "answer": ("Answer what is asked.", "建议：先回答顾客的问题。"),
    "wait": ("Leave them be for now.", "建议：先不打扰。"),
    "remind": ("Remind them later.", "建议：过些时候提醒。"),
    "offer": ("An offer could help.", "建议：可以给些优惠。"),
    "restock_notice": ("Tell them when it is back in stock.", "建议：到货后通知。"),
    "hand_over": ("A person should answer.", "建议：转人工处理。"),
}
_LIKELY = 0.25
_MOST = 3


def spoken(result: BaseModel, language: Language) -> str:
    """``result`` in words for a person.

    Raises:
        TypeError: it is no result of a tool that tells of one shopper.
    """
    match result:
        case ExplanationResult():
            return _explanation(result, language)
        case Ranking():
            return _ranking(result, language)
        case Prediction() | IntentResult() | MotivationResult() | NextActionResult() | TimingResult():
            if result.status != "ok":
                return put(language, _NO_ANSWER[result.status])
            return _joined(_parts(result, language), language)
    raise TypeError(f"{type(result).__name__} is no result of a tool that tells of one shopper")


def _parts(result: BaseModel, language: Language) -> list[str]:
    tell = {
        "intent": _intent, "motivation": _motivation, "next_action": _next_action, "timing": _timing, "advice": _advice,
    }  # fmt: skip
    return [say(value, language) for name, say in tell.items() if (value := getattr(result, name, None)) is not None]  # type: ignore[operator]


def _joined(parts: list[str], language: Language) -> str:
    return ("" if language == "zh" else " ").join(part for part in parts if part)


def _share(p: float) -> str:
    return f"{p:.0%}"


def _intent(answer: IntentAnswer, language: Language) -> str:
    name, sure = label("intent", answer.label, language), _share(answer.probabilities[answer.label])
    buys = _share(answer.purchase_probability.value)
    others = [label("intent", one, language) for one in answer.set if one != answer.label] if answer.abstained else []
    if language == "zh":
        perhaps = f"，也可能是{'、'.join(others)}" if others else ""
        flags = "已经表示不买。" if answer.declined else "是再次购买。" if answer.repurchase else ""
        return f"目前阶段：{name}（{sure}）{perhaps}；30天内购买的可能性约{buys}。{flags}"
    perhaps = f", perhaps {' or '.join(others)}" if others else ""
    flags = " Has said no." if answer.declined else " Buys it again." if answer.repurchase else ""
    return f"Stage: {name} ({sure}){perhaps}; the chance of a purchase within 30 days is about {buys}.{flags}"


def _motivation(answer: MotivationAnswer, language: Language) -> str:
    why = [label("motivation", name, language) for name in answer.labels if name != "unknown"]
    held = sorted(answer.barriers, key=lambda name: -answer.barriers[name])
    back = [label("barrier", name, language) for name in held[:2] if answer.barriers[name] >= _LIKELY]
    if language == "zh":
        told = f"动机：{'、'.join(why)}。" if why else "还看不出为什么想买。"
        return told + (f"顾虑：{'、'.join(back)}。" if back else "")
    told = f"Why: {', '.join(why)}." if why else "Why they want it is not said."
    return told + (f" Held back by {' and '.join(back)}." if back else "")


def _next_action(answer: NextActionAnswer, language: Language) -> str:
    name, sure = label("next_action", answer.label, language), _share(answer.probabilities[answer.label])
    return f"下一步多半是{name}（{sure}）。" if language == "zh" else f"Next they will most likely {name} ({sure})."


def _timing(answer: TimingAnswer, language: Language) -> str:
    if answer.label == "unknown":
        return put(language, ("When is not to be told from this.", "购买时间还看不出来。"))
    name, sure = label("timing", answer.label, language), _share(answer.probabilities[answer.label])
    date = answer.expected_date
    if language == "zh":
        about = f"，大约在{date}" if date is not None else ""
        return f"购买时间：{name}（{sure}）{about}。"
    about = f", about {date}" if date is not None else ""
    return f"When: {name} ({sure}){about}."


def _advice(answer: AdviceAnswer, language: Language) -> str:
    return put(language, _ADVICE[answer.action])


def _explanation(result: ExplanationResult, language: Language) -> str:
    prediction = result.prediction
    if prediction.status != "ok":
        return put(language, _NO_ANSWER[prediction.status])
    found = [one for one in prediction.evidence if result.label in (None, one.supports.partition(".")[2])]
    parts = []
    if result.label is not None and result.probability is not None:
        named = result.label if not found else label(*_of(found[0]), language)
        both = ("“{}” has a chance of {}.", "“{}”的可能性是{}。")
        parts.append(put(language, both).format(named, _share(result.probability)))
    parts += [_because(one, language) for one in found]
    if not found:
        parts.append(put(language, ("No single words or events carry it.", "没有哪句话或哪个行为能单独说明。")))
    return _joined(parts, language)


def _because(one: Evidence, language: Language) -> str:
    named = label(*_of(one), language)
    if one.quote is None:
        both = ("“{}” comes from the event {}.", "“{}”来自行为{}。")
        return put(language, both).format(named, one.source)
    both = ("“{}”: because they wrote “{}”.", "“{}”：因为写了“{}”。")
    return put(language, both).format(named, one.quote)


def _of(one: Evidence) -> tuple[str, str]:
    task, _, name = one.supports.partition(".")
    return task, name


def _ranking(result: Ranking, language: Language) -> str:
    if result.status not in ("ok", "insufficient_data"):
        return put(language, _NO_ANSWER[result.status])
    best = [f"{one.rank}. {one.id}" for one in result.ranked[:_MOST]]
    if not result.needs:
        both = (
            "Nothing said so far tells these products apart: what matters most? In the order given: {}.",
            "目前的话还分不出这些商品的高下：最看重什么？按原来的顺序：{}。",
        )
        return put(language, both).format(("，" if language == "zh" else ", ").join(best))
    avoids = put(language, ("not ", "不要"))
    wants = [f"{avoids if one.polarity == 'avoids' else ''}{one.value}" for one in result.needs[:4]]
    both = ("Best first: {}. They asked for {}.", "推荐顺序：{}。因为提到了{}。")
    sign = "、" if language == "zh" else ", "
    return put(language, both).format(sign.join(best), sign.join(wants))

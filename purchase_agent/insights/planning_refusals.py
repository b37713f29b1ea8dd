"""What cannot be answered, and how that is said."""

from __future__ import annotations

from collections.abc import Sequence

from purchase_agent.insights.answers import Choice
from purchase_agent.insights.names import Both, put
from purchase_agent.insights.planning_conditions import no_place, place
from purchase_agent.insights.planning_cues import NEVER
from purchase_agent.insights.planning_slots import Slots
from purchase_agent.insights.planning_time import HORIZON, SLACK
from purchase_agent.insights.queries import Language

ABILITIES: Both = (
    (
        "who is ready to buy and why, what holds shoppers back, why they want it, how intent moved since the last run, "
        "how many units are expected, the words behind an answer, two groups compared, the funnel, top categories, "
        "items and searches, next steps, when they buy, and one shopper's profile"
    ),
    (
        "谁准备购买及原因、购买顾虑、购买动机、意向与上次相比的变化、预计需求件数、答案背后的原话、两组顾客对比、"
        "意向漏斗、热门品类/商品/搜索、下一步行为、购买时间、单个顾客的画像"
    ),
)
_REFUSALS: dict[str, Both] = {
    "personal": (
        "I do not tell names, addresses, phone numbers or other personal data of shoppers.",
        "抱歉，我不提供顾客的姓名、地址、电话等个人信息。",
    ),
    "sensitive": (
        "I do not draw conclusions on health, beliefs, origin, money or private life of persons.",
        "抱歉，我不推断个人的健康、信仰、出身、财务或私生活。",
    ),
    "command": (
        "I only answer questions about the store: I run no commands, change nothing and write to nobody.",
        "抱歉，我只回答关于库中数据的问题，不执行命令、不修改数据，也不发送消息。",
    ),
    "others": (
        "I only know the shoppers in this store, nothing of other companies or the market.",
        "抱歉，我只了解本库中的顾客，不了解其他公司或市场。",
    ),
    "causes": (
        "The store tells what shoppers intend, not what caused a change or what would happen if one were made.",
        "抱歉，库中只有顾客的意向，无法说明变化的原因，也无法推断改变做法会带来什么结果。",
    ),
    "traits": (
        "The store knows nothing of shoppers' age, gender, family, work, place or device.",
        "抱歉，库中没有顾客的年龄、性别、家庭、职业、地区或设备信息。",
    ),
    "persons": (
        "I tell of groups and give no lists of shoppers; purchase-agent export audience makes such a list.",
        "抱歉，我只回答群体情况，不列出具体顾客；名单请用 purchase-agent export audience 导出。",
    ),
    "advice": (
        "I tell what is known of shoppers; what to do about it is for you to decide.",
        "抱歉，我只说明已知的顾客情况，具体怎么做需要您来决定。",
    ),
    "business": (
        "Sales, revenue, costs, stock and traffic of the past are not in the store.",
        "抱歉，库中没有以往的销售额、收入、成本、库存或流量数据。",
    ),
    "off_topic": ("That is not about the shoppers in this store.", "抱歉，这与本库中的顾客无关。"),
    "horizon": (
        f"Predictions reach {HORIZON} days ahead and no further.", f"抱歉，预测最远只到未来{HORIZON}天。"
    ),
    "past": (
        "I tell what is expected, not what happened in a past week or month; ask how it moved since the last run.",
        "抱歉，我只预测将来，不统计过去某周或某月；可以问与上次运行相比的变化。",
    ),
    "unclear": (
        "I did not understand that as a question about the shoppers in this store.",
        "抱歉，我没看懂这个关于库中顾客的问题。",
    ),
    "negated": (
        "I tell who meets a condition and not who does not. Ask for those who do: their share tells how many are left.",
        "抱歉，我只统计符合某个条件的顾客，不统计不符合的。请问符合条件的有多少，从占比可以看出其余的。",
    ),
    "what may be asked": ("", ""),
    "narrow": (
        "That names more than two conditions at once; so small a group is not told. Ask with at most two.",
        "抱歉，一次最多两个条件，群体太小不予显示。请减少条件再问。",
    ),
}  # fmt: skip
_CAN: Both = ("I can tell: {}.", "我可以回答：{}。")
_WHICH: Both = ("Which do you mean: {}?", "您想问的是：{}？")
_TOLD_ABILITIES = frozenset({"off_topic", "unclear", "what may be asked", "command", "others", "traits", "advice"})


def refusal(reason: str, language: Language, choices: Sequence[Choice] = (), *, where: str | None = None) -> str:
    """What is said where no query is run; ``which`` names the choices; ``where``: the place asked about."""
    if reason == "which":
        return put(language, _WHICH).format(put(language, ("; or ", "；还是")).join(one.title for one in choices))
    said = put(language, _REFUSALS[reason] if where is None else no_place(where))
    if reason in _TOLD_ABILITIES:
        can = put(language, _CAN).format(put(language, ABILITIES))
        return f"{said}{put(language, (' ', ''))}{can}".strip()
    return said


def refused_before(text: str, found: Slots) -> str | None:
    """The reason for which a folded question can never be answered, whatever else it asks."""
    elsewhere = "traits" if place(_unnamed(text, found)) is not None else None
    never = next((reason for reason, pattern in NEVER if pattern.search(text)), elsewhere)
    return "horizon" if never is None and found.days is not None and found.days > HORIZON + SLACK else never


def where_of(text: str, found: Slots, reason: str) -> str | None:
    """The place for which a folded question was refused; None where it was for something else."""
    never = any(pattern.search(text) for _, pattern in NEVER)
    return place(_unnamed(text, found)) if reason == "traits" and not never else None


def _unnamed(text: str, found: Slots) -> str:
    """A question without the shop's own names, some of which sound like places: "french press"."""
    for one in found.mentions:
        if one.slot in ("category", "item"):
            text = text[: one.start] + "." * (one.end - one.start) + text[one.end :]
    return text

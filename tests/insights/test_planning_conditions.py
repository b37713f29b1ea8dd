"""Places: the store does not hold where shoppers are, so no question about a place is told for all of them."""

import pytest

from purchase_agent.eval.insight_questions import SHOPS
from purchase_agent.insights.planning import Plan, QuestionPlanner
from purchase_agent.insights.source import Values
from purchase_agent.planner_matching import is_chinese


def _plan(question: str) -> Plan:
    planner = QuestionPlanner(SHOPS["sample"], lambda name: name.startswith("c0"))
    return planner.plan(question, language="zh" if is_chinese(question) else "en")


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("who is ready to buy this week in Berlin", "Berlin"), ("who is ready to buy in Shanghai", "Shanghai"),
        ("what holds people back in London or Paris?", "London"), ("who will buy shoes in Germany", "Germany"),
        ("anyone in Munich about to order shoes?", "Munich"), ("top searches in Amsterdam", "Amsterdam"),
        ("how many kettles will we sell in Japan next month?", "Japan"), ("London: who is ready to buy?", "London"),
        ("which items are popular around Tokyo", "Tokyo"), ("show me the funnel for Spain", "Spain"),
        ("what do people in the US worry about", "US"), ("quotes about price from New York", "New York"),
        ("how much coffee can we sell in Hong Kong over the next quarter", "Hong Kong"),
        ("Paris - what holds them back?", "Paris"), ("list the top categories across Europe", "Europe"),
        ("what are Italy's shoppers after", "Italy"), ("What holds back shoppers from Berlin?", "Berlin"),
        ("在上海谁准备购买？", "上海"), ("上海的谁会买手机？", "上海"), ("上海的顾虑", "上海"),
        ("北京哪些人本周会买？", "北京"), ("深圳能卖多少水壶？", "深圳"), ("在德国大家为什么想买手机", "德国"),
        ("杭州那边的需求是多少", "杭州"), ("广州和成都谁更想买", "广州"), ("日本市场有什么顾虑", "日本"),
        ("天津有多少人准备下单", "天津"), ("香港的热门商品是什么", "香港"), ("四川的购买动机是什么", "四川"),
    ],
)  # fmt: skip
def test_a_place_is_refused_by_its_name(question: str, place: str) -> None:
    found = _plan(question)
    assert (found.query, found.reason) == (None, "traits")
    assert f"“{place}”" in str(found.said)


def test_a_place_in_a_follow_up_is_refused_too() -> None:
    planner = QuestionPlanner(SHOPS["sample"])
    before = planner.plan("Who is ready to buy this week?").query
    assert planner.plan("and in Berlin?", before=before).reason == "traits"
    assert planner.plan("那上海呢？", before=before).query is None


@pytest.mark.parametrize(
    "question",
    [
        "what holds people back in shoes", "Who is in the market for phones?", "how many kettles in the next 30 days",
        "what holds Chinese shoppers back in outdoor", "中文顾客有什么顾虑", "有人在国内外比价吗",
        "Why do people come to us for shoes?",
    ],
)  # fmt: skip
def test_no_place_is_found_where_none_is_meant(question: str) -> None:
    assert _plan(question).reason != "traits"


def test_names_of_the_shop_are_no_places() -> None:
    shop = Values(("china", "berlin wool"), ("tokyo-lamp", "上海香皂"))
    for question in (
        "What holds people back in china?", "Who is ready to buy berlin wool this week?",
        "What holds people back on the tokyo-lamp?", "大家对上海香皂有什么顾虑？",
    ):  # fmt: skip
        assert QuestionPlanner(shop).plan(question).query is not None, question

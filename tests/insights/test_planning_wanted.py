"""Two groups in one question: they are compared, or asked about one at a time; none is dropped. And who is ready."""

from typing import Any

import pytest

from purchase_agent.eval.insight_questions import SHOPS
from purchase_agent.insights import read_query
from purchase_agent.insights.planning import Plan, QuestionPlanner
from purchase_agent.insights.queries import AnyQuery, ReadyQuery
from purchase_agent.planner_matching import is_chinese


def _plan(question: str, before: AnyQuery | None = None) -> Plan:
    planner = QuestionPlanner(SHOPS["sample"], lambda name: name.startswith("c0"))
    return planner.plan(question, language="zh" if is_chinese(question) else "en", before=before)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("how did intent move on phones and shoes", "movement"), ("手机和鞋子的意向有什么变化？", "movement"),
        ("Has readiness changed for coffee and skincare?", "movement"), ("新老顾客的意向分别有什么变化", "movement"),
        ("how did intent move for new and returning customers", "movement"),
        ("intent movement: skincare, phones", "movement"), ("咖啡和护肤品的意向跟上次比怎么样", "movement"),
        ("top items for phones and shoes", "top"), ("手机和鞋子里最热门的商品", "top"),
        ("top searches for Chinese and English shoppers", "top"), ("护肤品和母婴的热门商品", "top"),
        ("show me what people say about price on phones and shoes", "evidence"),
        ("what do people say about price and delivery", "evidence"),
        ("show me what c00012 says about price and delivery", "evidence"),
        ("给我看手机和咖啡关于价格的原话", "evidence"), ("水壶和帐篷关于质量的原话", "evidence"),
        ("how many kettles and phones in the next 30 days", "demand"),
        ("未来30天鞋子和水壶各卖多少", "demand"),
    ],
)  # fmt: skip
def test_what_is_told_of_one_group_is_asked_back_for_two(question: str, kind: str) -> None:
    found = _plan(question)
    assert (found.query, found.reason) == (None, None)
    assert [one.query.kind for one in found.choices] == [kind, kind]
    assert found.choices[0].query != found.choices[1].query


def test_it_is_said_between_which_two() -> None:
    assert "phones or shoes" in str(_plan("how did intent move on phones and shoes").said)
    assert "phones还是shoes" in str(_plan("手机和鞋子的意向有什么变化？").said)


@pytest.mark.parametrize(
    ("question", "first", "second", "measure"),
    [
        ("kettles vs phones: what holds people back", {"item": "kettle"}, {"category": "phones"}, "barrier"),
        ("what holds people back on kettles and coffee", {"item": "kettle"}, {"category": "coffee"}, "barrier"),
        ("tents or shoes: why do people want them", {"item": "tent"}, {"category": "shoes"}, "motivation"),
        ("水壶和手机，大家有什么顾虑", {"item": "kettle"}, {"category": "phones"}, "barrier"),
        ("帐篷跟咖啡的动机有什么不同", {"item": "tent"}, {"category": "coffee"}, "motivation"),
        ("大家对咖啡和水壶有什么顾虑", {"category": "coffee"}, {"item": "kettle"}, "barrier"),
        ("who is ready to buy kettles and shoes this month", {"item": "kettle"}, {"category": "shoes"}, "ready"),
        ("funnel for the stroller and phones", {"item": "stroller"}, {"category": "phones"}, "intent"),
        ("when will people buy kettles and coffee", {"item": "kettle"}, {"category": "coffee"}, "timing"),
        ("what will people do next on phones and the tent", {"category": "phones"}, {"item": "tent"}, "next_action"),
        ("compare kettles and phones for Chinese shoppers by barrier",
         {"item": "kettle", "language": "zh"}, {"category": "phones", "language": "zh"}, "barrier"),
    ],
)  # fmt: skip
def test_an_item_beside_a_category_is_another_group(
    question: str, first: dict[str, str], second: dict[str, str], measure: str
) -> None:
    assert _plan(question).query == read_query(
        {"kind": "compare", "first": first, "second": second, "measure": measure}
    )


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("what holds people back on the kettle in kitchen", {"item": "kettle"}),
        ("厨房里的水壶大家有什么顾虑", {"item": "kettle"}),
        ("旗舰手机phone-pro，大家为什么下不了手？", {"item": "phone-pro"}),
        ("what holds people who look at phones back on the kettle", {"category": "phones", "item": "kettle"}),
    ],
)
def test_an_item_in_its_category_is_one_group(question: str, where: dict[str, str]) -> None:
    assert _plan(question).query == read_query({"kind": "barriers", "filter": where})


@pytest.mark.parametrize(
    "question",
    [
        "what holds people back on kettles, phones and shoes", "how did intent move on kettles, phones and shoes",
        "what holds Chinese and English shoppers back on phones and shoes",
    ],
)  # fmt: skip
def test_more_than_two_groups_are_asked_back(question: str) -> None:
    found = _plan(question)
    assert (found.query, found.reason) == (None, None)
    assert "two" in str(found.said)


@pytest.mark.parametrize(
    "first", ["Who is ready to buy this week?", "Top items?", "How many coffee-1kg in the next 30 days?"]
)
def test_a_follow_up_drops_no_group_either(first: str) -> None:
    before = _plan(first).query
    found = _plan("and for phones and kettles?", before)
    assert before is not None
    assert (found.query, found.reason) == (None, None)
    assert [one.query.kind for one in found.choices] == [before.kind] * 2
    assert ["phones" in str(one.query) for one in found.choices] == [True, False]


@pytest.mark.parametrize(
    "question",
    [
        "who is ready", "who is ready?", "who is ready now?", "Who is ready please", "so who is ready?",
        "who are ready?", "who is ready at the moment?", "who is now ready", "which ones are ready", "谁准备好了",
        "谁准备好了？", "现在谁准备好了", "都有谁准备好了",
    ],
)  # fmt: skip
def test_who_is_ready_asks_about_everybody(question: str) -> None:
    assert isinstance(_plan(question).query, ReadyQuery)


def test_a_shopper_without_an_id_is_still_asked_back() -> None:
    assert "id" in str(_plan("tell me about this shopper").said)


def test_more_of_a_follow_up_than_two_is_asked_back() -> None:
    kept: dict[str, Any] = {"kind": "barriers", "filter": {"category": "shoes"}}
    found = _plan("and for phones, baby and coffee?", read_query(kept))
    assert found.query is None

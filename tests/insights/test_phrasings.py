"""Ways of asking that a writer's questions had and no example did: other words for each, in both languages."""

from typing import Any

import pytest

from purchase_agent.eval.insight_questions import SHOPS
from purchase_agent.insights import read_query
from purchase_agent.insights.planning import Plan, QuestionPlanner
from purchase_agent.insights.planning_values import Names
from purchase_agent.insights.source import Values


def _plan(question: str, shop: str = "sample") -> Plan:
    return QuestionPlanner(SHOPS[shop], lambda name: name.startswith("c0")).plan(question)


def _meets(question: str, wanted: dict[str, Any], shop: str = "sample") -> None:
    assert _plan(question, shop).query == read_query(wanted), question


def _doubts(barrier: str, **where: str) -> dict[str, Any]:
    return {"kind": "barriers", "focus": barrier, "filter": where}


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("How many shoppers don't think the phones are any good?", {"category": "phones"}),
        ("How many aren't convinced the kettle will last?", {"item": "kettle"}),
        ("How many people doubt that the cream works?", {"item": "cream"}),
        ("How many aren't confident the stroller is sturdy enough?", {"item": "stroller"}),
        ("How many coffee shoppers do not believe it is good enough?", {"category": "coffee"}),
        ("How many of them can't tell whether the tent is well made?", {"item": "tent"}),
        ("How many customers don't trust the quality?", {}),
        ("怕不好用的有多少人", {}), ("有多少人担心东西不好用？", {}),
        ("不确定水壶好不好用的有几个", {"item": "kettle"}),
        ("不相信面霜有效果的有多少", {"item": "cream"}),
        ("担心护肤品没效果的有多少", {"category": "skincare"}), ("觉得手机用不住的有多少人", {"category": "phones"}),
    ],
)  # fmt: skip
def test_doubts_about_quality_are_said_with_a_denial(question: str, where: dict[str, str]) -> None:
    _meets(question, _doubts("quality_doubt", **where))


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Show me the words of shoppers who aren't sure the shoes will fit", {"kind": "evidence", "category": "shoes"}),
        ("Quotes from people who don't believe the shoe-run will fit them", {"kind": "evidence", "item": "shoe-run"}),
        ("What exactly do people say who doubt that the stroller will fit?", {"kind": "evidence", "item": "stroller"}),
        ("How many don't think the stroller is the right size?", {"item": "stroller"}),
        ("How many are not convinced the size is right?", {}),
        ("担心不合脚的人原话是什么", {"kind": "evidence"}),
        ("给我看看怕鞋子不合脚的人的原话", {"kind": "evidence", "category": "shoes"}),
        ("觉得穿不上的有多少", {}), ("不确定合不合脚的有几个人", {}), ("怕鞋子挤脚的有多少人", {"category": "shoes"}),
    ],
)  # fmt: skip
def test_doubts_about_the_fit_are_said_with_a_denial(question: str, wanted: dict[str, str]) -> None:
    where = {slot: value for slot, value in wanted.items() if slot != "kind"}
    barrier = "fit_or_compatibility"
    told = {"kind": "evidence", "filter": {"barrier": barrier, **where}} if "kind" in wanted else None
    _meets(question, told or _doubts(barrier, **where))


@pytest.mark.parametrize(
    "question",
    [
        "How many don't doubt that the product is any good?", "How many are sure the shoes will fit?",
        "Quotes of people who don't worry that the shoes won't fit", "How many believe that the tent will fit?",
        "How many do not think the quality is a problem?", "How many think the shoes are good quality?",
        "不怕不好用的有多少人", "不担心不合脚的人有多少", "不担心买到假货的有多少人", "不觉得贵的有多少人",
    ],
)  # fmt: skip
def test_who_has_no_such_doubt_is_not_told_as_who_has(question: str) -> None:
    found = _plan(question)
    assert (found.query, found.reason) == (None, "negated")


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("How many do not have any plans to purchase?", {}), ("How many haven't got any intention of ordering?", {}),
        ("How many don't have the slightest intention of buying phones?", {"filter": {"category": "phones"}}),
        ("How many shoppers are without any intention to buy?", {}), ("How many lack any intention to buy?", {}),
        ("How many aren't interested in buying anything?", {}),
        ("一点购买意向都没有的有多少", {}), ("没有任何下单打算的人有几个", {}), ("没有要买的打算的有多少人", {}),
        ("压根没有购买意愿的有多少", {}),
    ],
)  # fmt: skip
def test_who_has_no_plans_to_buy_is_a_stage(question: str, wanted: dict[str, Any]) -> None:
    _meets(question, {"kind": "funnel", "focus": "none", **wanted})


@pytest.mark.parametrize("question", ["How many have any intention to buy?", "有没有购买意向的人有多少"])
def test_who_has_plans_is_not_told_as_who_has_none(question: str) -> None:
    query = _plan(question).query
    assert query is None or "none" not in str(query.model_dump(exclude_none=True))


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("I don't need a long report, just tell me who will buy this week", {"kind": "ready", "days": 7}),
        ("Nothing fancy please: how many kettles in the next 30 days?", {"kind": "demand", "item": "kettle"}),
        ("No need for charts, what holds people back on shoes?", {"kind": "barriers", "filter": {"category": "shoes"}}),
        ("Don't bother with details - why do people want tents?", {"kind": "motivations", "filter": {"item": "tent"}}),
        ("How many people are at each stage? I don't want anything fancy.", {"kind": "funnel"}),
        ("It doesn't have to be exact, how many units of coffee over the next quarter?",
         {"kind": "demand", "category": "coffee", "days": 90}),
        ("I don't have much time today, who is ready to buy within 30 days?", {"kind": "ready", "days": 30}),
        ("I don't need you to be exact: how many kettles next month?", {"kind": "demand", "item": "kettle"}),
        ("Doesn't have to be pretty. Top searches?", {"kind": "top", "what": "searches"}),
        ("Not interested in details, what holds people back on phones?",
         {"kind": "barriers", "filter": {"category": "phones"}}),
        ("不用太详细，下个季度总共能卖多少件就行", {"kind": "demand", "days": 90}),
        ("别整太复杂，大家对手机有什么顾虑？", {"kind": "barriers", "filter": {"category": "phones"}}),
        ("不需要特别精确，未来30天水壶能卖多少件？", {"kind": "demand", "item": "kettle"}),
        ("本周谁会买？不用解释太多", {"kind": "ready", "days": 7}),
    ],
)  # fmt: skip
def test_what_the_asker_does_not_need_is_no_condition(question: str, wanted: dict[str, Any]) -> None:
    _meets(question, wanted)


@pytest.mark.parametrize(
    "question",
    [
        "No price concerns: how many are there?", "Not ready to buy, how many people are there?",
        "Don't include the coffee shoppers, what holds people back?", "不担心价格，这样的人有多少",
        "Don't tell me about coffee, what holds people back?", "别算看咖啡的人，大家有什么顾虑",
        "I don't want coffee shoppers in it, what holds people back?",
    ],
)  # fmt: skip
def test_a_denial_of_shoppers_beside_the_question_is_not_dropped(question: str) -> None:
    assert _plan(question).query is None


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("图省事的那帮人有什么顾虑", {"kind": "barriers", "filter": {"motivation": "convenience"}}),
        ("冲着便宜来的那拨人什么时候买", {"kind": "timing", "filter": {"motivation": "price_value"}}),
        ("想尝鲜的这群人，卡在哪儿了？", {"kind": "barriers", "filter": {"motivation": "novelty"}}),
        ("送礼的那部分人下一步会做什么", {"kind": "next_steps", "filter": {"motivation": "gift"}}),
        ("以旧换新的那些人为什么犹豫", {"kind": "barriers", "filter": {"motivation": "replacement"}}),
        ("嫌贵的那群人下一步会干嘛", {"kind": "next_steps", "filter": {"barrier": "price"}}),
    ],
)  # fmt: skip
def test_a_group_is_named_by_its_motive_alone(question: str, wanted: dict[str, Any]) -> None:
    _meets(question, wanted)


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("补货的和送礼的，这两帮人担心的有什么不一样", "replenishment", "gift"),
        ("换新的跟图便宜的两伙人，顾虑有什么区别", "replacement", "price_value"),
        ("送礼的和尝鲜的，两拨人的顾虑差在哪", "gift", "novelty"),
        ("图方便的跟换旧的，这两类人的顾虑一样吗", "convenience", "replacement"),
        ("对比一下自己享受的和送人的，各自有啥顾虑", "enjoyment", "gift"),
    ],
)
def test_two_groups_are_named_by_their_motives_alone(question: str, first: str, second: str) -> None:
    groups = {"first": {"motivation": first}, "second": {"motivation": second}}
    _meets(question, {"kind": "compare", **groups, "measure": "barrier"})


@pytest.mark.parametrize(
    ("question", "shop", "where"),
    [
        ("大家买耳机图点啥？", "home", {"category": "headphones"}),
        ("他们买茶叶图的是个啥", "home", {"category": "tea"}),
        ("买沙发的人到底图个什么", "home", {"category": "sofas"}), ("都为了啥买帐篷呀", "sample", {"item": "tent"}),
        ("老顾客买咖啡是图啥", "sample", {"category": "coffee", "customers": "returning"}),
    ],
)  # fmt: skip
def test_why_is_asked_as_people_talk(question: str, shop: str, where: dict[str, str]) -> None:
    _meets(question, {"kind": "motivations", "filter": where}, shop)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("未来30天面霜要备多少件", {"kind": "demand", "item": "cream"}),
        ("大家为什么想买面霜", {"kind": "motivations", "filter": {"item": "cream"}}),
        ("两周内谁会买面霜", {"kind": "ready", "days": 14, "filter": {"item": "cream"}}),
        ("面霜卖不动，大家在犹豫什么", {"kind": "barriers", "filter": {"item": "cream"}}),
        ("下个月防晒霜能卖多少件", {"kind": "demand", "item": "sunscreen"}),
        ("下个月能卖多少支护手霜", {"kind": "demand", "item": "cream"}),
        ("What holds people back on the hand cream?", {"kind": "barriers", "filter": {"item": "cream"}}),
    ],
)  # fmt: skip
def test_an_item_is_named_in_the_other_language(question: str, wanted: dict[str, Any]) -> None:
    _meets(question, wanted)


def test_a_wide_name_has_the_narrower_ones_of_the_other_language_and_no_others() -> None:
    names = Names(Values(("skincare",), ("cream",)))
    assert {one.value for one in names.find("面霜 眼霜 防晒霜")} == {"cream"}
    assert names.find("爽肤水 沐浴露 隔离霜") == []
    assert [one.value for one in Names(Values((), ("cream", "sun-cream"))).find("防晒霜 面霜")] == [
        "sun-cream",
        "cream",
    ]
    assert Names(Values((), ("coffee-machine",))).find("洗衣机") == []


@pytest.mark.parametrize(
    ("question", "wanted", "where"),
    [
        ("为什么没有新顾客下单？", {"kind": "barriers"}, {"customers": "new"}),
        ("How much has intent improved since the last run?", {"kind": "movement"}, {}),
        ("How many customers who never ordered want a gift?", {}, {"customers": "new"}),
        ("How many people worry about finding a good fit?", {"focus": "fit_or_compatibility"}, {}),
        ("What stops people from paying?", {"kind": "barriers"}, {}),
        ("What keeps customers from committing?", {"kind": "barriers"}, {}),
        ("What stops shoppers from finishing their order?", {"kind": "barriers"}, {}),
        ("顾客为什么不打算买手机？", {"kind": "barriers"}, {"category": "phones"}),
        ("大家为什么不会买帐篷？", {"kind": "barriers"}, {"item": "tent"}),
        ("意向最低的阶段是哪个？", {"kind": "funnel"}, {}),
        ("不用太详细的未来60天报告，谁准备买？", {"kind": "ready", "days": 60}, {}),
        (
            "Nothing fancy for the next 14 days, who will buy shoes?",
            {"kind": "ready", "days": 14},
            {"category": "shoes"},
        ),
    ],
)
def test_a_sign_that_denies_nothing_leaves_the_question_as_it_is(
    question: str, wanted: dict[str, Any], where: dict[str, str]
) -> None:
    query = _plan(question).query
    assert query is not None, question
    told = query.model_dump(exclude_none=True)
    assert told == {**told, **wanted, "filter": {**told.get("filter", {}), **where}}, question


@pytest.mark.parametrize(
    "question",
    [
        "I don't know who is likely to buy this week, can you tell me?", "I can't tell who is ready to buy",
        "未来准备下单的有多少人？", "非常想送礼的顾客有多少？", "How many people can't find the right size?",
        "我不要名单只要会买鞋的人数", "Do customers who have never bought worry about price?",
        "How many people above 50% chance are there?",
    ],
)  # fmt: skip
def test_what_the_asker_denies_is_not_said_of_shoppers(question: str) -> None:
    assert _plan(question).reason not in {"negated", "traits"}, question


def test_the_shops_own_names_are_no_places() -> None:
    shop = Values(("korean beauty", "china"), ("french-press", "dutch-oven"))
    for question in ("What holds french press buyers back?", "How many korean beauty shoppers are ready to buy?"):
        assert QuestionPlanner(shop).plan(question).query is not None, question

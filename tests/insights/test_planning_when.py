"""Times of the calendar and times that are over: no question is answered for another time without a word."""

from typing import Any

import pytest

from purchase_agent.eval.insight_questions import SHOPS
from purchase_agent.insights import read_query
from purchase_agent.insights.planning import Plan, QuestionPlanner
from purchase_agent.insights.planning_calendar import dated
from purchase_agent.insights.queries import AnyQuery, MovementQuery
from purchase_agent.planner_matching import is_chinese


def _plan(question: str, shop: str = "sample", before: AnyQuery | None = None) -> Plan:
    planner = QuestionPlanner(SHOPS[shop], lambda name: name.startswith("c0"))
    return planner.plan(question, language="zh" if is_chinese(question) else "en", before=before)


@pytest.mark.parametrize(
    "question",
    [
        "what held people back in October?", "what held people back last month?",
        "why did people want shoes last week?", "What did c00012 want last week?",
        "what were people worried about yesterday?", "top searches in September", "show me the funnel of two weeks ago",
        "why did shoppers want coffee over the past three months", "which items were popular last Black Friday?",
        "quotes about price from the week before last", "what did Chinese shoppers search for earlier this month",
        "Which barriers were strongest in the spring?", "who was ready to buy yesterday",
        "reasons people gave during the last holidays",
        "上个月大家有什么顾虑？", "十月大家为什么想要咖啡？", "两周前大家有什么顾虑", "前几天大家都在搜什么",
        "去年双十一大家有什么顾虑", "上个礼拜的热门商品", "过去三个月老顾客的顾虑", "上季度各阶段有多少人",
        "给我看上周关于价格的原话", "前年大家为什么买手机", "上个星期有多少人准备买", "九月份担心配送的有多少",
    ],
)  # fmt: skip
def test_what_is_over_is_refused_whatever_is_asked(question: str) -> None:
    found = _plan(question)
    assert (found.query, found.reason) == (None, "past")


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("who will buy before Black Friday", 7), ("who'll buy shoes ahead of Easter", 7),
        ("who is going to order before the holidays", 7), ("how many buyers by December 15th", 7),
        ("who will buy on Boxing Day", 7), ("which shoppers will buy before 2026-12-24", 7),
        ("how many will buy during Golden Week", 7), ("who will purchase in time for Mother's Day", 7),
        ("how many phones will we sell by Christmas?", 5), ("units of coffee until the end of November", 5),
        ("demand for kettles in December", 5), ("units for the Chinese New Year", 5),
        ("how many tents up to mid-December", 5), ("how many orders of coffee until Valentine's Day", 5),
        ("双十一前谁会买？", 7), ("国庆前谁会买手机？", 7), ("黑五期间谁会买？", 7), ("12月25日前谁会买水壶", 7),
        ("过年前谁准备购买", 7), ("十一前有多少人会买鞋", 7), ("618之前谁会下单", 7), ("谁会赶在母亲节前买面霜", 7),
        ("圣诞节前能卖多少水壶？", 5), ("春节前水壶的需求是多少", 5), ("情人节当天能卖多少件护肤品", 5),
        ("到元旦能卖多少件护肤品", 5), ("中秋节之前能卖多少件咖啡", 5),
    ],
)  # fmt: skip
def test_before_a_day_it_is_asked_which_window_is_meant(question: str, kept: int) -> None:
    found = _plan(question)
    assert (found.query, found.reason, len(found.choices)) == (None, None, kept)
    assert "90" in str(found.said)


@pytest.mark.parametrize("question", ["What holds people back before Christmas?", "春节前大家会有什么顾虑？"])
def test_what_has_no_window_is_asked_back_as_of_now(question: str) -> None:
    found = _plan(question)
    assert (found.query, found.reason) == (None, None)
    assert [one.query.kind for one in found.choices] == ["barriers"]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("who will buy before the weekend?", {"kind": "ready", "days": 3}),
        ("how many kettles before Friday?", {"kind": "demand", "item": "kettle", "days": 7}),
        ("周五前能卖多少水壶", {"kind": "demand", "item": "kettle", "days": 7}),
        ("who will buy by the end of the month", {"kind": "ready", "days": 30}),
        ("想送圣诞礼物的有多少人", {"kind": "motivations", "focus": "gift"}),
        ("customers who ordered before: what holds them back",
         {"kind": "barriers", "filter": {"customers": "returning"}}),
        ("how many per month by category", {"kind": "demand", "by": "category"}),
    ],
)  # fmt: skip
def test_other_windows_and_reasons_stay_what_they_are(question: str, wanted: dict[str, Any]) -> None:
    assert _plan(question).query == read_query(wanted)


@pytest.mark.parametrize(
    "question", ["why do people want tents for Christmas?", "春节的礼物大家想要什么", "是不是因为放假大家才买得多？"]
)
def test_a_festival_that_is_the_reason_is_no_time(question: str) -> None:
    assert list(dated(question.casefold())) == []


@pytest.mark.parametrize(
    "question",
    [
        "how did intent move since January?", "did readiness change since the summer sale?",
        "how has intent for tea developed since March", "how did intent move over the last three months",
        "how did intent move since the beginning of the year", "did people get closer to buying since Easter",
        "how has the funnel moved since 1 September", "how did intent move since the price rise",
        "意向从九月到现在有什么变化", "国庆以来意向怎么变了", "三个月前到现在意向变化如何", "跟去年比意向有变化吗",
        "自双十一以来购买意向变化", "从六月到现在意向涨了吗",
    ],
)  # fmt: skip
def test_movement_since_a_day_is_asked_back_with_the_runs(question: str) -> None:
    found = _plan(question, "home")
    assert (found.query, found.reason) == (None, None)
    assert [one.query.model_dump()["since"] for one in found.choices] == [None, 3, 2, 1]
    assert all(f"{number}" in str(found.said) for number in (3, 2, 1))


@pytest.mark.parametrize(
    ("question", "since"),
    [
        ("how did intent move since two runs ago", 3), ("since the run before last, has readiness changed?", 3),
        ("How did intent move since 3 runs ago?", 2), ("意向和上上次比怎么样", 3), ("比起三次运行前意向怎么样", 2),
    ],
)  # fmt: skip
def test_runs_are_counted_back(question: str, since: int) -> None:
    query = _plan(question, "home").query
    assert isinstance(query, MovementQuery)
    assert query.since == since
    asked = _plan(question)  # a store of two runs
    assert (asked.query, asked.reason, len(asked.choices)) == (None, None, 1)


@pytest.mark.parametrize("question", ["Did intent rise or fall since last week?", "上周以来意向有什么变化？"])
def test_since_last_week_is_told_since_the_run_before_and_said(question: str) -> None:
    found = _plan(question)
    assert isinstance(found.query, MovementQuery)
    assert found.notes


@pytest.mark.parametrize(
    "question",
    [
        "What holds people back on shoes this month?",
        "这个月大家对鞋子有什么顾虑？",
        "What data did you hold last month?",
    ],
)
def test_a_window_that_a_kind_does_not_have_is_said(question: str) -> None:
    found = _plan(question)
    assert found.query is not None
    assert found.notes


@pytest.mark.parametrize(
    ("first", "question", "reason", "choices"),
    [
        ("Who is ready to buy this week?", "and last month?", "past", 0),
        ("Who is ready to buy this week?", "and for phones last month?", "past", 0),
        ("Who is ready to buy this week?", "那双十一前呢？", None, 7),
        ("How many kettles in the next 30 days?", "and before Christmas?", None, 5),
        ("What holds people back on shoes?", "and before Christmas?", None, 1),
        ("How did intent move since the last run?", "and since January?", None, 1),
    ],
)
def test_a_follow_up_drops_no_time_either(first: str, question: str, reason: str | None, choices: int) -> None:
    found = _plan(question, before=_plan(first).query)
    assert (found.query, found.reason, len(found.choices)) == (None, reason, choices)

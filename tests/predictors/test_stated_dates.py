"""What a text tells of the days of a purchase: in English and Chinese, and what it does not tell."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchase_agent.eval.stated_dates import CASES, spans_of
from purchase_agent.labels import TIMINGS
from purchase_agent.predictors.date_forms import fold
from purchase_agent.predictors.stated_dates import LEAST, stated
from purchase_agent.training.corpus import read_jsonl

WEDNESDAY = datetime(2026, 11, 4, 12, tzinfo=UTC)
TODAY = WEDNESDAY.date()


def tell(text, as_of=WEDNESDAY, zone="UTC"):
    return stated(text, as_of, zone)


def only(text, as_of=WEDNESDAY, zone="UTC"):
    (one,) = tell(text, as_of, zone)
    return one


def day(month, number, year=2026):
    return date(year, month, number)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("I'll order it today", day(11, 4), day(11, 4)),
        ("buying it tomorrow", day(11, 5), day(11, 5)),
        ("I'll get it the day after tomorrow", day(11, 6), day(11, 6)),
        ("I'll buy it on Friday", day(11, 6), day(11, 6)),
        ("I'll buy it next Friday", day(11, 13), day(11, 13)),
        ("picking it up on sat", day(11, 7), day(11, 7)),
        ("will buy this weekend", day(11, 7), day(11, 8)),
        ("will buy next weekend", day(11, 14), day(11, 15)),
        ("will buy next week", day(11, 9), day(11, 15)),
        ("buying in three days", day(11, 7), day(11, 7)),
        ("buying in 2 weeks", day(11, 16), day(11, 20)),
        ("will order in a couple of months", day(12, 28), day(1, 11, 2027)),
        ("I'll buy it at the end of the month", day(11, 25), day(11, 30)),
        ("I'll buy it next month", day(12, 1), day(12, 31)),
        ("I'll buy one in March", day(3, 1, 2027), day(3, 31, 2027)),
        ("I'm buying it on 20 November", day(11, 20), day(11, 20)),
        ("I'm buying it on November 20th", day(11, 20), day(11, 20)),
        ("I'm buying it on the 20th", day(11, 20), day(11, 20)),
        ("I'll order on 2027-01-05", day(1, 5, 2027), day(1, 5, 2027)),
        ("we buy next summer", day(6, 1, 2027), day(8, 31, 2027)),
        ("we buy next year", day(1, 1, 2027), day(12, 31, 2027)),
        ("we buy in the new year", day(1, 1, 2027), day(1, 31, 2027)),
        ("we buy next quarter", day(1, 1, 2027), day(3, 31, 2027)),
        ("not buying until january", day(1, 1, 2027), day(1, 31, 2027)),
        ("今天下单", day(11, 4), day(11, 4)),
        ("明天去买", day(11, 5), day(11, 5)),
        ("后天去買", day(11, 6), day(11, 6)),
        ("下周三去买", day(11, 11), day(11, 11)),
        ("周一去买", day(11, 9), day(11, 9)),
        ("這週末去買", day(11, 7), day(11, 8)),
        ("下禮拜再買", day(11, 9), day(11, 15)),
        ("半个月后再买", day(11, 17), day(11, 21)),
        ("俩礼拜后再说", day(11, 16), day(11, 20)),
        ("月底再买", day(11, 25), day(11, 30)),
        ("下个月初买", day(12, 1), day(12, 8)),
        ("三月再买", day(3, 1, 2027), day(3, 31, 2027)),
        ("11月20号去提车", day(11, 20), day(11, 20)),
        ("20號去買", day(11, 20), day(11, 20)),
        ("年底再换", day(12, 1), day(12, 31)),
        ("明年三月才买", day(3, 1, 2027), day(3, 31, 2027)),
        ("明年再换", day(1, 1, 2027), day(12, 31, 2027)),
        ("开春换", day(3, 1, 2027), day(5, 31, 2027)),
        ("过完年再说", day(2, 11, 2027), day(3, 13, 2027)),
        ("下个季度采购", day(1, 1, 2027), day(3, 31, 2027)),
    ],
)
def test_a_day_told_for_the_purchase(text, earliest, latest):
    one = only(text)
    assert (one.earliest, one.latest, one.is_deadline) == (earliest, latest, False)
    assert one.kind == "stated_date"


@pytest.mark.parametrize(
    ("text", "latest", "kind"),
    [
        ("I need it by Friday", day(11, 6), "stated_date"),
        ("need it before the weekend", day(11, 6), "stated_date"),
        ("the wedding is Saturday, shoes needed", day(11, 7), "occasion"),
        ("birthday is on the 14th", day(11, 14), "occasion"),
        ("we've four days of it left", day(11, 8), "replenishment_cycle"),
        ("something for Christmas", day(12, 24), "occasion"),
        ("11月20号之前要到", day(11, 19), "stated_date"),
        ("下周三要面试，求西装", day(11, 11), "occasion"),
        ("年前能到吗", day(2, 5, 2027), "stated_date"),
        ("三天内要收到", day(11, 7), "stated_date"),
        ("七夕礼物", day(8, 7, 2027), "occasion"),
    ],
)
def test_a_deadline(text, latest, kind):
    one = only(text)
    assert (one.latest, one.is_deadline, one.kind) == (latest, True, kind)
    assert one.earliest >= TODAY


@pytest.mark.parametrize(
    "text",
    [
        "I wore it yesterday, bought last Friday", "used it for three days", "my 3 month old baby", "iPhone 12",
        "costs 618 quid", "18th birthday present", "I won't buy this year", "not today, thanks",
        "the 3rd time it broke", "bought it for christmas, love it", "every Monday", "today I looked at phones",
        "casual friday",
        "I moved on Saturday", "用了三天就坏了", "三天前下的单", "1号店的5号电池", "618元太贵", "双十一买的",
        "孩子五个月大", "12月龄", "两周一次", "今年双十一不打算买了", "上周五买的", "去年国庆买的", "今天收到了",
        "五月天的专辑", "第三天",
    ],
)  # fmt: skip
def test_no_day_of_a_purchase(text):
    assert tell(text) == []


def test_paydays():
    near = only("I'll buy it when I get paid")
    assert (near.kind, near.earliest, near.latest) == ("payday", day(11, 15), day(12, 2))
    dated = only("payday is friday, then the boots are mine")
    assert (dated.kind, dated.earliest, dated.latest) == ("payday", day(11, 6), day(11, 8))
    assert only("20号发工资就下单").earliest == day(11, 20)


def test_sales_are_bought_in_and_occasions_before():
    assert only("waiting for Black Friday").kind == "price_drop_wait"
    sale = only("I'll get it in the christmas sale")
    assert (sale.kind, sale.is_deadline, sale.earliest) == ("price_drop_wait", False, day(12, 25))
    assert only("等双十一再买").earliest == day(11, 10)
    after = only("after christmas I'll buy it")
    assert (after.earliest, after.latest, after.is_deadline) == (day(12, 26), day(1, 5, 2027), False)


def test_certainty_falls_with_hedges_and_other_buyers():
    plain, hedged, other = (
        only(text).certainty
        for text in ("I'll buy it next week", "maybe I'll buy it next week", "he is going to buy it next week")
    )
    assert plain > hedged > other >= LEAST


def test_a_day_just_past_is_none_and_one_long_past_comes_again():
    assert tell("I'm buying it on 1 November") == []
    assert only("I'm buying it on 1 May").earliest == day(5, 1, 2027)


def test_the_day_is_that_of_the_zone():
    late = datetime(2026, 11, 4, 20, tzinfo=UTC)
    assert only("明天去买", late, "Asia/Shanghai").earliest == day(11, 6)
    assert only("buying tomorrow", late, "America/New_York").earliest == day(11, 5)


def test_seasons_are_those_of_the_hemisphere():
    assert only("buying next summer", zone="Australia/Sydney").earliest == day(12, 1)


def test_places_are_code_points_of_the_text():
    text = "𠮷家：Ｘ，İ 雙十一再買 😀 or on FRIDAY I buy"
    assert [text[one.start : one.end] for one in tell(text)] == ["雙十一", "FRIDAY"]


@given(st.text(alphabet="ab İ０9 年月日号周一三后前半个天双十618.-/,。todaynextfri", max_size=60), st.integers(0, 7000))
def test_any_text_and_day(text, days):
    as_of = WEDNESDAY + timedelta(days - 3500)
    assert len(fold(text)) == len(text)
    for one in tell(text, as_of):
        assert 0 <= one.start < one.end <= len(text)
        assert as_of.date() <= one.earliest <= one.latest
        assert LEAST <= one.certainty <= 1


def test_the_calendar_cases_are_well_formed_and_dated():
    cases = list(read_jsonl(CASES))
    assert len({case["id"] for case in cases}) == len(cases) >= 100
    dated = [case for case in cases if case["timing"]]
    assert {case["timing"] for case in dated} <= set(TIMINGS)
    for case in cases:
        ZoneInfo(case["timezone"])
    assert sum(bool(spans_of(case)) for case in dated) >= 0.95 * len(dated)
    assert not [case["text"] for case in cases if not case["timing"] and spans_of(case)]

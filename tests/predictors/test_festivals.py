"""The festivals: names found in both scripts, the next days told, and the lunar table held against a library."""

from datetime import date, timedelta

import pytest

from purchase_agent.predictors.date_forms import fold
from purchase_agent.predictors.festivals import FESTIVALS, easter, find, nth_weekday, table_days

BY_NAME = {festival.name: festival for festival in FESTIVALS}


def named(text):
    return [festival.name for _, _, festival in find(fold(text))]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("等双十一", "singles_day"), ("雙11預售", "singles_day_presale"), ("双十二见", "double_twelve"),
        ("618再买", "618"), ("wait for Black Friday", "black_friday"), ("cyber monday", "cyber_monday"),
        ("Prime Day", "prime_day"), ("October Prime Day", "autumn_prime_day"), ("Boxing Day", "boxing_day"),
        ("January sales", "january_sales"), ("聖誕節禮物", "christmas"), ("Xmas", "christmas"),
        ("元旦", "new_year"), ("New Year's Eve", "new_year"), ("lunar new year", "spring_festival"),
        ("過年", "spring_festival"), ("情人節", "valentine"), ("520礼物", "520"), ("七夕", "qixi"),
        ("中秋節", "mid_autumn"), ("端午", "dragon_boat"), ("元宵", "lantern"), ("清明", "qingming"),
        ("國慶", "national_day"), ("妇女节", "womens_day"), ("mothers day", "mothers_day"),
        ("父親節", "fathers_day"), ("Thanksgiving", "thanksgiving"), ("Halloween", "halloween"),
        ("Easter", "easter"), ("eid ul adha", "eid_al_adha"), ("Eid", "eid"), ("Ramadan", "ramadan"),
        ("ramzan", "ramadan"), ("Deepavali", "diwali"), ("開學", "term"), ("back to school", "back_to_school"),
        ("年货节", "new_year_goods"), ("儿童节", "childrens_day"),
    ],
)  # fmt: skip
def test_a_festival_is_known_by_its_names(text, name):
    assert named(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "光棍节", "六一八", "黑五", "黑色星期五", "网络星期一", "节礼日", "平安夜", "春节", "除夕", "年夜饭",
        "大年初一", "新年", "跨年", "五一", "劳动节", "十一长假", "黄金周", "三八妇女节", "女神节", "万圣夜",
        "开斋节", "宰牲节", "古尔邦", "斋月", "屠妖节", "排灯节", "感恩节", "复活节", "母亲节", "囤年货", "11.11",
        "12.12", "5.20", "cny", "nye", "bfcm", "x-mas", "singles day", "double eleven", "mid-autumn",
        "moon festival", "dragon boat", "lantern festival", "qingming", "tomb sweeping", "may day",
        "children's day", "national day", "golden week", "women's day", "mothering sunday", "bakrid", "choti eid",
        "ramadhan", "school starts", "new year sales", "spring festival", "double twelve",
    ],
)  # fmt: skip
def test_every_name_is_found(text):
    assert len(named(text)) == 1


@pytest.mark.parametrize(
    "text", ["618元", "¥618", "1618", "520ml", "8.618", "五一二", "要不要", "reid", "decide", "6.18kg", "双十足"]
)
def test_prices_and_parts_of_words_are_no_festival(text):
    assert named(text) == []


@pytest.mark.parametrize(
    ("name", "today", "zone", "first", "last"),
    [
        ("singles_day", (2026, 11, 11), "UTC", (2026, 11, 10), (2026, 11, 11)),
        ("singles_day", (2026, 11, 12), "UTC", (2027, 11, 10), (2027, 11, 11)),
        ("black_friday", (2026, 3, 1), "UTC", (2026, 11, 27), (2026, 11, 30)),
        ("cyber_monday", (2026, 3, 1), "UTC", (2026, 11, 30), (2026, 11, 30)),
        ("spring_festival", (2026, 3, 1), "Asia/Shanghai", (2027, 2, 6), (2027, 2, 6)),
        ("qingming", (2027, 1, 1), "Asia/Shanghai", (2027, 4, 5), (2027, 4, 5)),
        ("qingming", (2028, 1, 1), "Asia/Shanghai", (2028, 4, 4), (2028, 4, 4)),
        ("mothers_day", (2026, 1, 1), "Europe/London", (2026, 3, 15), (2026, 3, 15)),
        ("mothers_day", (2026, 1, 1), "America/New_York", (2026, 5, 10), (2026, 5, 10)),
        ("fathers_day", (2026, 1, 1), "Asia/Taipei", (2026, 8, 8), (2026, 8, 8)),
        ("fathers_day", (2026, 1, 1), "Australia/Sydney", (2026, 9, 6), (2026, 9, 6)),
        ("fathers_day", (2026, 1, 1), "UTC", (2026, 6, 21), (2026, 6, 21)),
        ("thanksgiving", (2026, 1, 1), "America/Toronto", (2026, 10, 12), (2026, 10, 12)),
        ("thanksgiving", (2026, 1, 1), "America/Chicago", (2026, 11, 26), (2026, 11, 26)),
        ("easter", (2026, 4, 6), "UTC", (2027, 3, 28), (2027, 3, 28)),
        ("eid", (2026, 4, 1), "UTC", (2026, 5, 27), (2026, 5, 27)),
        ("eid_al_fitr", (2033, 6, 1), "UTC", (2033, 12, 23), (2033, 12, 23)),
        ("ramadan", (2026, 6, 1), "UTC", (2027, 2, 7), (2027, 2, 7)),
        ("prime_day", (2026, 7, 5), "UTC", (2026, 7, 1), (2026, 7, 31)),
        ("term", (2026, 5, 1), "Asia/Shanghai", (2026, 9, 1), (2026, 9, 1)),
    ],
)
def test_the_days_are_those_that_are_on_or_come_next(name, today, zone, first, last):
    assert BY_NAME[name].coming(date(*today), zone) == (date(*first), date(*last))


def test_beyond_the_table_a_lunar_festival_has_no_days():
    assert BY_NAME["qixi"].coming(date(2041, 1, 1), "UTC") is None
    assert BY_NAME["christmas"].coming(date(2041, 1, 1), "UTC") is not None


def test_the_table_is_whole():
    for name in ("spring_festival", "dragon_boat", "qixi", "mid_autumn", "diwali"):
        assert [len(table_days(name, year)) for year in range(2019, 2042)] == [0, *[1] * 21, 0]
    assert len(table_days("eid_al_fitr", 2033)) == len(table_days("eid_al_adha", 2039)) == 2
    for year in range(2020, 2041):
        (spring,), (boat,) = table_days("spring_festival", year), table_days("dragon_boat", year)
        assert timedelta(115) < boat - spring < timedelta(160)


def test_rules_of_the_calendar():
    assert [easter(year) for year in (2024, 2025, 2038)] == [date(2024, 3, 31), date(2025, 4, 20), date(2038, 4, 25)]
    assert nth_weekday(2026, 11, 3, 4) == date(2026, 11, 26)


def test_the_table_agrees_with_the_library_of_holidays():
    calendars = pytest.importorskip("holidays.calendars")
    chinese, islamic, hindu = calendars._ChineseLunisolar(), calendars._IslamicLunar(), calendars._HinduLunisolar()
    for year in range(2020, 2041):
        assert [chinese.lunar_new_year_date(year)[0]] == table_days("spring_festival", year)
        assert [chinese.dragon_boat_date(year)[0]] == table_days("dragon_boat", year)
        assert [chinese.mid_autumn_date(year)[0]] == table_days("mid_autumn", year)
        assert chinese.qingming_date(year)[0] == BY_NAME["qingming"].days(year, "Asia/Shanghai")[0][0]
        for name in ("eid_al_fitr", "eid_al_adha"):
            theirs = [day for day, _ in getattr(islamic, f"{name}_dates")(year) if day.year == year]
            assert all(min(abs(day - ours).days for ours in table_days(name, year)) <= 1 for day in theirs)
        diwali = hindu.diwali_india_date(year)[0]
        assert diwali is None or [diwali] == table_days("diwali", year)

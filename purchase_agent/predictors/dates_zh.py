"""Chinese words of time in folded text (simplified characters), as mentions with the days they mean."""

from __future__ import annotations

import re
from datetime import date, timedelta

from purchase_agent.predictors import calendar_spans as spans
from purchase_agent.predictors.date_forms import Form, Reader, Reading, form
from purchase_agent.predictors.festivals import table_days

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九十")}
_DIGITS |= {"两": 2, "俩": 2, "仨": 3, "廿": 20, "日": 7, "天": 7}
_COUNT = r"(?:\d{1,3}|[一二两俩仨三四五六七八九十廿]{1,3}|半|几)"
_DAY = r"(?:[12]?\d|3[01]|[二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|[一二三四五六七八九])"
_MONTH = r"(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])"
_WEEK = r"(?:周|星期|礼拜)"
_YEAR = r"(?:(?P<year>20\d\d|今|明|后)年)"
_PART = r"(?P<part>月初|初|月头|上旬|中旬|月中|中|下旬|月底|底|月末|末)"
_SEASONS = {"春": "spring", "夏": "summer", "秋": "autumn", "冬": "winter"}
_UNITS = {"天": "day", "日": "day", "周": "week", "星": "week", "礼": "week", "月": "month", "年": "year"}
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4}


def number(text: str) -> float:
    """A count up to 99 in digits or characters; 半 is a half, 几 three."""
    if text.isascii():
        return float(text)
    if text in {"半", "几"}:
        return 0.5 if text == "半" else 3.0
    tens, ten, ones = text.partition("十")
    if not ten:
        return float(sum(_DIGITS[c] for c in text))  # 廿三 = 20 + 3
    return float((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def _part(word: str | None) -> str:
    if not word:
        return ""
    return "start" if word[-1] in "初头" or word == "上旬" else "middle" if word[0] == "中" or word == "月中" else "end"


def _year_of(word: str | None, today: date) -> int | None:
    if word is None:
        return None
    return today.year + "今明后".index(word) if word in "今明后" else int(word)


def _month_day(m: re.Match[str], today: date, _: str) -> Reading:
    year, month = _year_of(m["year"], today), int(number(m["month"]))
    if m["day"]:
        day = int(number(m["day"]))
        return "date", spans.day_of(year, month, day) if year else spans.named_day(today, month, day)
    part = _part(m["part"])
    return "month", spans.month(year, month, part) if year else spans.named_month(today, month, part)


def _month_ahead(m: re.Match[str], today: date, _: str) -> Reading:
    year, month = spans.month_ahead(today, {"下下": 2, "下": 1}.get(m["which"] or "", 0))
    if m["day"]:
        return "numbered_day", spans.day_of(year, month, int(number(m["day"])))
    days = spans.month(year, month, _part(m["part"]))
    if days[1] < today:  # the start of a month named after it: the next one
        days = spans.month(*spans.month_ahead(today, 1), _part(m["part"]))
    return "month_part" if m["part"] else "month", days


def _numbered_day(m: re.Match[str], today: date, _: str) -> Reading:
    return "numbered_day", spans.numbered_day(today, int(number(m["day"])))


def _weekday(m: re.Match[str], today: date, _: str) -> Reading:
    if m["which"] in {"上", "上个", "每", "每个", "上上"}:
        return None
    weeks = {"下": 1, "下个": 1, "下下": 2, "下下个": 2, "这": 0, "这个": 0, "本": 0}.get(m["which"] or "")
    if m["day"] == "末":
        return "weekend", spans.weekend(today, weeks or 0)
    return "next_weekday" if weeks else "weekday", spans.weekday(today, _DIGITS[m["day"]] - 1, weeks)


def _week(m: re.Match[str], today: date, _: str) -> Reading:
    return "week", spans.week(today, {"下下": 2, "下": 1}.get(m["which"], 0))


def _ahead(m: re.Match[str], today: date, _: str) -> Reading:
    count = number(m["count"]) + (0.5 if m["half"] else 0)
    days = spans.ahead(today, count, _UNITS[m["unit"][0]])
    if m["within"]:
        return "within", (today, days[1])
    return "ahead", days


def _days(form: str, first: int, last: int | None = None) -> Reader:
    end = first if last is None else last
    return lambda _, today, __: (form, (today + timedelta(first), today + timedelta(end)))


def _year(m: re.Match[str], today: date, zone: str) -> Reading:
    year = _year_of(m["year"] or "今", today) or today.year
    part = m["part"]
    if part and part in "春夏秋冬":
        return "season", spans.season(today, _SEASONS[part], zone, year)
    if part and part[0] in "初中底末":
        first = {"初": 1, "中": 6, "底": 12, "末": 12}[part[0]]
        days = spans.month(year, first)
        return "year_part", (days[0], spans.month(year, first + 1)[1]) if first == 1 else days
    if part and part[0] in "上下":
        months = (1, 6) if part[0] == "上" else (7, 12)
        return "year_part", (date(year, months[0], 1), spans.month(year, months[1])[1])
    return "year", (date(year, 1, 1), date(year, 12, 31))


def _year_part(m: re.Match[str], today: date, _: str) -> Reading:
    first = {"初": 1, "中": 6}.get(m[0][-1], 12)
    days = spans.month(today.year, first)
    return "year_part", days if days[1] >= today else spans.month(today.year + 1, first)


def _season(m: re.Match[str], today: date, zone: str) -> Reading:
    return "season", spans.season(today, _SEASONS[m["season"]], zone)


def _quarter(m: re.Match[str], today: date, _: str) -> Reading:
    named = _QUARTERS.get(m["which"][-1])
    if named is not None:
        found = spans.quarter(today.year, named)
        return "quarter", found if found[1] >= today else spans.quarter(today.year + 1, named)
    year, month = spans.month_ahead(today, 3 if m["which"].startswith("下") else 0)
    return "quarter", spans.quarter(year, (month + 2) // 3)


def _lunar_year(days_before: int, days_after: int) -> Reader:
    """Days around the lunar new year that comes next: 年前 is before it, 年后 after the holiday."""

    def read(_: re.Match[str], today: date, __: str) -> Reading:
        for year in (today.year, today.year + 1):
            for day in table_days("spring_festival", year):
                first, last = day + timedelta(days_before), day + timedelta(days_after)
                if last >= today:
                    return "lunar_year", (max(first, today), last)
        return "lunar_year", None

    return read


_AGAIN = rf"(?P<count>{_COUNT})个?(?P<half>半)?(?P<unit>天|日|个?星期|个?礼拜|周|个?月|年)"
_NOT_NUMBER = r"(?<![\d.第每两一二三四五六七八九十几半])"
_AFTER_DAY = r"(?=$|[\s,，。.!！?？、;；~]|[前之以到发要再能去来的就我有放左开付上下结晚早中他她拿出])(?!的时)"

# What holds another stands before it.
FORMS: tuple[Form, ...] = (
    form(
        _month_day, rf"(?P<year>20\d\d)[-/.年](?P<month>{_MONTH}|0[1-9])[-/.月](?P<part>)",
        rf"(?P<day>0[1-9]|{_DAY})[日号]?(?!\d)",
    ),
    form(
        _month_day, rf"{_NOT_NUMBER}{_YEAR}?(?P<month>{_MONTH})月(?:份)?(?P<part>)",
        rf"(?P<day>{_DAY})[日号]?(?!\d|[个块元])",
    ),
    form(
        _month_day, rf"{_NOT_NUMBER}(?<!个){_YEAR}?(?P<month>{_MONTH})月(?:份)?(?P<day>)",
        rf"{_PART}?(?![龄饼经亮薪销子天个])",
        whole_unit=True,
    ),
    form(_month_ahead, rf"(?P<which>下下|下|这|本)个?月(?P<part>)(?P<day>{_DAY})[日号](?![线楼店色])", forward=True),
    form(
        _month_ahead, rf"(?<![上每])(?P<which>下下|下)个?月(?P<day>){_PART}?(?![龄饼])", forward=True, whole_unit=True
    ),
    form(_month_ahead, rf"(?P<which>这|本)个?月(?P<day>){_PART}?", whole_unit=True),
    form(_month_ahead, r"(?<![上每\d个])(?P<which>)(?P<day>)(?P<part>月初|月中|月底|月末)(?!旬)", whole_unit=True),
    form(
        _weekday, rf"{_NOT_NUMBER}(?P<which>上上|上个?|每个?|下下个?|下个?|这个?|本)?{_WEEK}",
        r"(?P<day>[一二三四五六日天末])(?![次个年])",
    ),
    form(_week, rf"(?P<which>下下|下|这|本)(?:一)?个?{_WEEK}", forward=True, whole_unit=True),
    form(
        _ahead, r"(?:再?过|还有|只?剩下?|还剩|够[吃用喝穿撑]?|再等|等)(?:个|大概|差不多|最多)?", _AGAIN,
        r"(?P<within>)", forward=True,
    ),
    form(
        _ahead, r"(?<![\d第前用穿洗吃戴了过])", _AGAIN, r"(?:之?后|以后|过后)(?P<within>)", forward=True, worth=0.9
    ),
    form(_ahead, r"(?<![\d第])", _AGAIN, r"(?P<within>之?内|以内)", forward=True, worth=0.9),
    form(_days("tomorrow", 3), r"大后[天日]", forward=True),
    form(_days("tomorrow", 2), r"后[天日](?!性)", forward=True),
    form(_days("tomorrow", 1), r"明[天日早晚儿]|听日|听晚|隔天再", forward=True),
    form(_days("today", 0), r"今[天日晚早儿夜]"),
    form(_days("some_days", 1, 6), r"过两天|过几天|这两天|这几天|近期|改天", forward=True, worth=0.6),
    form(_year, rf"{_YEAR}(?P<part>[初底末]|年?中|上半年|下半年|[春夏秋冬](?=天|季|$|[^装款]))?", whole_unit=True),
    form(_year_part, r"(?<![0-9两三四五六七八九十半几一])年[底末]|岁末|年尾", forward=True, whole_unit=True),
    form(_year_part, r"(?<![0-9两三四五六七八九十半几一多])年[初中](?!旬)", forward=True, whole_unit=True),
    form(
        _lunar_year(-60, -1), r"(?<![0-9一两三四五六七八九十半几多去上百千万同近前])年之?前(?!后)", forward=True,
        worth=0.9,
    ),
    form(
        _lunar_year(5, 35), r"(?<![0-9一两三四五六七八九十半几多去上百千])(?:年后|过完年|过了年|开年)", forward=True
    ),
    form(
        _season, r"(?:今|明|这个?|等|到|入|开|来|下个?)(?P<season>[春夏秋冬])(?:天|季|日)?", whole_unit=True, worth=0.8
    ),
    form(
        _season, r"(?P<season>[春夏秋冬])(?:天|季)(?=之?前|来|一?到|之?后|再|吧)", whole_unit=True, worth=0.8
    ),
    form(_quarter, r"(?P<which>下个?|这个?|本|第?[一二三四])季度", whole_unit=True),
    form(_numbered_day, rf"{_NOT_NUMBER}(?P<day>{_DAY})[号日]", _AFTER_DAY, worth=0.9),
    form(_numbered_day, rf"(?<=[等到在是定])(?P<day>{_DAY})号(?![线楼店色])"),
)  # fmt: skip
